"""The monthly bill of 1 million, 100 million and 1 billion vectors under seven indexes."""

from math import ceil

import matplotlib.pyplot as plt

# Dollars. Machines: AWS us-east-1, on demand, 2026-01-19 (Karpenter's copy of the price list);
# larger sizes cost in proportion. S3 Standard as quoted on 2026-11-28; check before use.
RAM_HOUR, SSD_HOUR = 0.11782, 0.1716  # r8g.large; i8g.large. Both 2 cores, 16 GiB
MEMORY, DISK, HOURS = 16 * 2**30, 468e9, 730  # bytes; bytes of NVMe in i8g.large; a month
STORE, GET = 0.023e-9, 0.4e-6  # a byte on S3 for a month; one read
# Our assumptions: change them
DIMENSIONS, LINKS, REPLICAS, FULL = 768, 16, 2, 0.7  # FULL: share of memory and disk in use
QUERIES, LISTS, MISSES = 10e6, 20, 0.1  # a month; lists read a query; share not in the cache
CACHED, LIST = 0.1, 250  # share of S3's bytes also on SSD; vectors a list

# --8<-- [start:bill]
FLOAT, BIT = 4 * DIMENSIONS, DIMENSIONS // 8
LINK = 4 * (2 * LINKS + LINKS / (LINKS - 1)) + 12  # HNSW's links, faiss's offset and level
CENTROID = FLOAT / LIST
BYTES = {  # of a vector: in memory, on SSD, on object storage
    "flat, float32": (FLOAT, 0, 0),
    "HNSW, float32": (FLOAT + LINK, 0, 0),
    "HNSW, int8": (DIMENSIONS + LINK, 0, 0),
    "IVF, 96-byte codes": (96 + 8 + CENTROID, 0, 0),  # 8: the id
    "HNSW, 1 bit; floats on SSD": (BIT + LINK, FLOAT, 0),
    "Vamana on SSD; 96-byte codes": (96, 4096, 0),  # a disk page: floats, 64 links, slack
    "lists on S3, SSD cache": (CENTROID, CACHED * (FLOAT + BIT), FLOAT + BIT),
}


def units(count: float, name: str) -> int:
    """Machines of 16 GiB, all copies: memory or disk decides, whichever needs more."""
    memory, disk, _ = (count * size for size in BYTES[name])
    return REPLICAS * ceil(max(memory / MEMORY, disk / DISK) / FULL)


def bill(count: float, name: str) -> float:
    """Dollars a month: machines, objects stored, reads that miss the cache."""
    _, disk, stored = BYTES[name]
    reads = QUERIES * LISTS * MISSES * GET if stored else 0
    hour = SSD_HOUR if disk else RAM_HOUR
    return units(count, name) * hour * HOURS + count * stored * STORE + reads


# --8<-- [end:bill]
if __name__ == "__main__":
    widths = (7, 7, 7, 9, 7, 7, 7)
    figure, axes = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
    print("                             bytes a vector in   machines,  dollars a month")
    print("index                        memory    SSD     S3      1 B    1 M  100 M    1 B")
    for row, (name, size) in enumerate(BYTES.items()):
        costs = [bill(count, name) for count in (1e6, 1e8, 1e9)]
        line = [*size, units(1e9, name), *costs]
        print(f"{name:28}" + "".join(f"{n:{w},.0f}" for n, w in zip(line, widths)))
        axes.plot(costs, [row] * 3, color="C0", alpha=0.4)
        for mark, cost in zip("o^s", costs):
            axes.plot(cost, row, mark, color="C0")
    axes.set(xscale="log", xlabel="dollars a month: circle 1 M, triangle 100 M, square 1 B")
    axes.set_yticks(range(len(BYTES)), list(BYTES))
    axes.invert_yaxis()
    figure.savefig("vector_bill.svg")
