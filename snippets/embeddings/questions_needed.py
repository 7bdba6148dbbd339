"""How many labelled questions until a difference between two retrievers can be seen?"""

from statistics import NormalDist

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import binom


def questions_needed(gain: float, differ: float, power: float = 0.8) -> float:
    """Normal approximation, 5 % two-sided: `differ` is the share of questions that disagree."""
    z, unit = NormalDist().inv_cdf, (differ - gain**2) ** 0.5
    return ((z(0.975) * differ**0.5 + z(power) * unit) / gain) ** 2


# --8<-- [start:power]
def power(questions: int, gain: float, differ: float) -> float:
    """Chance that an exact sign test at 5 % notices the gain: wins minus losses over all."""
    chance, win = 0.0, (differ + gain) / 2 / differ  # share of the disagreements that are won
    for n in range(questions + 1):  # n questions on which exactly one of the two is right
        least = int(binom.isf(0.025, n, 0.5)) + 1  # wins needed: P(X ≥ least) ≤ 2.5 %
        noticed = binom.sf(least - 1, n, win) + binom.cdf(n - least, n, win)
        chance += binom.pmf(n, questions, differ) * noticed
    return float(chance)


# --8<-- [end:power]
def best_of(models: int, questions: int, recall: float, draws: int = 20000) -> float:
    """Mean score of the winner among equally good models, each tested on its own luck."""
    hits = np.random.default_rng(0).binomial(questions, recall, (draws, models))
    return float(hits.max(axis=1).mean() / questions)


if __name__ == "__main__":
    print("questions for 80 % power      they disagree on")
    print("true gain in recall        10 %    20 %    30 %")
    for gain in (0.02, 0.05, 0.10):
        row = "".join(f"{questions_needed(gain, d):8.0f}" for d in (0.1, 0.2, 0.3))
        print(f"{gain:19.2f}{row}")
    print("\nequally good models, true recall .80: mean score of the best of")
    print("questions      1      3     10     30")
    for questions in (81, 300, 1000):
        row = "".join(f"{best_of(models, questions, 0.8):7.2f}" for models in (1, 3, 10, 30))
        print(f"{questions:9}{row}")
    sizes = [25, 50, 81, 120, 170, 250, 350, 500, 700, 1000]
    for gain in (0.10, 0.05, 0.02):
        plt.plot(sizes, [power(n, gain, 0.2) for n in sizes], "o-", label=f"gain of {gain:.2f}")
    plt.axhline(0.8, linestyle=":", color="grey")
    plt.gca().set(xscale="log", xlabel="labelled questions", ylim=(0, 1.02),
                  ylabel="chance to notice the gain")  # fmt: skip
    plt.xticks((25, 50, 100, 200, 500, 1000), (25, 50, 100, 200, 500, 1000))
    plt.legend()
    plt.savefig("questions_needed.svg")
