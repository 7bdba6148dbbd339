"""Temperature and five ways to cut the tail: each maps logits to logits."""

import math

import torch
from torch import Tensor


# --8<-- [start:filters]
def temperature(logits: Tensor, t: float) -> Tensor:
    """Above 1 flattens, below 1 sharpens; the ranking stays."""
    return logits / t


def top_k(logits: Tensor, k: int) -> Tensor:
    """The k likeliest tokens."""
    kth = logits.topk(min(k, logits.size(-1))).values[..., -1:]  # (..., 1)
    return logits.masked_fill(logits < kth, -math.inf)  # probability 0


def top_p(logits: Tensor, p: float) -> Tensor:
    """The smallest set of the likeliest tokens that holds a mass of p."""
    return _until(logits, logits.argsort(dim=-1, descending=True), p)


def typical(logits: Tensor, p: float) -> Tensor:
    """A mass of p whose surprise is nearest to the expected surprise, the entropy."""
    surprise = -logits.log_softmax(-1)
    entropy = (logits.softmax(-1) * surprise).nansum(-1, keepdim=True)  # 0 · ∞ counts as 0
    return _until(logits, (surprise - entropy).abs().argsort(dim=-1), p)


def _until(logits: Tensor, order: Tensor, p: float) -> Tensor:
    """Keep tokens in this order until their mass reaches p, the crossing one included."""
    probs = logits.softmax(-1).gather(-1, order)
    full = probs.cumsum(-1) - probs >= p  # the mass before this token is enough already
    return logits.masked_fill(torch.zeros_like(full).scatter(-1, order, full), -math.inf)


def min_p(logits: Tensor, fraction: float) -> Tensor:
    """Tokens at least `fraction` as likely as the likeliest: a fixed distance in logits."""
    return logits.masked_fill(logits < logits.amax(-1, True) + math.log(fraction), -math.inf)


def top_n_sigma(logits: Tensor, n: float) -> Tensor:
    """Tokens within n standard deviations of the largest logit."""
    sigma = logits.std(-1, keepdim=True, correction=0)
    return logits.masked_fill(logits < logits.amax(-1, True) - n * sigma, -math.inf)


# --8<-- [end:filters]
if __name__ == "__main__":
    logits = torch.tensor([0.40, 0.25, 0.15, 0.10, 0.06, 0.04], dtype=torch.float64).log()
    print(f"{'':17}" + "".join(f"{f'token {i}':>9}" for i in range(6)))
    heat = [(temperature, 1.0), (temperature, 0.5), (temperature, 2.0)]
    cuts = [(top_k, 3), (top_p, 0.75), (min_p, 0.2), (typical, 0.35), (top_n_sigma, 1.0)]
    for f, value in heat + cuts:
        probs = f(logits, value).softmax(-1).tolist()
        cells = "".join(f"{p:9.3f}" if p else f"{'-':>9}" for p in probs)
        print(f"{f.__name__:12}{value:5}" + cells)
