"""A conversation resends its history: the bill without a cache, with hits, and with misses."""

from math import floor

import matplotlib.pyplot as plt

FRESH, WRITE, CACHED, OUTPUT = 2.00, 2.50, 0.10, 10.00  # GPT-6.1 Sol, $ per million, 2026-10-13


# --8<-- [start:conversation]
def conversation(turns: int, system: int, user: int, answer: int, cache: str) -> float:
    """Dollars for a chat in which every turn sends the whole history again."""
    dollars, stored = 0.0, 0
    for turn in range(turns):
        prompt = system + turn * (user + answer) + user
        if cache == "hit":  # read the stored prefix, write what is new behind it
            dollars += stored * CACHED + (prompt - stored) * WRITE
            stored = prompt
        else:  # "miss": something changed at the top, all is written again for nothing
            dollars += prompt * {"off": FRESH, "miss": WRITE}[cache]
        dollars += answer * OUTPUT
    return dollars / 1e6


def uses_to_pay(write: float, read: float) -> int:
    """Fewest uses of a prefix for which write + (uses - 1) read < uses, in input prices."""
    return floor((write - read) / (1 - read)) + 1


# --8<-- [end:conversation]

SHAPE = {"system": 6000, "user": 200, "answer": 400}

if __name__ == "__main__":
    print("turns   no cache   all hits  all misses   hits against none")
    for turns in (1, 2, 5, 10, 20, 40):
        off, hit, miss = (conversation(turns, **SHAPE, cache=c) for c in ("off", "hit", "miss"))
        print(f"{turns:5}{off:11.3f}{hit:11.3f}{miss:12.3f}{hit / off - 1:20.0%}")
    print("write 1.25, read 0.10: cheaper from use", uses_to_pay(1.25, 0.1))
    print("write 2.00, read 0.10: cheaper from use", uses_to_pay(2, 0.1))

    fig, ax = plt.subplots(figsize=(7, 3.2))
    labels = {"miss": "misses: written every time", "off": "no cache", "hit": "hits"}
    for cache, label in labels.items():
        turns = range(1, 41)
        ax.plot(turns, [conversation(n, **SHAPE, cache=cache) for n in turns], label=label)
    ax.legend()
    ax.set(xlabel="turns in the conversation", ylabel="US dollars", ylim=(0, None))
    fig.savefig("cached_conversation_bill.svg")
