"""An inverted index with positions: Boolean queries, a phrase, and what each one reads."""

import re
from bisect import bisect_left
from collections import defaultdict

Postings = dict[str, dict[int, list[int]]]  # term -> document -> positions, all ascending

TEXTS = [
    "The index maps a term to the documents that hold it",
    "A vector index holds one vector for each document",
    "Each posting holds a document number and the positions of the term",
    "The term index is the part of memory that holds the dictionary",
]


# --8<-- [start:index]
def build(texts: list[str]) -> Postings:
    """Every term with the documents that hold it and where in them."""
    postings: Postings = defaultdict(lambda: defaultdict(list))
    for number, text in enumerate(texts):
        for position, term in enumerate(re.findall(r"\w+", text.lower())):
            postings[term][number].append(position)
    return {term: dict(documents) for term, documents in postings.items()}


def intersect(short: list[int], long: list[int]) -> list[int]:
    """Documents in both lists: each of the shorter is looked up in the rest of the longer."""
    both, start = [], 0
    for document in short:
        start = bisect_left(long, document, start)  # never looks back
        if start < len(long) and long[start] == document:
            both.append(document)
    return both


def phrase(index: Postings, first: str, second: str) -> list[int]:
    """Documents in which `second` stands directly behind `first`."""
    both = intersect(*sorted((list(index[first]), list(index[second])), key=len))
    return [d for d in both if {p + 1 for p in index[first][d]} & set(index[second][d])]


# --8<-- [end:index]
if __name__ == "__main__":
    index = build(TEXTS)
    for term in ("term", "index", "holds"):
        print(f"{term:7}", "  ".join(f"{d}: {at}" for d, at in index[term].items()))
    lists = sorted((list(index[t]) for t in ("term", "index", "holds")), key=len)
    print("\nterm AND index AND holds:", intersect(intersect(lists[0], lists[1]), lists[2]))
    print("term OR vector:", sorted(index["term"].keys() | index["vector"].keys()))
    print('"term index":', phrase(index, "term", "index"))
