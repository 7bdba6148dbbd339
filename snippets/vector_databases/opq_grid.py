"""A product of two codebooks on correlated data, before and after a rotation, as a picture."""

import matplotlib.pyplot as plt
import numpy as np
from scipy.cluster.vq import kmeans2


def product_grid(x: np.ndarray, sizes: tuple[int, int]) -> np.ndarray:
    """All pairs of 1-D k-means centroids: what a product quantiser can represent."""
    books = [
        np.sort(kmeans2(x[:, [i]], k, minit="++", seed=0)[0][:, 0]) for i, k in enumerate(sizes)
    ]
    return np.stack(np.meshgrid(*books), axis=-1).reshape(-1, 2)


def used_and_error(x: np.ndarray, centres: np.ndarray) -> tuple[int, float]:
    """How many of the centres are nearest to some point, and the mean squared error."""
    distances = ((x[:, None] - centres) ** 2).sum(axis=2)
    return len(np.unique(distances.argmin(axis=1))), float(distances.min(axis=1).mean())


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    x = rng.multivariate_normal([0, 0], [[1, 0.95], [0.95, 1]], 1500)
    _, axes = np.linalg.eigh(np.cov(x.T))
    turned = x @ axes[:, ::-1]
    angles = np.linspace(0, 2 * np.pi, 60)
    ring = np.linalg.cholesky(np.cov(x.T)) @ np.stack([np.cos(angles), np.sin(angles)])
    cases = {
        "product 4 x 4": product_grid(x, (4, 4)),
        "rotated, 4 x 4": product_grid(turned, (4, 4)) @ axes[:, ::-1].T,
        "rotated, 8 x 2": product_grid(turned, (8, 2)) @ axes[:, ::-1].T,
        "k-means, 16": kmeans2(x, 16, minit="++", seed=0)[0],
    }
    fig, panels = plt.subplots(1, 4, figsize=(8, 2.7), sharex=True, sharey=True)
    print("16 centres, 4 bits   used   mean squared error")
    for (name, centres), panel in zip(cases.items(), panels, strict=True):
        used, error = used_and_error(x, centres)
        print(f"{name:<18}{used:7}{error:12.2f}")
        for sigma in (1, 2):
            panel.plot(*(sigma * ring), color="C0", alpha=0.6)
        panel.plot(*centres.T, "x", color="C1", markersize=6)
        panel.set(title=name, xlabel=f"error {error:.2f}", aspect="equal")
    fig.savefig("opq_grid.svg")
