"""Skip-gram with negative sampling, trained to the end, is PMI minus log k."""

import numpy as np

WORDS, CONTEXTS = ("river", "money", "bank"), ("water", "loan", "the")
COUNTS = np.array([[30, 1, 40], [1, 40, 60], [10, 30, 80]], dtype=float)  # pairs in windows


def sgns(
    counts: np.ndarray, k: int, dim: int, steps: int = 20_000, seed: int = 0
) -> tuple[np.ndarray, float]:
    """Gradient descent on the expected loss; the dot products (words, contexts) and loss."""
    rng = np.random.default_rng(seed)
    w = rng.normal(0, 0.1, (len(counts), dim))
    c = rng.normal(0, 0.1, (counts.shape[1], dim))
    positive = counts / counts.sum()  # how often a pair is seen
    negative = k * np.outer(positive.sum(1), positive.sum(0))  # k contexts drawn by frequency
    for _ in range(steps):
        sigmoid = 1 / (1 + np.exp(-w @ c.T))
        error = negative * sigmoid - positive * (1 - sigmoid)  # d loss / d (w . c)
        w, c = w - error @ c, c - error.T @ w
    dots = w @ c.T
    loss = positive * np.log1p(np.exp(-dots)) + negative * np.log1p(np.exp(dots))
    return dots, float(loss.sum())


def shifted_pmi(counts: np.ndarray, k: int) -> np.ndarray:
    """log of (seen / expected by chance), less log k."""
    chance = np.outer(counts.sum(1), counts.sum(0)) / counts.sum()
    return np.log(counts / chance) - np.log(k)


if __name__ == "__main__":
    target, k = shifted_pmi(COUNTS, 2), 2
    full, full_loss = sgns(COUNTS, k, dim=3)
    print(f"{'word':8}{'context':9}{'count':>6}{'PMI - log 2':>13}{'SGNS dot':>10}")
    for i, word in enumerate(WORDS):
        for j, context in enumerate(CONTEXTS):
            row = f"{COUNTS[i, j]:6.0f}{target[i, j]:13.2f}{full[i, j]:10.2f}"
            print(f"{word:8}{context:9}{row}")
    small, small_loss = sgns(COUNTS, k, dim=1)
    print(f"largest difference: 3 dimensions {np.abs(full - target).max():.2f}, ", end="")
    print(f"1 dimension {np.abs(small - target).max():.1f}")
    print(f"loss: 3 dimensions {full_loss:.3f}, 1 dimension {small_loss:.3f}")
