"""How often does a result cache hit? Zipf's law, least recently used, and what a key adds."""

from collections import OrderedDict

import matplotlib.pyplot as plt
import numpy as np


# --8<-- [start:cache]
def popularity(distinct: int, exponent: float) -> np.ndarray:
    """Zipf: the r-th most frequent query is asked with probability in proportion to 1/r^s."""
    return (weights := 1 / np.arange(1, distinct + 1) ** exponent) / weights.sum()


def lru_hits(keys: list, size: int, clear_every: int = 0) -> float:
    """Hit rate of `keys` in a least-recently-used cache, emptied every so many requests."""
    cache, hits = OrderedDict(), 0
    for number, key in enumerate(keys):
        if clear_every and number % clear_every == 0:
            cache.clear()
        if key in cache:
            hits += 1
            cache.move_to_end(key)
        else:
            cache[key] = None
            if len(cache) > size:
                cache.popitem(last=False)
    return hits / len(keys)


# --8<-- [end:cache]
if __name__ == "__main__":
    distinct, requests = 1_000_000, 200_000
    rng, curves = np.random.default_rng(3), {}
    sizes = 100, 1000, 10_000, 100_000
    print("a million distinct queries, 200,000 requests     cache size")
    print("exponent                 ", *(f"{size:>9,}" for size in sizes), "  no limit")
    for exponent in (0.8, 1.0):
        p = popularity(distinct, exponent)
        stream = rng.choice(distinct, requests, p=p).tolist()
        static = [p[:size].sum() for size in sizes]  # the most frequent ones, for ever
        recent = [lru_hits(stream, size) for size in (*sizes, distinct)]
        for name, rates in ("best static", static), ("recently used", recent):
            print(f"{exponent:<10}{name:15}", *(f"{rate:9.0%}" for rate in rates))
            curves[f"exponent {exponent}, {name}"] = rates[:4]
    rights = list(zip(stream, rng.integers(0, 20, requests)))
    print("\nexponent 1.0, 10,000 places, recently used")
    cases = [("the query alone", stream, 0), ("and one of 20 sets of rights", rights, 0)]
    cases += [(f"query, emptied every {n:,} requests", stream, n) for n in (20_000, 2000)]
    for name, keys, clear in cases:
        rate = lru_hits(keys, 10_000, clear)
        print(f"{name:38}{rate:5.0%} hit, {1 - rate:4.0%} searched")
    figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    for (name, rates), style in zip(curves.items(), ("s:", "s-", "o:", "o-")):
        axes.plot(sizes, rates, style, label=name)
    axes.set(xscale="log", ylim=(0, 1), xlabel="cached queries", ylabel="hit rate")
    axes.legend()
    figure.savefig("zipf_cache.svg")
