"""Events arrive twice and out of order: appending corrupts the index, replacing does not."""

import random
from collections.abc import Callable

# (document, version, text or None for a deletion): each arrives at least once, in any order.
EVENTS = [("a", 1, "one two three"), ("b", 1, "red green"), ("a", 2, "one two"), ("c", 1, "x"),
          ("c", 2, None), ("b", 2, "red green blue"), ("a", 3, "uno dos")]  # fmt: skip
Index = dict[tuple, str | int]


def append(index: Index, document: str, version: int, text: str | None) -> None:
    """Naive: a new row for each passage that arrives; a deletion removes what is there then."""
    if text is None:
        for key in [key for key in index if key[0] == document]:
            del index[key]
    for word in (text or "").split():
        index[document, len(index), word] = word


# --8<-- [start:replace]
def replace(index: Index, document: str, version: int, text: str | None) -> None:
    """Ignore what is not newer; else remove all of the document and insert the new version."""
    if index.get((document, "version"), 0) >= version:
        return
    for key in [key for key in index if key[0] == document]:
        del index[key]
    index[document, "version"] = (
        version  # stays after a deletion: a tombstone against late events
    )
    for number, word in enumerate((text or "").split()):  # one word stands for one passage
        index[document, number] = word


# --8<-- [end:replace]
def replay(events: list[tuple], write: Callable) -> Index:
    """The index after all events, sorted by key so that two of them can be compared."""
    index: Index = {}
    for event in events:
        write(index, *event)
    return dict(sorted(index.items(), key=str))


def passages(index: Index) -> list[str]:
    return sorted(value for value in index.values() if isinstance(value, str))


if __name__ == "__main__":
    print("should hold:", passages(replay(EVENTS, replace)))
    draw = random.Random(0)
    for write in (append, replace):
        states = set()
        for _ in range(200):
            delivered = EVENTS + draw.choices(EVENTS, k=3)
            draw.shuffle(delivered)
            states.add(tuple(passages(replay(delivered, write))))
        print(f"{write.__name__:8} 200 deliveries end in {len(states):3} different indexes,",
              f"of {min(map(len, states))} to {max(map(len, states))} passages")  # fmt: skip
