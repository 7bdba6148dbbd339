"""First dimensions, random directions or PCA: which neighbours a smaller vector keeps."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

SIZES = (16, 32, 64, 128)


# --8<-- [start:pca]
def directions(vectors: np.ndarray, centre: bool = False) -> np.ndarray:
    """Principal directions as rows, strongest first; seen from the origin unless `centre`."""
    shifted = vectors - vectors.mean(axis=0) if centre else vectors
    return np.linalg.svd(shifted, full_matrices=False)[2]


def shrink(vectors: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Coordinates along the rows of `matrix`, at unit length again."""
    small = vectors @ matrix.T
    return small / np.linalg.norm(small, axis=1, keepdims=True)


# --8<-- [end:pca]
def neighbours(unit: np.ndarray, k: int = 10) -> np.ndarray:
    """The k nearest other vectors of each."""
    scores = unit @ unit.T
    np.fill_diagonal(scores, -1)
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


def kept(small: np.ndarray, full: np.ndarray) -> float:
    """Share of the ten nearest that are still among the ten nearest."""
    pairs = zip(neighbours(small), neighbours(full))
    return float(np.mean([len({*a} & {*b}) / 10 for a, b in pairs]))


if __name__ == "__main__":
    vectors = np.load("python_vectors.npy").astype(float)
    lines = Path("python_passages.jsonl").read_text("utf-8").splitlines()
    docs = np.unique([json.loads(line)["doc"] for line in lines], return_inverse=True)[1]
    old, new = vectors[docs % 2 == 0], vectors[docs % 2 == 1]
    ways = {
        "first dimensions": (np.eye(384), new),
        "random directions": (np.random.default_rng(0).normal(size=(384, 384)), new),
        "PCA of these": (directions(new), new),
        "PCA of these, centred": (directions(new, centre=True), new - new.mean(axis=0)),
        "PCA of other topics": (directions(old), new),
    }
    print(f"{len(new)} passages       dimensions" + "".join(f"{size:6}" for size in SIZES))
    for (name, (matrix, x)), marker in zip(ways.items(), "osD^v"):
        shares = [kept(shrink(x, matrix[:size]), new) for size in SIZES]
        print(f"{name:28}" + "".join(f"{share:6.2f}" for share in shares))
        plt.plot(SIZES, shares, marker=marker, label=name)
    plt.gca().set(xlabel="dimensions kept", ylabel="of ten nearest, kept", xscale="log")
    plt.xticks(SIZES, SIZES)
    plt.minorticks_off()
    plt.legend()
    plt.savefig("prefix_or_pca.svg")
