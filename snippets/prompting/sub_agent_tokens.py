"""Reading files in one context or through sub-agents: the window, the tokens and the bill."""

from collections.abc import Iterable
from itertools import chain

BASE, FILE, REPORT, CALL = 3_000, 6_000, 300, 100  # instructions, a file, its summary, a call
WRITE, READ = 1.25, 0.10  # prices of cached input, in units of fresh input


def prompts(results: int, tokens: int) -> list[int]:
    """Prompt lengths of an agent that asks for `results` results of so many tokens each."""
    return [BASE + n * (CALL + tokens) for n in range(results + 1)]


def bill(run: Iterable[int], known: int = 0) -> float:
    """Input cost of growing prompts: the `known` prefix is read, the rest is written."""
    cost = 0.0
    for length in run:
        cost += READ * known + WRITE * (length - known)
        known = length
    return cost


if __name__ == "__main__":
    print("           largest prompt          all prompts        bill with cache hits")
    print("files   alone   main   sub      alone    agents    alone   agents  sharing")
    for files in (1, 3, 10, 30):
        alone = prompts(files, FILE)
        main, sub = prompts(files, REPORT), prompts(1, FILE)
        runs = [main] + [sub] * files
        agents = sum(map(bill, runs))
        sharing = bill(main) + bill(sub) + (files - 1) * bill(sub, known=BASE)
        cells = f"{files:5}{max(alone):8,}{max(main):7,}{max(sub):6,}"
        cells += f"{sum(alone):11,}{sum(chain(*runs)):10,}"
        print(cells + f"{bill(alone):9,.0f}{agents:9,.0f}{sharing:9,.0f}")
