"""Top-k by partition: take the ids once and index; two calls need not agree on the order."""

import numpy as np
from numpy import ndarray


# --8<-- [start:top-k]
def top_k(probs: ndarray, k: int) -> tuple[ndarray, ndarray]:
    """The k likeliest ids, in any order, and their probabilities in that same order."""
    ids = np.argpartition(probs, -k)[-k:]  # linear time: only the k-th place is sorted
    kept = probs[ids]
    return ids, kept / kept.sum()


# --8<-- [end:top-k]
def top_k_two_calls(probs: ndarray, k: int) -> tuple[ndarray, ndarray]:
    """The mistake: ids and values from two calls, each free to order its k as it likes."""
    ids = np.sort(np.argpartition(probs, -k)[-k:])  # sorted: one order that NumPy may return
    kept = np.sort(np.partition(probs, -k)[-k:])  # also sorted: an order it may return as well
    return ids, kept / kept.sum()


if __name__ == "__main__":
    probs = np.array([0.06, 0.40, 0.04, 0.10, 0.25, 0.15])
    print("token id        " + "".join(f"{i:8}" for i in range(6)))
    print("model           " + "".join(f"{p:8.3f}" for p in probs))
    for name, function in (("one call", top_k), ("two calls", top_k_two_calls)):
        ids, kept = function(probs, 3)
        row = np.zeros(6)
        row[ids] = kept
        print(f"top-k 3, {name:9}" + "".join(f"{p:8.3f}" if p else f"{'-':>8}" for p in row))
