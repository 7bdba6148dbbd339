"""Maximal marginal relevance from scratch, on four passages small enough to do by hand."""

import numpy as np


# --8<-- [start:mmr]
def mmr(query: np.ndarray, vectors: np.ndarray, weight: float, k: int) -> list[int]:
    """Up to k rows of `vectors` (unit length): near the query, far from those chosen before."""
    relevance = vectors @ query
    score, chosen = relevance, []  # the first choice is the nearest to the query
    while len(chosen) < min(k, len(vectors)):
        chosen.append(int(score.argmax()))
        nearest = (vectors @ vectors[chosen].T).max(axis=1)  # similarity to the nearest chosen
        score = weight * relevance - (1 - weight) * nearest
        score[chosen] = -np.inf
    return chosen


# --8<-- [end:mmr]
def directions(*degrees: float) -> np.ndarray:
    """Unit vectors in the plane; the cosine of two is the cosine of the angle between them."""
    angles = np.radians(degrees)
    return np.column_stack([np.cos(angles), np.sin(angles)])


if __name__ == "__main__":
    query, passages = directions(0)[0], directions(10, 12, -25, 70)
    print("passage      A     B     C     D\nangle      10°   12°  -25°   70°")
    print("to query" + "".join(f"{s:6.2f}" for s in passages @ query))
    print("to A    " + "".join(f"{s:6.2f}" for s in passages @ passages[0]))
    for weight in (1.0, 0.9, 0.7, 0.5, 0.3):
        order = "".join("ABCD"[n] for n in mmr(query, passages, weight, 3))
        print(f"weight of relevance {weight}: the three chosen, in order, {order}")
