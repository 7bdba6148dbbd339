"""What each ranking loss tells each candidate: gradients by place, for one list of eight."""

import matplotlib.pyplot as plt
import numpy as np


# --8<-- [start:losses]
def pointwise(scores: np.ndarray, good: np.ndarray) -> np.ndarray:
    """Gradient of the binary cross-entropy of each candidate alone, averaged."""
    return (1 / (1 + np.exp(-scores)) - good) / len(scores)


def pairwise(scores: np.ndarray, good: np.ndarray, weigh: bool = False) -> np.ndarray:
    """RankNet's gradient over all pairs; with weigh LambdaRank's, |change of NDCG| each."""
    place = np.argsort(np.argsort(-scores, kind="stable"), kind="stable")
    discount = 1 / np.log2(place + 2)
    ideal = np.sum(1 / np.log2(np.arange(good.sum()) + 2))
    force = np.zeros(len(scores))
    for i in np.flatnonzero(good == 1):
        for j in np.flatnonzero(good == 0):
            push = 1 / (1 + np.exp(scores[i] - scores[j]))  # near 1 while the order is wrong
            push *= abs(discount[i] - discount[j]) / ideal if weigh else 1
            force[[i, j]] += -push, push
    return force


def listwise(scores: np.ndarray, good: np.ndarray) -> np.ndarray:
    """ListNet (top one): softmax of the scores minus the share of each good candidate."""
    chance = np.exp(scores - scores.max())
    return chance / chance.sum() - good / good.sum()


# --8<-- [end:losses]
if __name__ == "__main__":
    scores = np.array([3.0, 2.5, 2.0, 1.0, 0.5, 0.0, -1.0, -2.0])
    good = np.array([0, 1, 0, 0, 0, 0, 1, 0])  # at places 2 and 7
    losses = {
        "pointwise": pointwise(scores, good),
        "RankNet": pairwise(scores, good),
        "LambdaRank": pairwise(scores, good, weigh=True),
        "ListNet": listwise(scores, good),
    }
    print("force on each candidate (up is positive), largest set to 1; good: places 2, 7")
    print("place     ", "".join(f"{n:7}" for n in range(1, 9)))
    for shift, (name, gradient) in enumerate(losses.items()):
        force = -gradient / abs(gradient).max()
        print(f"{name:11}", "".join(f"{f:7.2f}" for f in force))
        plt.bar(np.arange(1, 9) + 0.2 * shift - 0.3, force, width=0.2, label=name)
    plt.axhline(0, linewidth=0.8)
    plt.gca().set(xlabel="place in the present order (2 and 7 are good)", ylabel="force")
    plt.legend()
    plt.savefig("rank_losses.svg")
