"""RaBitQ's estimate: its spread against dimensions, and the bias of bare signs."""

import matplotlib.pyplot as plt
import numpy as np


def pairs(count: int, width: int, cosine: float) -> tuple[np.ndarray, np.ndarray]:
    """Random unit vectors with this cosine: like one pair under many rotations."""
    rng = np.random.default_rng(0)
    q, x = rng.normal(size=(2, count, width))
    q /= np.linalg.norm(q, axis=1, keepdims=True)
    x -= (x * q).sum(axis=1, keepdims=True) * q
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return q, cosine * q + np.sqrt(1 - cosine**2) * x


def estimates(q: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """q times the unit sign vector of x; the same divided by the fit; the fit itself."""
    signs = np.sign(x) / np.sqrt(x.shape[1])
    fit = (x * signs).sum(axis=1)
    bare = (q * signs).sum(axis=1)
    return bare, bare / fit, fit


def spread(fit: float, cosine: float, width: int) -> float:
    """Standard deviation of the estimate in theory, for unit vectors."""
    return np.sqrt((1 - cosine**2) * (1 - fit**2) / fit**2 / (width - 1))


if __name__ == "__main__":
    fig, panels = plt.subplots(1, 2, figsize=(8, 3), sharex=True, sharey=True)
    print("true cosine 0.50, 4,000 rotations")
    print("bits     fit   bare signs   RaBitQ   spread   in theory")
    for width in (64, 128, 256, 1024, 2048):
        q, x = pairs(4000, width, 0.5)
        bare, fixed, fit = estimates(q, x)
        print(f"{width:4}{fit.mean():8.2f}{bare.mean():11.2f}{fixed.mean():11.2f}"
              f"{fixed.std():9.3f}{spread(fit.mean(), 0.5, width):11.3f}")  # fmt: skip
        if width in (128, 1024):
            panel = panels[int(width == 1024)]
            bins = np.linspace(0.2, 0.8, 25)
            panel.hist(bare, bins, alpha=0.6, density=True, label="bare signs")
            panel.hist(fixed, bins, alpha=0.6, density=True, label="RaBitQ")
            panel.axvline(0.5, color="C2", linestyle="--", label="true cosine")
            panel.set(title=f"{width} bits", xlabel="estimated cosine")
    panels[0].legend()
    fig.savefig("rabitq_spread.svg")
