"""How good must the judge of a corrective loop be? Rescued and spoiled by its error rate."""

import matplotlib.pyplot as plt

BOTH, FIRST, SECOND, NEITHER = 52, 15, 7, 7  # of 81: dense search, keyword search, each at 5


# --8<-- [start:expected]
def expected(
    error: float, both: int = BOTH, first: int = FIRST, second: int = SECOND
) -> tuple[float, float]:
    """Rescued and spoiled on average, if the judge errs with this chance at every grade."""
    rescued = second * (1 - error) ** 2  # rejects the first result and accepts the second
    spoiled = first * error + both * error**2  # rejects what was good, and finds nothing after
    return rescued, spoiled


def break_even(steps: int = 60) -> float:
    """The error rate at which as many are spoiled as rescued, by halving."""
    low, high = 0.0, 1.0
    for _ in range(steps):
        middle = (low + high) / 2
        rescued, spoiled = expected(middle)
        low, high = (middle, high) if rescued > spoiled else (low, middle)
    return low


# --8<-- [end:expected]
def main() -> None:
    print("judge wrong   rescued  spoiled   held of 81")
    for error in (0, 0.05, 0.1, 0.2, 0.3):
        rescued, spoiled = expected(error)
        held = BOTH + FIRST + rescued - spoiled
        print(f"{error:9.0%}{rescued:12.1f}{spoiled:9.1f}{held:11.1f}")
    print(f"\nas many spoiled as rescued at an error rate of {break_even():.0%}")
    errors = [n / 100 for n in range(41)]
    for name, part in (("rescued", 0), ("spoiled", 1)):
        plt.plot(errors, [expected(e)[part] for e in errors], label=name)
    plt.axvline(break_even(), linestyle=":", color="#6b7076")
    plt.gca().set(xlabel="error rate of the judge", ylabel="questions of 81", ylim=(0, 15))
    plt.legend()
    plt.savefig("judge_error.svg")


if __name__ == "__main__":
    main()
