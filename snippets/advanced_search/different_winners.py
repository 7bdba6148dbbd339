"""Three rankings of the same documents: every metric has another winner."""

import math

import matplotlib.pyplot as plt

JUDGED = [3, 2, 1, 1, 1, 1]  # grades of all relevant documents
LISTS = {
    "A: one hit at once": [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    "B: the best, second": [0, 3, 2, 0, 0, 0, 0, 0, 0, 0],
    "C: many, late": [0, 0, 0, 0, 2, 1, 1, 1, 1, 0],
}


# --8<-- [start:scores]
def scores(grades: list[int]) -> dict[str, float]:
    """Five metrics of one ranking of ten."""
    hits = [place for place, grade in enumerate(grades, 1) if grade]
    gains = [g / math.log2(p + 1) for p, g in enumerate(grades, 1)]
    best = [g / math.log2(p + 1) for p, g in enumerate(JUDGED, 1)]
    return {
        "hit@1": float(grades[0] > 0),
        "MRR": 1 / hits[0],
        "recall@10": len(hits) / len(JUDGED),
        "MAP": sum((n + 1) / place for n, place in enumerate(hits)) / len(JUDGED),
        "nDCG@10": sum(gains) / sum(best),
    }


# --8<-- [end:scores]
if __name__ == "__main__":
    table = {name: scores(grades) for name, grades in LISTS.items()}
    metrics = list(next(iter(table.values())))
    print(f"{'':20}" + "".join(f"{m:>11}" for m in metrics))
    for name, row in table.items():
        print(f"{name:20}" + "".join(f"{row[m]:11.2f}" for m in metrics))
    winners = [max(table, key=lambda name: table[name][m])[0] for m in metrics]
    print(f"{'winner':20}" + "".join(f"{w:>11}" for w in winners))
    figure, ax = plt.subplots(figsize=(7, 2.2))
    for row, grades in enumerate(LISTS.values()):
        faces = ["C0" if grade else "none" for grade in grades]
        sizes = [25 + 90 * grade for grade in grades]
        ax.scatter(range(1, 11), [-row] * 10, s=sizes, facecolors=faces, edgecolors="C0")
    ax.set(yticks=[0, -1, -2], yticklabels=list(LISTS), xticks=range(1, 11), ylim=(-2.6, 0.6))
    ax.set_xlabel("place; filled: relevant, the larger the better")
    ax.grid(False)
    figure.savefig("different_winners.svg")
