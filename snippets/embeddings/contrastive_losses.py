"""InfoNCE, triplet, contrastive and cosine-embedding loss on one hand-worked case."""

import math

import numpy as np


def unit(cosine: float) -> np.ndarray:
    """The unit vector in the plane that has this cosine with the anchor (1, 0)."""
    return np.array([cosine, math.sqrt(1 - cosine**2)])


# --8<-- [start:losses]
def info_nce(positive: float, negatives: np.ndarray, tau: float) -> tuple[float, np.ndarray]:
    """-log softmax of the positive's cosine, and each negative's share of the softmax."""
    logits = np.array([positive, *negatives]) / tau
    weights = np.exp(logits - logits.max())  # subtracting the largest avoids overflow
    weights /= weights.sum()
    return float(-math.log(weights[0])), weights[1:]


def triplet(anchor: np.ndarray, pos: np.ndarray, neg: np.ndarray, margin: float) -> float:
    """Zero once the negative is farther than the positive by the margin."""
    gap = np.linalg.norm(anchor - pos) - np.linalg.norm(anchor - neg)
    return float(max(0.0, gap + margin))


def contrastive(a: np.ndarray, b: np.ndarray, same: bool, margin: float) -> float:
    """Pull pairs of the same class together, push others until `margin` apart (2006)."""
    distance = np.linalg.norm(a - b)
    return float(distance**2 if same else max(0.0, margin - distance) ** 2) / 2


def cosine_embedding(cosine: float, same: bool, margin: float) -> float:
    """The same idea on the cosine: 1 - cos for a pair, what exceeds the margin otherwise."""
    return 1 - cosine if same else max(0.0, cosine - margin)


# --8<-- [end:losses]
if __name__ == "__main__":
    anchor, positive, negatives = unit(1.0), 0.8, np.array([0.7, 0.5, 0.1])
    print("anchor and positive: cosine 0.8. For each negative, its loss or its share:")
    print("cosine  distance  triplet 0.5  contrastive 1  cosine 0.3  share, tau .1  .05")
    shares = {tau: info_nce(positive, negatives, tau) for tau in (1.0, 0.1, 0.05)}
    for i, c in enumerate(negatives):
        loss = triplet(anchor, unit(positive), unit(c), 0.5)
        print(f"{c:6.1f}{np.linalg.norm(anchor - unit(c)):10.3f}{loss:13.3f}"
              f"{contrastive(anchor, unit(c), False, 1.0):15.3f}"
              f"{cosine_embedding(c, False, 0.3):12.1f}{shares[0.1][1][i]:15.3f}"
              f"{shares[0.05][1][i]:5.2f}")  # fmt: skip
    print("\nInfoNCE of the four  tau  loss  positive's share")
    for tau, (loss, weights) in shares.items():
        print(f"{tau:24}{loss:6.2f}{1 - weights.sum():18.2f}")
