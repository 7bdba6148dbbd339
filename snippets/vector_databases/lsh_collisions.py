"""Random hyperplanes: how often two vectors share a bit, and a bucket of several tables."""

import matplotlib.pyplot as plt
import numpy as np


def signatures(x: np.ndarray, planes: np.ndarray) -> np.ndarray:
    """On which side of each plane through the origin is each vector? Booleans (n, bits)."""
    return x @ planes.T > 0


def share(cosine: np.ndarray) -> np.ndarray:
    """Probability that one random plane leaves both vectors on the same side."""
    return 1 - np.arccos(cosine) / np.pi


def candidate(cosine: np.ndarray, bits: int, tables: int) -> np.ndarray:
    """Probability of a common bucket: all `bits` equal in at least one of `tables` tables."""
    return 1 - (1 - share(cosine) ** bits) ** tables


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    planes = rng.normal(size=(20_000, 50))
    settings = ((8, 1), (8, 10), (16, 10), (16, 100))
    heads = "".join(f"{f'{tables} x {bits}':>10}" for bits, tables in settings)
    print(
        "cosine   same bit: counted   1 - angle/π    a common bucket, tables x bits"
        + "\n"
        + " " * 39
        + heads
    )
    for cosine in (0.0, 0.3, 0.5, 0.7, 0.8, 0.9):
        pair = np.zeros((2, 50))
        pair[0, 0], pair[1, :2] = 1, (cosine, (1 - cosine**2) ** 0.5)
        first, second = signatures(pair, planes)
        print(f"{cosine:6.1f}{(first == second).mean():20.2f}{share(cosine):12.2f} "
              + "".join(f"{candidate(cosine, *s):10.2f}" for s in settings))  # fmt: skip
    x = np.linspace(0, 1, 200)
    for bits, tables in settings:
        plt.plot(x, candidate(x, bits, tables), label=f"{tables} x {bits} bits")
    plt.gca().set(xlabel="cosine of two vectors", ylabel="probability of a common bucket")
    plt.legend()
    plt.savefig("lsh_collisions.svg")
