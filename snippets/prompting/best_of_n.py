"""Best-of-n: what the best of n samples is worth, and choosing by agreement (MBR) instead."""

from collections import Counter
from math import log

import matplotlib.pyplot as plt
import torch
from torch.distributions import Normal


# --8<-- [start:best-of-n]
def expected_maximum(n: int) -> float:
    """E[max of n standard normal scores], in standard deviations, by numerical integration."""
    x = torch.linspace(-10, 10, 200_001, dtype=torch.float64)
    normal = Normal(0.0, 1.0)
    density = n * normal.cdf(x) ** (n - 1) * normal.log_prob(x).exp()  # of the maximum
    return torch.trapezoid(x * density, x).item()


def kl_bound(n: int) -> float:
    """An upper bound on KL(best-of-n || model), in nats."""
    return log(n) - (n - 1) / n


# --8<-- [end:best-of-n]
# --8<-- [start:mbr]
def word_f1(a: str, b: str) -> float:
    """Overlap of two texts as bags of words: 1 when equal, 0 when disjoint."""
    common = sum((Counter(a.split()) & Counter(b.split())).values())
    return 2 * common / (len(a.split()) + len(b.split()))


def minimum_bayes_risk(samples: list[str]) -> str:
    """The sample that agrees best, on average, with all the samples."""
    return max(samples, key=lambda a: sum(word_f1(a, b) for b in samples))


# --8<-- [end:mbr]


if __name__ == "__main__":
    sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256]
    best = [expected_maximum(n) for n in sizes]
    print("  n  beats a single sample  best score  correlation 0.5  KL at most")
    for n, gain in zip(sizes, best, strict=True):
        print(f"{n:3} {n / (n + 1):22.1%} {gain:11.2f} {0.5 * gain:16.2f} {kl_bound(n):11.2f}")
    samples = ["the ferry leaves at seven", "the ferry leaves at seven daily", "no ferry today",
               "the ferry leaves every day at seven", "no ferry today"]  # fmt: skip
    print("\nmost frequent:", Counter(samples).most_common(1)[0][0])
    print("least risk:   ", minimum_bayes_risk(samples))
    fig, axes = plt.subplots(figsize=(7, 3))
    for share, label in ((1.0, "perfect scorer"), (0.5, "correlation 0.5"), (0.0, "chance")):
        axes.plot(sizes, [share * gain for gain in best], marker="o")
        axes.text(290, share * best[-1], label, va="center")
    axes.set_xscale("log", base=2)
    axes.set(xticks=sizes, xticklabels=sizes, xlim=(0.9, 1100), xlabel="samples n",
             title="Quality of the best of n, in standard deviations")  # fmt: skip
    fig.savefig("best_of_n.svg")
