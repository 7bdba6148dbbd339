"""RaBitQ from scratch: rotate, keep signs, correct the estimate; with and without each part."""

from pathlib import Path

import numpy as np


def rotation(width: int, seed: int = 0) -> np.ndarray:
    """A random orthogonal matrix."""
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(width, width)))[0]


# --8<-- [start:rabitq]
def encode(x: np.ndarray, turn: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signs after the rotation; two numbers a vector: its length, and how well signs fit it."""
    turned = x @ turn
    bits = turned > 0
    length = np.linalg.norm(turned, axis=1)
    fit = np.abs(turned).sum(axis=1) / (length * np.sqrt(x.shape[1]))  # cosine with its signs
    return bits, length, fit


def estimate(queries: np.ndarray, code: tuple, turn: np.ndarray, correct: bool) -> np.ndarray:
    """Inner products of float queries with coded vectors."""
    bits, length, fit = code
    signs = np.where(bits, 1.0, -1.0) / np.sqrt(bits.shape[1])  # a unit vector
    raw = (queries @ turn) @ signs.T * length
    return raw / fit if correct else raw


# --8<-- [end:rabitq]
def kept(true: np.ndarray, scores: np.ndarray) -> float:
    """Share of each row's ten best others that are among the ten best by these scores."""
    best = []
    for s in (true, scores):
        s = s - 9 * np.eye(len(s)) * np.abs(s).max()
        best.append((-s).argsort(axis=1, kind="stable")[:, :10])
    return float(np.mean([np.isin(a, b) for a, b in zip(*best, strict=True)]))


if __name__ == "__main__":
    x = np.load(Path("python_vectors.npy")).astype(float)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    x -= x.mean(axis=0)  # the centre is subtracted from passages and queries alike
    principal = x @ np.linalg.eigh(x.T @ x)[1][:, -256:]  # the last are the strongest
    others = ~np.eye(len(x), dtype=bool)
    print("309 passages                        ten nearest kept     estimate of x·y")
    print("axes          rotation     bits differ  signs  RaBitQ     bias   spread")
    for axes, y in (("MiniLM's 384", x), ("principal 256", principal)):
        for name, r in (("none", np.eye(y.shape[1])), ("random", rotation(y.shape[1]))):
            code, true, half = encode(y, r), y @ y.T, (y**2).sum(axis=1) / 2
            hamming = -(code[0][:, None] != code[0]).sum(axis=2).astype(float)
            plain, fixed = (estimate(y, code, r, c) for c in (False, True))
            error = (fixed - true)[others]
            rows = [kept(true - half, s) for s in (hamming, plain - half, fixed - half)]
            print(f"{axes:<14}{name:<13}" + "".join(f"{v:9.2f}" for v in rows)
                  + f"{abs(error.mean()):9.3f}{error.std():9.3f}")  # fmt: skip
