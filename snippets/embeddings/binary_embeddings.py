"""One bit a dimension: pack the signs, count differing bits, re-score the best with floats."""

import matplotlib.pyplot as plt
import numpy as np


# --8<-- [start:binary]
def pack(vectors: np.ndarray) -> np.ndarray:
    """The signs, eight to a byte: (n, 384) floats become (n, 48) bytes."""
    return np.packbits(vectors > 0, axis=1)


def hamming(queries: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """How many bits differ: exclusive or, then count the ones."""
    return np.bitwise_count(queries[:, None] ^ codes).sum(axis=2, dtype=int)


def rescore(distance: np.ndarray, exact: np.ndarray, candidates: int) -> np.ndarray:
    """The nearest `candidates` by distance, then sorted by their exact scores."""
    near = np.argsort(distance, axis=1, kind="stable")[:, :candidates]
    order = np.argsort(-np.take_along_axis(exact, near, axis=1), axis=1, kind="stable")
    return np.take_along_axis(near, order, axis=1)


# --8<-- [end:binary]
if __name__ == "__main__":
    vectors = np.load("python_vectors.npy").astype(float)
    exact, bits = vectors @ vectors.T, hamming(pack(vectors), pack(vectors))
    centred = vectors - vectors.mean(axis=0)
    distances = {
        "bits against bits": bits,
        "bits, mean subtracted first": hamming(pack(centred), pack(centred)),
        "floats against bits": -vectors @ np.where(vectors > 0, 1, -1).T,
    }
    others, best = exact - 9 * np.eye(309), np.argsort(9 * np.eye(309) - exact, axis=1)[:, :10]
    print(f"{vectors.size * 4:,} bytes as float32, {pack(vectors).nbytes:,} packed")
    print("of the ten nearest, kept; re-scored:   no  of 10  of 20  of 40  of 80")
    for name, distance in distances.items():
        distance = distance + 1e6 * np.eye(309)  # never itself
        orders = [np.argsort(distance, axis=1, kind="stable")]
        orders += [rescore(distance, others, n) for n in (10, 20, 40, 80)]
        pairs = ([len({*a} & {*b}) / 10 for a, b in zip(o[:, :10], best)] for o in orders)
        print(f"{name:34}" + "".join(f"{np.mean(shares):7.2f}" for shares in pairs))
    edges = np.linspace(-0.05, 0.85, 19)
    middle, bins = (edges[1:] + edges[:-1]) / 2, np.digitize(exact, edges) - 1
    spread = np.array([np.percentile(bits[bins == n], (5, 50, 95)) for n in range(18)]).T
    plt.fill_between(middle, spread[0], spread[2], alpha=0.3, label="5 % to 95 % of pairs")
    plt.plot(middle, spread[1], label="median of pairs")
    plt.plot(middle, 384 * np.arccos(middle) / np.pi, "--", label="384 · angle / 180°")
    plt.gca().set(xlabel="cosine of two passages", ylabel="bits that differ, of 384")
    plt.legend()
    plt.savefig("binary_embeddings.svg")
