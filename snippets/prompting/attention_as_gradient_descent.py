"""Linear attention over (x, y) pairs gives the prediction of one step of gradient descent."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


# --8<-- [start:two-ways]
def by_descent(x: Array, y: Array, queries: Array, rate: float, steps: int = 1) -> Array:
    """Learn w from zero on the loss Σ(w·x - y)² / 2n, then predict: weights change."""
    w = np.zeros(x.shape[1])  # x (n, d), y (n,), queries (m, d)
    for _ in range(steps):
        w -= rate * x.T @ (x @ w - y) / len(y)
    return queries @ w


def by_attention(x: Array, y: Array, queries: Array, rate: float) -> Array:
    """One linear-attention head, no softmax: keys x, values y, the query is the new x."""
    scores = queries @ x.T  # (m, n): how alike the question and each example are
    return scores @ y * rate / len(y)  # nothing is updated


def by_layers(x: Array, y: Array, queries: Array, rate: float, layers: int) -> Array:
    """Stacked: each layer's values are what is still unexplained at each example."""
    rest, answer = y.copy(), np.zeros(len(queries))
    for _ in range(layers):
        answer = answer + by_attention(x, rest, queries, rate)
        rest = rest - by_attention(x, rest, x, rate)  # the examples attend to each other
    return answer


# --8<-- [end:two-ways]
if __name__ == "__main__":
    rng = np.random.default_rng(0)
    x, queries, w = rng.normal(size=(40, 8)), rng.normal(size=(200, 8)), rng.normal(size=8)
    y, truth, rate = x @ w, queries @ w, 0.5  # 40 examples of a hidden rule w
    print("steps  attention equals descent  error left")
    for n in (1, 2, 4, 8, 16):
        descent = by_descent(x, y, queries, rate, n)
        same = np.allclose(descent, by_layers(x, y, queries, rate, n), atol=1e-12)
        error = np.mean((descent - truth) ** 2) / np.mean(truth**2)
        print(f"{n:5d}  {str(same):>24}  {error:10.3f}")
