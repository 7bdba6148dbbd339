"""256 centroids trained on too few vectors: what looks like a perfect code is a memory."""

import json
from pathlib import Path

import numpy as np
from scipy.cluster.vq import kmeans2, vq


def books(sample: np.ndarray, blocks: int, size: int) -> list[np.ndarray]:
    """One k-means codebook for each block of dimensions."""
    parts = np.split(sample, blocks, axis=1)
    return [kmeans2(p, size, iter=10, minit="points", seed=0)[0] for p in parts]


def read_back(x: np.ndarray, codebooks: list[np.ndarray]) -> np.ndarray:
    """Every vector replaced by the centroids of its code."""
    parts = np.split(x, len(codebooks), axis=1)
    return np.hstack([b[vq(p, b)[0]] for p, b in zip(parts, codebooks, strict=True)])


def kept(x: np.ndarray, coded: np.ndarray) -> float:
    """Share of each vector's five nearest others that stay when the others are coded."""
    lists = []
    for scores in (x @ x.T, x @ coded.T - (coded**2).sum(axis=1) / 2):
        np.fill_diagonal(scores, -np.inf)
        lists.append((-scores).argsort(axis=1, kind="stable")[:, :5])
    return float(np.mean([np.isin(a, b) for a, b in zip(*lists, strict=True)]))


if __name__ == "__main__":
    lines = Path("python_passages.jsonl").read_text("utf-8").splitlines()
    docs = [json.loads(line)["doc"] for line in lines]
    vectors = np.load("python_vectors.npy").astype(float)
    topics = sorted(set(docs))
    train = np.isin(docs, topics[::2])
    seen, unseen = vectors[train], vectors[~train]
    print(f"{len(seen)} passages to train on, {len(unseen)} of other topics")
    print("48 blocks of 8     squared error       five nearest kept   codebooks")
    print("centroids          trained  others     trained  others     kB")
    for size in (16, 64, 128):
        trained = books(seen, 48, size)
        back = [read_back(x, trained) for x in (seen, unseen)]
        pairs = list(zip((seen, unseen), back, strict=True))
        error = [((x - y) ** 2).sum(axis=1).mean() for x, y in pairs]
        same = [kept(x, y) for x, y in pairs]
        print(f"{size:9}{error[0]:17.2f}{error[1]:8.2f}{same[0]:12.2f}{same[1]:8.2f}"
              f"{size * 384 * 4 / 1000:7.0f}")  # fmt: skip
