"""pass@k from n samples: the unbiased estimator, every subset counted, the biased short cut."""

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations
from math import comb, prod


# --8<-- [start:pass-at-k]
def pass_at_k(n: int, c: int, k: int) -> float:
    """Chance that k of n samples, drawn without replacement, hold one of the c right ones."""
    if n - c < k:  # fewer than k wrong ones: every draw holds a right one
        return 1.0
    return 1.0 - prod(1 - k / i for i in range(n - c + 1, n + 1))  # 1 - C(n-c, k) / C(n, k)


def by_enumeration(right: list[bool], k: int) -> Fraction:
    """The same by looking at every subset of k samples."""
    subsets = list(combinations(right, k))
    return Fraction(sum(map(any, subsets)), len(subsets))


def plug_in(n: int, c: int, k: int) -> float:
    """The tempting short cut: put c / n in place of the unknown chance p. Biased low."""
    return 1 - (1 - c / n) ** k


# --8<-- [end:pass-at-k]
def expected(estimator: Callable, n: int, k: int, p: float) -> float:
    """Mean of an estimator over all outcomes of n samples that are right with chance p."""
    return sum(
        comb(n, c) * p**c * (1 - p) ** (n - c) * estimator(n, c, k) for c in range(n + 1)
    )


if __name__ == "__main__":
    right = [True] * 3 + [False] * 7
    print("10 samples, 3 right   |  chance 0.1 each: mean over all outcomes of 10")
    print(" k  unbiased  subsets  |  1 - 0.9^k  unbiased  plug-in")
    for k in (1, 2, 5, 8, 10):
        p = 0.1
        truth = 1 - (1 - p) ** k
        print(f"{k:2} {pass_at_k(10, 3, k):9.3f}  {str(by_enumeration(right, k)):>7}  | "
              f"{truth:10.3f} {expected(pass_at_k, 10, k, p):9.3f} "
              f"{expected(plug_in, 10, k, p):8.3f}")  # fmt: skip
