"""Writes acknowledged by W of N replicas, reads that ask R of them: how often do they meet?"""

from itertools import combinations


# --8<-- [start:overlap]
def meet(replicas: int, write: int, read: int) -> float:
    """Share of all pairs of a write set and a read set that have a replica in common."""
    writes = [set(some) for some in combinations(range(replicas), write)]
    reads = list(combinations(range(replicas), read))
    return sum(not w.isdisjoint(r) for w in writes for r in reads) / len(writes) / len(reads)


# --8<-- [end:overlap]
if __name__ == "__main__":
    for n in (3, 5):
        head = (f"read {r}" for r in range(1, n + 1))
        print(f"{n} replicas", *head, "may be down for writes", sep="   ")
        for w in range(1, n + 1):
            cells = (f"{meet(n, w, r):6.0%}" for r in range(1, n + 1))
            print(f"write {w}   ", *cells, f"{n - w:10}", sep="   ")
