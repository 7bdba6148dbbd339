"""The order of additions changes a sum, and a changed sum can change the greedy token."""

from functools import reduce

import numpy as np


# --8<-- [start:split-sum]
def split_sum(terms: np.ndarray, splits: int) -> np.float32:
    """A reduction as `splits` workers do it: each its own share, then the partial sums."""
    shares = [reduce(np.add, share) for share in np.array_split(terms, splits)]
    return reduce(np.add, shares)


# --8<-- [end:split-sum]
if __name__ == "__main__":
    print("(0.1 + 0.2) + 0.3 =", (0.1 + 0.2) + 0.3)
    print("0.1 + (0.2 + 0.3) =", 0.1 + (0.2 + 0.3))
    big, one = np.float32(2**24), np.float32(1)
    left, right = (big + one) + one, big + (one + one)
    print(f"fp32: (2^24 + 1) + 1 = {left:.0f} and 2^24 + (1 + 1) = {right:.0f}")
    rng = np.random.default_rng(0)
    # Two tokens with the same exact logit: the same 4,096 products, in two orders.
    a_terms = (rng.integers(-1000, 1000, 4096) / 1000).astype(np.float32)
    b_terms = rng.permutation(a_terms)
    print("splits of the sum   logit of A   logit of B   greedy token")
    for splits in (1, 2, 4, 8, 16, 32):
        a, b = split_sum(a_terms, splits), split_sum(b_terms, splits)
        print(f"{splits:10}{a:20.5f}{b:13.5f}{'A' if a > b else 'B' if b > a else 'tie':>11}")
