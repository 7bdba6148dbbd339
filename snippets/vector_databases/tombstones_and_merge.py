"""A log-structured store: newest wins, tombstones, merges, and rows that come back."""

import random

Segment = dict[int, str | None]  # id -> what was put, or None: a tombstone


# --8<-- [start:store]
def read(segments: list[Segment]) -> dict[int, str]:
    """What the store holds: of each id the newest entry, nothing for a tombstone."""
    newest: Segment = {}
    for segment in segments:  # oldest first
        newest |= segment
    return {n: row for n, row in newest.items() if row is not None}


def merge(segments: list[Segment], first: int, last: int, drop: bool) -> list[Segment]:
    """Segments first to last made one; `drop`: its tombstones are left out."""
    merged: Segment = {}
    for segment in segments[first : last + 1]:
        merged |= segment
    kept = {n: row for n, row in merged.items() if row is not None or not drop}
    return [*segments[:first], kept, *segments[last + 1 :]]


# --8<-- [end:store]
def history(rng: random.Random, segments: int = 5) -> list[Segment]:
    """Segments of six random writes on twelve ids, two in five of them deletes."""
    return [
        {rng.randrange(12): None if rng.random() < 0.4 else f"v{s}" for _ in range(6)}
        for s in range(segments)
    ]


if __name__ == "__main__":
    rules = {
        "tombstones kept": lambda first: False,
        "dropped when the oldest segment takes part": lambda first: first == 0,
        "dropped in every merge": lambda first: True,
    }
    spans = [(a, b) for a in range(5) for b in range(a + 1, 5)]
    print("2,000 histories, a merge each                 wrong   rows back   entries")
    for name, rule in rules.items():
        rng, wrong, risen, entries = random.Random(0), 0, 0, 0
        for _ in range(2000):
            before, (first, last) = history(rng), rng.choice(spans)
            after = merge(before, first, last, drop=rule(first))
            back = read(after).keys() - read(before).keys()
            wrong, risen = wrong + (read(after) != read(before)), risen + len(back)
            entries += sum(map(len, after))
        print(f"{name:45}{wrong:6}{risen:12}{entries:10,}")
