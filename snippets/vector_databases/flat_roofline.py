"""Time of an exact scan: bytes over bandwidth or operations over speed, whichever is longer."""

import matplotlib.pyplot as plt

# Published peaks: bytes a second, operations a second (two a multiply-add), bytes a number.
MACHINES = {
    "4 cores, 40 GB/s": (40e9, 0.5e12, 4),  # assumed: a small cloud machine, AVX-512 at 4 GHz
    "96 cores, 461 GB/s": (460.8e9, 7e12, 4),  # 12 channels of DDR5-4800, 16 lanes at 2.4 GHz
    "H100, float32": (3.35e12, 67e12, 4),
    "H100, bfloat16": (3.35e12, 989e12, 2),  # tensor cores
}


# --8<-- [start:roofline]
def scan_seconds(
    count: int, width: int, queries: int, bandwidth: float, speed: float, size: int
) -> float:
    """One pass over the collection for a batch of queries."""
    reading = count * width * size / bandwidth
    computing = 2 * count * width * queries / speed
    return max(reading, computing)


def ridge(bandwidth: float, speed: float, size: int) -> float:
    """The batch at which computing takes as long as reading."""
    return speed * size / (2 * bandwidth)


# --8<-- [end:roofline]
if __name__ == "__main__":
    print("768 dimensions        one query, milliseconds               batch   queries/s")
    print("                         10 k     100 k       1 M     10 M  at ridge   at 1 M")
    for name, machine in MACHINES.items():
        alone = [1e3 * scan_seconds(10**e, 768, 1, *machine) for e in (4, 5, 6, 7)]
        batch = ridge(*machine)
        rate = batch / scan_seconds(10**6, 768, 1, *machine)
        print(
            f"{name:19}" + "".join(f"{t:10.3g}" for t in alone) + f"{batch:9.0f}{rate:11,.0f}"
        )
        sizes = [2 ** (i / 4) for i in range(49)]
        times = [1e3 * scan_seconds(10**6, 768, b, *machine) for b in sizes]
        plt.loglog(sizes, times, label=name)
        plt.plot(batch, 1e3 * scan_seconds(10**6, 768, 1, *machine), "o", color="grey", ms=5)
    print("\nbytes of 1 M x 768: float32 {:.2f} GB, int8 {:.2f} GB, 1 bit {:.3f} GB".format(
        *(768e6 * b / 1e9 for b in (4, 1, 1 / 8))))  # fmt: skip
    plt.xlabel("queries in the batch")
    plt.ylabel("milliseconds for the batch, 1 M vectors")
    plt.legend()
    plt.savefig("flat_roofline.svg")
