"""How many shards a query may ask before a slow one is the rule, and what hedging buys."""

import matplotlib.pyplot as plt
import numpy as np


# --8<-- [start:tail]
def any_slow(shards: int, slow: float) -> float:
    """Chance that at least one of `shards` independent answers is slow."""
    return 1 - (1 - slow) ** shards


def any_slow_hedged(shards: int, slow: float) -> float:
    """The same when each late answer is asked for again elsewhere, and the first one counts."""
    return 1 - (1 - slow**2) ** shards


def per_shard(shards: int, wanted: float) -> float:
    """How rarely a shard may be slow so that at most `wanted` of the queries are."""
    return 1 - (1 - wanted) ** (1 / shards)


def available(shards: int, machine: float, copies: int) -> float:
    """Chance that each shard has at least one of its copies up, if they fail independently."""
    return (1 - (1 - machine) ** copies) ** shards


# --8<-- [end:tail]
if __name__ == "__main__":
    print("1 answer in 100 is slow   queries that wait   hedged   allowed to each shard")
    for n in (1, 4, 10, 30, 100):
        print(f"{n:6} shards{any_slow(n, 0.01):30.0%}{any_slow_hedged(n, 0.01):12.2%}"
              f"{per_shard(n, 0.01):18.3%}")  # fmt: skip
    print("\nmachines up 99.9 % of the time: all shards answer")
    for n in (1, 10, 100):
        print(f"{n:6} shards   1 copy {available(n, 0.999, 1):7.2%}"
              f"   2 copies {available(n, 0.999, 2):9.4%}")  # fmt: skip
    shards = np.arange(1, 201)
    figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    for slow in (0.01, 0.001):
        axes.plot(shards, any_slow(shards, slow), label=f"slow {slow:.1%} of the time")
    axes.plot(shards, any_slow_hedged(shards, 0.01), ":", label="slow 1.0%, hedged")
    axes.set(xlabel="shards asked by one query", ylabel="queries that wait", xscale="log")
    axes.legend()
    figure.savefig("fan_out.svg")
