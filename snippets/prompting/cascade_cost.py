"""The price of a task with its failures: a small model, a large one, a cascade of the two."""

# dollars for one request of 8,192 tokens in and 1,024 out at list prices of 2026-10-24
SMALL = 8192 * 0.10e-6 + 1024 * 0.50e-6  # Claude Haiku 5.5
LARGE = 8192 * 4e-6 + 1024 * 20e-6  # Claude Opus 5.5


def solved(cost: float, accuracy: float, failure: float) -> float:
    """Expected dollars a task when every wrong answer costs `failure` to find and mend."""
    return cost + (1 - accuracy) * failure


def cascade(passed: float, wrong: float, accuracy: float, failure: float) -> float:
    """The small model first; a check passes some answers, of which a share `wrong` is wrong."""
    escalated = LARGE + (1 - accuracy) * failure
    return SMALL + passed * wrong * failure + (1 - passed) * escalated


def accuracy_worth(cheap: float, dear: float, failure: float) -> float:
    """Gain in accuracy at which the dearer model costs the same a task; above, less."""
    return (dear - cheap) / failure


if __name__ == "__main__":
    print(
        f"a request: small ${SMALL:.5f}, large ${LARGE:.5f}, {LARGE / SMALL:.0f} times as much"
    )
    print("a failure costs   small 80 %   large 95 %   cascade   large pays for points of")
    for failure in (0.01, 0.10, 1.00, 10.00):
        row = solved(SMALL, 0.80, failure), solved(LARGE, 0.95, failure)
        row += (cascade(0.7, 0.05, 0.9, failure),)
        worth = accuracy_worth(SMALL, LARGE, failure)
        need = f"{worth:.1%}" if worth < 1 else "none can"
        cells = f"{row[0]:13.4f}{row[1]:13.4f}{row[2]:10.4f}"
        print(f"${failure:13.2f}{cells}   {need}")
