"""One leaderboard, five ways to read it: which model is first depends on what is averaged."""

import numpy as np

TYPES = ("bitext classification clustering instructions multilabel pairs "
         "reranking retrieval similarity").split()  # fmt: skip
# MTEB (Multilingual), as printed on the card of KaLM-Embedding-Gemma3-12B-2511, November 2025:
# model, mean over the 131 tasks, then the mean of each of the nine types of task
PUBLISHED = """
KaLM-Gemma3-12B      72.32  83.76 77.88 55.77  5.49 33.03 84.73 67.27 75.66 79.02
nemotron-8b          69.46  81.72 73.21 54.35 10.82 29.86 83.97 67.78 68.69 79.41
Qwen3-Embedding-8B   70.58  80.89 74.00 57.65 10.06 28.66 86.40 65.63 70.88 81.08
gemini-embedding-001 68.37  79.28 71.82 54.59  5.18 29.16 83.63 65.58 67.71 79.40
Qwen3-Embedding-4B   69.45  79.36 72.33 57.15 11.56 26.77 85.05 65.08 69.60 80.86
Qwen3-Embedding-0.6B 64.34  72.23 66.83 52.33  5.09 24.59 80.83 61.41 64.65 76.17
gte-Qwen2-7B         62.51  73.92 61.55 52.77  4.94 25.48 85.13 65.55 60.08 73.98
Linq-Embed-Mistral   61.47  70.34 62.24 50.60  0.94 24.77 80.43 64.37 58.69 74.86
mE5-large-instruct   63.22  80.13 64.94 50.75 -0.40 22.91 80.86 62.61 57.12 76.81
embeddinggemma-300m  61.15  64.40 60.90 51.17  5.61 24.82 81.40 63.25 62.49 74.73
"""


# --8<-- [start:ranks]
def borda(scores: np.ndarray) -> np.ndarray:
    """Points per row: in each column a model gets one for every model that it beats."""
    return (scores[:, None] > scores[None]).sum(axis=(1, 2))


def rank(points: np.ndarray) -> list[int]:
    """Rank from 1, the highest points first."""
    return [int((points > p).sum()) + 1 for p in points]


# --8<-- [end:ranks]
def load() -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names, means over tasks, and a row of nine means by type for each model."""
    rows = [line.split() for line in PUBLISHED.strip().splitlines()]
    numbers = np.array([row[1:] for row in rows], dtype=float)
    return [row[0] for row in rows], numbers[:, 0], numbers[:, 1:]


if __name__ == "__main__":
    names, tasks, types = load()
    column = {name: types[:, n] for n, name in enumerate(TYPES)}
    readings = {
        "task mean": tasks,
        "type mean": types.mean(axis=1),
        "Borda": borda(types),
        "retrieval": column["retrieval"],
        "instruct.": column["instructions"],
    }
    print("rank by".ljust(21) + "".join(f"{name:>11}" for name in readings))
    ranks = [rank(points) for points in readings.values()]
    for n, name in enumerate(names):
        print(f"{name:21}" + "".join(f"{r[n]:11}" for r in ranks))
    print("\nfirst by type of task")
    for name, scores in column.items():
        print(f"  {name:15}{names[scores.argmax()]:22}{scores.max():6.2f}")
