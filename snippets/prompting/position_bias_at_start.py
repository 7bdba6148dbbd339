"""The U before any training: which tokens reach the last one through causal averaging."""

import matplotlib.pyplot as plt
import numpy as np


# --8<-- [start:influence]
def influence(tokens: int, layers: int, residual: float = 0.5) -> np.ndarray:
    """Share of the last position's output that comes from each input position.

    Untrained attention is nearly uniform over the past, so a layer is a running mean; the
    residual connection keeps a part of each token where it is.
    """
    mean = np.tril(np.ones((tokens, tokens))) / np.arange(1, tokens + 1)[:, None]
    layer = residual * np.eye(tokens) + (1 - residual) * mean  # rows sum to 1
    return np.linalg.matrix_power(layer, layers)[-1]


# --8<-- [end:influence]
if __name__ == "__main__":
    print("share of the last position's output, 64 tokens")
    print("layers   first token   tokens 2-8   9-56 each (mean)   last token")
    fig, ax = plt.subplots(figsize=(7, 3.2))
    for layers in (1, 4, 12):
        share = influence(64, layers)
        middle = share[8:56].mean()
        print(
            f"{layers:6}{share[0]:14.3f}{share[1:8].sum():13.3f}{middle:19.5f}{share[-1]:13.4f}"
        )
        ax.semilogy(range(1, 65), share, label=f"layers: {layers}")
    ax.set(xlabel="position of the input token", ylabel="influence on the last position")
    ax.legend()
    fig.savefig("position_bias_at_start.svg")
