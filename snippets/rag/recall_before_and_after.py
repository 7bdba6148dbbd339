"""Is a change of recall more than luck? The exact sign test on wins and losses, drawn."""

from math import comb

import matplotlib.pyplot as plt

COUNTS = [  # technique, questions, found before, wins, losses: as the measurements print them
    ("Rocchio, 3 passages, weight 0.5", 81, 67, 2, 7),
    ("RM3 on BM25, keep 0.5", 81, 58, 4, 5),
    ("HyDE, passage alone", 81, 67, 2, 27),
    ("HyDE, mean with question", 81, 67, 3, 7),
    ("small model's rewrite", 81, 67, 2, 33),
    ("rewrite fused with question", 81, 67, 2, 26),
    ("four wordings by rule, fused", 81, 67, 0, 5),
    ("topic router, 1 of 24", 81, 67, 2, 23),
    ("double question, split", 40, 15, 14, 0),
    ("follow-up behind the earlier", 18, 2, 9, 1),
    ("follow-up made whole", 18, 2, 15, 1),
    ("whole one behind another topic", 81, 67, 1, 35),
]


# --8<-- [start:sign-test]
def sign_test(wins: int, losses: int) -> float:
    """Chance of a split at least as uneven if each changed question were a fair coin."""
    n, k = wins + losses, min(wins, losses)
    return min(1.0, 2 * sum(comb(n, i) for i in range(k + 1)) / 2**n)


# --8<-- [end:sign-test]
def main() -> None:
    print(f"{'':31}before  after  wins  losses     p")
    for name, n, before, wins, losses in COUNTS:
        after, p = before + wins - losses, sign_test(wins, losses)
        chance = f"{p:6.2f}" if p >= 0.005 else " <0.01"
        print(f"{name:31}{before / n:6.2f}{after / n:7.2f}{wins:6}{losses:8}{chance}")
    figure, (left, right) = plt.subplots(1, 2, sharey=True, figsize=(7, 4.2))
    for row, (_, n, before, wins, losses) in enumerate(COUNTS):
        after = before + wins - losses
        left.plot([before / n, after / n], [-row, -row], "-", color="#d9dbde", linewidth=3)
        left.plot(before / n, -row, "o", color="#1d1f21", markerfacecolor="none", markersize=7)
        left.plot(after / n, -row, "o", color="#0b64a8" if after > before else "#c4500a")
        right.barh(-row, wins, color="#0b64a8", height=0.6)
        right.barh(-row, -losses, color="#c4500a", height=0.6)
    left.set_yticks([-row for row in range(len(COUNTS))], [count[0] for count in COUNTS])
    left.set(xlim=(0, 1), title="recall: ring before, dot after")
    right.axvline(0, color="#1d1f21", linewidth=1)
    right.set_title("questions lost (left) and won")
    right.set_xticks([-30, -20, -10, 0, 10], [30, 20, 10, 0, 10])
    figure.savefig("recall_before_and_after.svg")


if __name__ == "__main__":
    main()
