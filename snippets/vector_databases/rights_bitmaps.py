"""Rights as bitmaps: a group of users sees a set of passages; a query sees a union of sets."""

import numpy as np

PASSAGES, PER_DOCUMENT, GROUPS, PEOPLE = 100_000, 20, 60, 2000


# --8<-- [start:rights]
class Rights:
    def __init__(self, readers: list[set[int]], parents: dict[int, int]) -> None:
        """`readers`: groups that may read each passage; `parents`: the group around a group."""
        self.parents, self.bits = parents, {}
        for group in {g for groups in readers for g in groups}:
            self.bits[group] = np.packbits([group in groups for groups in readers])
        self.empty = np.zeros((len(readers) + 7) // 8, dtype=np.uint8)

    def groups(self, member_of: set[int]) -> set[int]:
        """A member of a group is a member of every group around it."""
        found = set()
        for group in member_of:
            while group is not None and group not in found:
                found.add(group)
                group = self.parents.get(group)
        return found

    def allowed(self, member_of: set[int], denied: set[int] = frozenset()) -> np.ndarray:
        """Bitmap of the passages that some group may read and no denied group names."""
        out = self.empty.copy()
        for group in self.groups(member_of) & self.bits.keys():
            out |= self.bits[group]
        for group in denied & self.bits.keys():
            out &= ~self.bits[group]
        return out


# --8<-- [end:rights]
if __name__ == "__main__":
    rng, weight = np.random.default_rng(0), 1 / np.arange(1, GROUPS + 1)
    weight /= weight.sum()

    def some() -> set[int]:
        """One to three groups, the first ones most often."""
        return set(rng.choice(GROUPS, rng.integers(1, 4), replace=False, p=weight).tolist())

    documents = [some() for _ in range(PASSAGES // PER_DOCUMENT)]
    people = [some() for _ in range(PEOPLE)]
    rights = Rights([documents[i // PER_DOCUMENT] for i in range(PASSAGES)], {9: 3, 3: 1, 5: 2})
    maps = [rights.allowed(groups) for groups in people]
    seen = np.array([np.bitwise_count(bits).sum() for bits in maps])
    low, middle, high = np.percentile(seen / PASSAGES, [5, 50, 95])
    print(f"share a person may read: {low:.0%} at the 5th percentile, {middle:.0%}, {high:.0%}")
    sets = {bits.tobytes() for bits in maps}
    print(f"different sets of rights: {len(sets)} of {PEOPLE} people")
    size = sum(bits.nbytes for bits in rights.bits.values())
    print(f"bitmaps of {len(rights.bits)} groups: {size:,} bytes")
    print(f"bitmaps of {PEOPLE} people: {sum(b.nbytes for b in maps):,} bytes")
    print(f"readers' ids on each passage: {seen.sum() * 4 / PASSAGES:,.0f} bytes a passage")
    print(f"passages to rewrite when a median reader leaves: {int(np.median(seen)):,}")
