"""What k1 and b do: the weight of a term against its count and the document's length."""

import matplotlib.pyplot as plt
import numpy as np


# --8<-- [start:weight]
def weight(count: np.ndarray, length: np.ndarray, k1: float, b: float) -> np.ndarray:
    """BM25's share of a term's rarity: 0 without the term, towards 1 with many occurrences."""
    return count / (count + k1 * (1 - b + b * length))  # length: of the document / average


# --8<-- [end:weight]
if __name__ == "__main__":
    counts = np.arange(0, 11)
    print("count            ", "".join(f"{c:6}" for c in (1, 2, 3, 5, 10)))
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3), sharey=True)
    for k1 in (0.0, 0.5, 1.2, 3.0):
        curve = weight(counts[1:], np.ones(10), k1, 0.75)
        print(f"k1 = {k1}, length 1", "".join(f"{curve[c - 1]:6.2f}" for c in (1, 2, 3, 5, 10)))
        left.plot(counts[1:], curve, marker="o", markersize=3, label=f"k1 = {k1}")
    lengths = np.linspace(0.1, 4, 60)
    for b in (0.0, 0.4, 0.75, 1.0):
        at = weight(np.ones(3), np.array([0.5, 1, 3]), 1.2, b)
        print(f"b = {b:4}, count 1, lengths 0.5, 1, 3 " + "".join(f"{w:6.2f}" for w in at))
        right.plot(lengths, weight(np.ones(60), lengths, 1.2, b), label=f"b = {b}")
    left.set(xlabel="occurrences, average length", ylabel="weight", title="saturation: k1")
    right.set(xlabel="length / average, one occurrence", title="length: b, with k1 = 1.2")
    left.legend()
    right.legend()
    figure.savefig("bm25_saturation.svg")
