"""Three finished texts, three winners: what dividing by a power of the length does."""

from collections.abc import Callable

HYPOTHESES = {  # tokens with the end token, summed log-probability
    "Yes.": (2, -2.0),
    "Yes, it sails at seven.": (6, -3.6),
    "Yes, it sails at seven from the northern quay.": (12, -6.6),
}


def power(length: int, alpha: float) -> float:
    """transformers: log-probability / length**alpha."""
    return length**alpha


def gnmt(length: int, alpha: float) -> float:
    """Wu et al. 2016: log-probability / ((5 + length) / 6)**alpha."""
    return ((5 + length) / 6) ** alpha


def winner(penalty: Callable[[int, float], float], alpha: float) -> str:
    """The text with the greatest score; every score is negative."""
    return max(HYPOTHESES, key=lambda h: HYPOTHESES[h][1] / penalty(HYPOTHESES[h][0], alpha))


if __name__ == "__main__":
    for name, penalty in (("length ** alpha", power), ("((5 + length) / 6) ** alpha", gnmt)):
        print(name)
        for alpha in (0.0, 0.6, 1.0, 2.0):
            scores = [f"{s / penalty(n, alpha):6.2f}" for n, s in HYPOTHESES.values()]
            print(f"  {alpha:.1f}: {' '.join(scores)}  -> {winner(penalty, alpha)}")
