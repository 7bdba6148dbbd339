"""Kleinberg's ring: a greedy walk is short only if long links come in all lengths alike."""

import matplotlib.pyplot as plt
import numpy as np

KINDS = {"uniform ends (r = 0)": 0, "all scales alike (r = 1)": 1, "mostly short (r = 2)": 2}


def gap(a: np.ndarray, b: np.ndarray, n: int) -> np.ndarray:
    """How far apart on the ring."""
    return np.minimum((a - b) % n, (b - a) % n)


def greedy_hops(n: int, r: float, walks: int = 300, seed: int = 0) -> float:
    """Mean steps to a random target; a node knows both ring neighbours and one long link."""
    draw = np.random.default_rng(seed)
    weights = np.cumsum(np.arange(1, n // 2 + 1) ** -float(r))  # of a link of length d: 1 / d^r
    at, target = draw.integers(n, size=(2, walks))
    hops = 0
    while len(at):  # a greedy walk never comes back, so its links are drawn when it meets them
        moving = at != target
        at, target, hops = at[moving], target[moving], hops + moving.sum()
        length = np.searchsorted(weights, draw.random(len(at)) * weights[-1]) + 1
        link = at + length * draw.choice([-1, 1], len(at))
        ends = np.stack([at - 1, at + 1, link]) % n
        at = np.take_along_axis(ends, gap(ends, target, n).argmin(0)[None], 0)[0]
    return hops / walks


if __name__ == "__main__":
    sizes = [2**p for p in range(8, 18, 3)]
    table = {kind: [greedy_hops(n, r) for n in sizes] for kind, r in KINDS.items()}
    print("nodes                   " + "".join(f"{n:10,}" for n in sizes))
    print("ring only (n / 4)       " + "".join(f"{n // 4:10,}" for n in sizes))
    for kind, hops in table.items():
        print(f"{kind:24}" + "".join(f"{h:10,.0f}" for h in hops))
    fig, axes = plt.subplots()
    for kind, hops in table.items():
        axes.plot(sizes, hops, marker="o", label=kind)
    axes.set(xscale="log", yscale="log", xlabel="nodes", title="Steps of a greedy walk")
    axes.legend()
    fig.savefig("small_world_hops.svg")
