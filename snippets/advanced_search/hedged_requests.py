"""The tail of a search over many shards, in a model: wait, hedge, or answer at a deadline."""

import matplotlib.pyplot as plt
import numpy as np


# --8<-- [start:hedge]
def answers(rng: np.random.Generator, shape: tuple, paused: np.ndarray) -> np.ndarray:
    """Milliseconds of a shard's answer: about 10, and where the machine pauses 100 more."""
    return rng.lognormal(np.log(10), 0.3, shape) + paused * rng.exponential(100, shape)


def hedged(first: np.ndarray, second: np.ndarray, after: float) -> np.ndarray:
    """When `after` has passed without an answer, ask a copy too, and take what comes first."""
    return np.where(first > after, np.minimum(first, after + second), first)


def simulate(shards: int, together: float, queries: int = 20_000) -> dict[str, np.ndarray]:
    """Times of all shards for each query. A copy pauses in 1 % of its answers; with
    probability `together` it pauses exactly when the first one does."""
    rng, shape = np.random.default_rng(7), (queries, shards)
    paused, other = rng.random((2, *shape)) < 0.01
    linked = np.where(rng.random(shape) < together, paused, other)
    first, second = answers(rng, shape, paused), answers(rng, shape, linked)
    return {"wait": first, "hedge": hedged(first, second, 17.0)}


# --8<-- [end:hedge]
if __name__ == "__main__":
    sizes, curves = (1, 3, 10, 30, 100), {}
    print("modelled ms     wait for all      hedge after 17      hedge, half of the")
    print(" " * 54 + "pauses in common")
    print("shards          p50      p99        p50      p99        p50      p99")
    for shards in sizes:
        free, linked = simulate(shards, 0.0), simulate(shards, 0.5)
        runs = {"wait for all": free["wait"], "hedge after 17 ms": free["hedge"],
                "hedge, half of the pauses in common": linked["hedge"]}  # fmt: skip
        tails = [np.percentile(times.max(axis=1), (50, 99)) for times in runs.values()]
        print(f"{shards:6}", *(f"{low:12.0f}{high:9.0f}" for low, high in tails), sep="")
        for name, (_, high) in zip(runs, tails):
            curves.setdefault(name, []).append(high)
    first = free["wait"]
    twice = [(slower * first > 17).mean() for slower in (1, 1.5)]
    print(
        f"\nsent twice: {twice[0]:.0%}; if all answers take half as long again: {twice[1]:.0%}"
    )
    for deadline in (20, 25, 50):
        came = first <= deadline
        print(f"deadline {deadline} ms, 100 shards: {came.mean():.1%} of answers came, "
              f"all for {came.all(axis=1).mean():.0%} of the queries")  # fmt: skip
    figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    for (name, tail), style in zip(curves.items(), ("o-", "s:", "^--")):
        axes.plot(sizes, tail, style, label=name)
    axes.set(xscale="log", xlabel="shards asked", ylabel="99th percentile, model ms")
    axes.set_xticks(sizes, [str(n) for n in sizes])
    axes.minorticks_off()
    axes.legend()
    figure.savefig("hedged_requests.svg")
