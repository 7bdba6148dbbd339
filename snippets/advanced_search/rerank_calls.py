"""How many calls, and how many passages read, each way of asking a language model needs."""

import random
from collections.abc import Callable
from functools import cmp_to_key


# --8<-- [start:windows]
def sliding_windows(
    items: list[int], sort: Callable[[list[int]], list[int]], size: int = 20, step: int = 10
) -> list[int]:
    """From the last window to the first; each call sorts one window and moves the best up."""
    items, start = list(items), max(0, len(items) - size)
    while True:
        items[start : start + size] = sort(items[start : start + size])
        if start == 0:
            return items
        start = max(0, start - step)


def bubble_passes(
    items: list[int], better: Callable[[int, int], bool], passes: int
) -> list[int]:
    """Pairwise: from the last place up, swap neighbours; after n passes the n best lead."""
    items = list(items)
    for done in range(passes):
        for at in range(len(items) - 1, done, -1):
            if better(items[at], items[at - 1]):
                items[at - 1], items[at] = items[at], items[at - 1]
    return items


# --8<-- [end:windows]
if __name__ == "__main__":
    start = random.Random(0).sample(range(100), 100)  # 0 is the best candidate
    read: list[int] = []  # passages in each call

    def sort(window: list[int]) -> list[int]:
        """A listwise judge that makes no mistakes."""
        read.append(len(window))
        return sorted(window)

    def better(a: int, b: int) -> bool:
        """A pairwise judge that makes no mistakes."""
        read.append(2)
        return a < b

    order = cmp_to_key(lambda a, b: -1 if better(a, b) else 1)
    ways: dict[str, Callable[[], list[int]]] = {
        "pointwise, a score each": lambda: sorted(start, key=lambda item: sort([item])[0]),
        "pairwise, ten passes": lambda: bubble_passes(start, better, 10),
        "pairwise, merge sort": lambda: sorted(start, key=order),
        "listwise, windows of 20": lambda: sliding_windows(start, sort),
        "the same, twice": lambda: sliding_windows(sliding_windows(start, sort), sort),
        "listwise, one window": lambda: sort(start),
    }
    print("100 candidates, judges without mistakes    of the best 10   20 found in place")
    for name, way in ways.items():
        read.clear()
        first = way()
        found = [len(set(first[:n]) & set(range(n))) for n in (10, 20)]
        print(f"{name:24}{len(read):5} calls{sum(read):6} passages{found[0]:8}{found[1]:5}")
