"""How likely bands of MinHash rows make a pair a candidate: 1 - (1 - s^r)^b, and simulated."""

import matplotlib.pyplot as plt
import numpy as np


def probability(similarity: np.ndarray, bands: int, rows: int) -> np.ndarray:
    """Chance that at least one band agrees in all its rows."""
    return 1 - (1 - similarity**rows) ** bands


def simulated(similarity: float, bands: int, rows: int, count: int = 20_000) -> float:
    """The same, counted over pairs whose rows agree independently with chance `similarity`."""
    agree = np.random.default_rng(0).random((count, bands, rows)) < similarity
    return float(agree.all(2).any(1).mean())


def threshold(bands: int, rows: int) -> float:
    """Similarity near which the curve is steepest: (1 / bands) ** (1 / rows)."""
    return (1 / bands) ** (1 / rows)


if __name__ == "__main__":
    shapes = [(8, 16), (16, 8), (32, 4)]
    print("bands rows  threshold   s=0.3   s=0.5   s=0.7   s=0.8   s=0.9   simulated 0.7")
    for bands, rows in shapes:
        chances = "".join(
            f"{probability(np.array(s), bands, rows):8.2f}" for s in (0.3, 0.5, 0.7, 0.8, 0.9)
        )
        print(
            f"{bands:5}{rows:5}{threshold(bands, rows):11.2f}{chances}"
            f"{simulated(0.7, bands, rows):16.2f}"
        )
    fig, ax = plt.subplots(figsize=(7, 3))
    s = np.linspace(0, 1, 101)
    for bands, rows in shapes:
        ax.plot(s, probability(s, bands, rows), label=f"{bands} bands of {rows} rows")
    ax.set(xlabel="Jaccard similarity of the pair", ylabel="chance to be compared",
           title="128 hash functions, cut into bands in three ways")  # fmt: skip
    ax.legend(fontsize=9)
    fig.savefig("band_curve.svg")
