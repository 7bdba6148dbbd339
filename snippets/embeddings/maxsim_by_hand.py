"""MaxSim from scratch: two question tokens, two passages, numbers small enough for paper."""

import numpy as np


# --8<-- [start:maxsim]
def maxsim(query: np.ndarray, passage: np.ndarray) -> float:
    """Every query token takes its best passage token; the maxima are added."""
    return float((query @ passage.T).max(axis=1).sum())


def batched(query: np.ndarray, padded: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Scores of many passages (n, tokens, d) of unequal length; `real` marks true tokens."""
    similarities = np.einsum("qd,ntd->nqt", query, padded)
    similarities = np.where(real[:, None, :], similarities, -np.inf)  # padding never wins
    return similarities.max(axis=2).sum(axis=1)


# --8<-- [end:maxsim]
def cosine_of_means(query: np.ndarray, passage: np.ndarray) -> float:
    """What one averaged vector for each side would say."""
    one, other = query.mean(axis=0), passage.mean(axis=0)
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


if __name__ == "__main__":
    query = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    exact = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1.0]])
    blurred = np.array([[0.6, 0.6, 0.28**0.5], [0.6, 0.6, 0.28**0.5]])
    print("passage                     maxima       MaxSim   cosine of the means")
    for name, passage in (("both words, three others", exact), ("two half related", blurred)):
        first, second = (query @ passage.T).max(axis=1)
        sums = f"{first:.1f} + {second:.1f}{maxsim(query, passage):10.1f}"
        print(f"{name:26}{sums}{cosine_of_means(query, passage):14.2f}")
    padded, real = np.zeros((2, 5, 3)), np.array([[True] * 5, [True] * 2 + [False] * 3])
    padded[0], padded[1, :2] = exact, blurred
    print("\nin one padded batch:", batched(query, padded, real).round(1))
    unmasked = batched(-query, padded, np.ones_like(real))[1]
    print(f"second passage, query negated: {batched(-query, padded, real)[1]:.1f}, ", end="")
    print(f"if padding counts {unmasked:.1f}")
