"""In-context learning as Bayes' rule: how many examples overturn a strong prior."""

from math import ceil, exp, log

import matplotlib.pyplot as plt


# --8<-- [start:posterior]
def posterior(prior: float, noise: float, usual: int, flipped: int) -> float:
    """P(the labels have their usual meaning) after examples with usual and flipped labels.

    Each example shows the true label with probability 1 - noise, whichever rule is in force.
    """
    log_odds = log(prior / (1 - prior)) + (usual - flipped) * log((1 - noise) / noise)
    return 1 / (1 + exp(-log_odds))


def examples_to_overturn(prior: float, noise: float) -> int:
    """The smallest number of flipped examples that brings the posterior to a half or below."""
    return ceil(log(prior / (1 - prior)) / log((1 - noise) / noise) - 1e-9)


# --8<-- [end:posterior]
if __name__ == "__main__":
    noises, priors = (0.01, 0.1, 0.3, 0.45), (0.9, 0.99, 0.999999)
    print("flipped examples needed to overturn the usual meaning of the labels")
    print(f"{'prior':10}", *(f"  noise {noise:4.2f}" for noise in noises))
    for prior in priors:
        needed = (examples_to_overturn(prior, noise) for noise in noises)
        print(f"{prior:<10}", *(f"{n:12d}" for n in needed))
    mixed = posterior(0.99, 0.3, usual=8, flipped=8)
    print(f"prior 0.99 after 8 usual and 8 flipped labels: {mixed:.2f}, nothing learnt")
    fig, axes = plt.subplots()
    shots = range(25)
    for prior, marker in zip(priors, "osD"):
        curve = [posterior(prior, 0.3, 0, n) for n in shots]
        axes.plot(shots, curve, marker=marker, markersize=4, label=f"prior {prior}")
    axes.axhline(0.5, linestyle="--", color="#8a6d00", linewidth=1)
    axes.set(xlabel="flipped examples in the prompt", ylabel="belief in the usual meaning")
    axes.set_title("Belief that labels mean what they usually mean (noise 0.3)")
    axes.legend(loc="upper right")
    fig.savefig("in_context_bayes.svg")
