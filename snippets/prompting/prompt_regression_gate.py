"""Is the new prompt better? Both on the same cases, and an exact test on those that changed."""

from math import comb


# --8<-- [start:gate]
def sign_test(fixed: int, broken: int) -> float:
    """Two-sided p-value: how often fair coins split the changed cases as unevenly or more."""
    n, k = fixed + broken, min(fixed, broken)
    return min(1.0, 2 * sum(comb(n, i) for i in range(k + 1)) / 2**n)


def compare(old: list[bool], new: list[bool]) -> tuple[int, int, float]:
    """Cases fixed and broken by the new prompt, and the p-value; the rest tells nothing."""
    pairs = list(zip(old, new, strict=True))
    fixed, broken = pairs.count((False, True)), pairs.count((True, False))
    return fixed, broken, sign_test(fixed, broken)


# --8<-- [end:gate]
if __name__ == "__main__":
    print("cases  old    new   fixed  broken  p-value")
    for cases, right, fixed, broken in (
        (200, 160, 12, 4),
        (200, 160, 9, 1),
        (2000, 1600, 60, 20),
    ):
        old = [True] * right + [False] * (cases - right)
        new = (
            [False] * broken
            + [True] * (right - broken + fixed)
            + [False] * (cases - right - fixed)
        )
        result = compare(old, new)
        shares = f"{sum(old) / cases:.3f}  {sum(new) / cases:.3f}"
        print(f"{cases:5d}  {shares}  {result[0]:5d}  {result[1]:6d}  {result[2]:7.2g}")
