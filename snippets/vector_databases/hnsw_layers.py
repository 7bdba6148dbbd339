"""Three layers of points in the plane, and one search walked down through them."""

import matplotlib.pyplot as plt
import numpy as np


def links(points: np.ndarray, members: list[int], m: int) -> dict[int, set[int]]:
    """HNSW's rule: nearest first, skipping what a kept neighbour is nearer to; both ways."""
    graph: dict[int, set[int]] = {n: set() for n in members}
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    for node in members:
        kept: list[int] = []
        for n in sorted(set(members) - {node}, key=lambda n: apart[node, n]):
            if len(kept) < m and all(apart[n, k] > apart[node, n] for k in kept):
                kept.append(n)
        for n in kept:
            graph[node].add(n)
            graph[n].add(node)
    return graph


def greedy(graph: dict[int, set[int]], far: np.ndarray, at: int) -> tuple[list[int], int]:
    """Step to the nearest neighbour while that is nearer; the path, and the nodes measured."""
    path, measured = [at], {at}
    while True:
        measured |= graph[at]
        best = min(graph[at], key=lambda n: far[n], default=at)
        if far[best] >= far[at]:
            return path, len(measured)
        at = best
        path.append(at)


if __name__ == "__main__":
    draw = np.random.default_rng(19)
    points, query = draw.random((90, 2)), np.array([0.86, 0.22])
    top = (-np.log(draw.random(90)) / np.log(4)).astype(int).clip(max=2)
    far = np.linalg.norm(points - query, axis=1)
    at = max(np.flatnonzero(top == 2).tolist(), key=lambda n: far[n])
    fig, panels = plt.subplots(1, 3, figsize=(7, 2.7), sharex=True, sharey=True)
    print("layer  nodes  path                measured  distance left")
    for layer, axes in zip((2, 1, 0), panels):
        members = np.flatnonzero(top >= layer).tolist()
        graph = links(points, members, 4)
        path, measured = greedy(graph, far, at)
        at = path[-1]
        trail = " > ".join(map(str, path))
        print(f"{layer:5}{len(members):7}  {trail:20}{measured:8}{far[at]:15.2f}")
        pairs = [[*points[[a, b]], (np.nan, np.nan)] for a in graph for b in graph[a] if a < b]
        axes.plot(*np.concatenate(pairs).T, color="#d9dbde", linewidth=0.8)
        axes.plot(*points[members].T, "o", markersize=3, color="#0b64a8")
        axes.plot(*points[path].T, "o-", markersize=5, color="#c4500a")
        axes.plot(*query, "*", markersize=11, color="#0a7d5a")
        axes.set(title=f"layer {layer}: {len(members)} nodes", xticks=[], yticks=[])
    fig.savefig("hnsw_layers.svg")
    print("nearest of all:", int(far.argmin()), f"at {far.min():.2f}")
