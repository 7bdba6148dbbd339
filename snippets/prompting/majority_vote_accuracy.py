"""How often a vote of n samples is right, exactly: when voting helps and when it hurts."""

from math import factorial

import matplotlib.pyplot as plt
import numpy as np


# --8<-- [start:exact]
def vote_accuracy(chances: list[float], n: int) -> float:
    """P(answer 0 wins a vote of n independent samples), summed over all multinomial counts."""
    right, *wrong = chances
    total = 0.0
    for votes in range(1, n + 1):  # for the right answer; the other n - votes are wrong
        # weight[k, t]: sum over all ways to k wrong votes and t ties, each a product of q^j/j!
        weight = np.zeros((n - votes + 1, len(chances)))
        weight[0, 0] = 1
        for q in wrong:
            new = np.zeros_like(weight)
            for j in range(min(votes, n - votes) + 1):  # its votes: no more than the right one
                tied = int(j == votes)
                rest = weight[: len(weight) - j, : len(chances) - tied]
                new[j:, tied:] += q**j / factorial(j) * rest
            weight = new
        won = weight[-1] / np.arange(1, len(chances) + 1)  # a tie among m is won once in m
        total += right**votes / factorial(votes) * won.sum()
    return float(total * factorial(n))


# --8<-- [end:exact]
CASES = {
    "0.60 right, one wrong answer": [0.6, 0.4],
    "0.40 right, wrong ones scattered": [0.4] + [0.1] * 6,
    "0.40 right, one wrong at 0.45": [0.4, 0.45, 0.15],
}

if __name__ == "__main__":
    sizes = [1, 3, 5, 11, 21, 41]
    print(f"{'samples':34}", *(f"{n:5d}" for n in sizes))
    fig, axes = plt.subplots()
    for name, chances in CASES.items():
        line = [vote_accuracy(chances, n) for n in sizes]
        print(f"{name:34}", *(f"{accuracy:5.2f}" for accuracy in line))
        axes.plot(sizes, line, "o-", label=name)
    axes.set(ylim=(0, 1.05), xlabel="samples voting", title="Chance that the vote is right")
    axes.legend(loc="lower right")
    fig.savefig("majority_vote_accuracy.svg")
