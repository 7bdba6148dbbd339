"""From logits to a token: stable softmax, filters, an inverse-CDF draw and Gumbel-max."""

import numpy as np


# --8<-- [start:sampler]
def softmax(logits: np.ndarray) -> np.ndarray:
    """Subtracting the maximum changes nothing but keeps exp from overflowing."""
    exp = np.exp(logits - logits.max())
    return exp / exp.sum()


def candidates(
    logits: np.ndarray, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Token ids, likeliest first, and their probabilities after the filters."""
    ids = np.argsort(-logits, kind="stable")[: top_k or None]  # ids, not positions in a cut
    probs = softmax(logits[ids] / temperature)
    if top_p < 1:
        enough = np.cumsum(probs) - probs < top_p  # the token that crosses p stays
        ids, probs = ids[enough], probs[enough] / probs[enough].sum()
    return ids, probs


def sample(logits: np.ndarray, rng: np.random.Generator, **settings: float) -> int:
    """Draw one token id; temperature 0 is by convention the likeliest token."""
    if settings.get("temperature") == 0:
        return int(logits.argmax())
    ids, probs = candidates(logits, **settings)
    cdf = np.cumsum(probs)
    return int(ids[np.searchsorted(cdf, rng.random() * cdf[-1], side="right")])


def gumbel_max(logits: np.ndarray, rng: np.random.Generator) -> int:
    """The same distribution as softmax and a draw, with one argmax and no normalising."""
    return int((logits + rng.gumbel(size=logits.shape)).argmax())


# --8<-- [end:sampler]
def chi_square(counts: np.ndarray, probs: np.ndarray) -> float:
    """How far counts lie from their expectation; its mean is the number of classes less 1."""
    expected = counts.sum() * probs
    return float(((counts - expected) ** 2 / expected).sum())


if __name__ == "__main__":
    with np.errstate(over="ignore", invalid="ignore"):
        huge = np.array([1000.0, 999.0])
        print("softmax of 1000, 999, naive: ", np.exp(huge) / np.exp(huge).sum())
        print("with the maximum subtracted: ", softmax(huge).round(3))
    logits, draws = np.log([0.40, 0.25, 0.15, 0.10, 0.06, 0.04]), 50_000
    print(f"{draws:,} draws; 95% of fair samplers stay below chi-square 11.07")
    for draw in (sample, gumbel_max):
        rng = np.random.default_rng(1)
        counts = np.bincount([draw(logits, rng) for _ in range(draws)], minlength=6)
        print(f"{draw.__name__:11}", (counts / draws).round(3), end="")
        print(f"  chi-square {chi_square(counts, softmax(logits)):.1f}")
    ids, probs = candidates(logits, temperature=2.0, top_k=4, top_p=0.75)
    print("temperature 2, top-k 4, top-p 0.75: ids", ids, "with", probs.round(3))
