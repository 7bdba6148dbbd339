"""Merging in tiers: how often a row is indexed against how many graphs a search asks."""

import matplotlib.pyplot as plt


# --8<-- [start:tiers]
def tiered(flushes: int, factor: int) -> tuple[float, float]:
    """Merge as soon as `factor` segments have one size: graph inserts a row, mean segments."""
    sizes: list[int] = []  # in units of one flush, newest last
    inserts = asked = 0
    for _ in range(flushes):
        sizes.append(1)
        inserts += 1
        while len(sizes) >= factor and sizes[-factor] == sizes[-1]:
            sizes[-factor:] = [sum(sizes[-factor:])]
            inserts += sizes[-1]
        asked += len(sizes)
    return inserts / flushes, asked / flushes


def single(flushes: int) -> tuple[float, float]:
    """One segment always: every flush rebuilds everything."""
    return (flushes + 1) / 2, 1.0


# --8<-- [end:tiers]
if __name__ == "__main__":
    flushes = 4096  # four million rows in flushes of 1,000
    print("4,096 flushes       graph inserts a row   segments asked by a search, mean")
    points = [("merge all, always", *single(flushes))]
    points += [(f"tiers of {f}", *tiered(flushes, f)) for f in (2, 4, 8, 16, 64)]
    points += [("never merge", 1.0, (flushes + 1) / 2)]
    for name, inserts, segments in points:
        print(f"{name:20}{inserts:19.1f}{segments:26.1f}")
    fig, ax = plt.subplots()
    ax.plot([p[1] for p in points], [p[2] for p in points], marker="o")
    for name, inserts, segments in points:
        if name != "tiers of 4" and name != "tiers of 16":
            ax.annotate(name, (inserts, segments), (6, 6), textcoords="offset points")
    ax.set(xscale="log", yscale="log", xlim=(0.7, 30_000), ylim=(0.7, 9000))
    ax.set(xlabel="times a row is put into a graph", ylabel="graphs a search asks, mean")
    fig.savefig("merge_policies.svg")
