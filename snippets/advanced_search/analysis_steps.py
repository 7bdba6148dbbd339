"""The analyser decides what can match: case, punctuation, stop words, a stemmer, trigrams."""

import json
import re
from collections.abc import Callable

import bm25s
import numpy as np

STOP = set(
    "a an and are as at be by do does for from has have how i if in is it its of on or that the"
    " there this to was what when where which who why will with you".split()
)


# --8<-- [start:analysers]
def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def content(text: str) -> list[str]:
    return [word for word in words(text) if word not in STOP]


def stems(text: str) -> list[str]:
    """A light stemmer: plural s, -ing, -ed, -es, if three letters remain."""
    return [re.sub(r"(?<=\w{3})(?:ing|ed|es|s)$", "", word) for word in content(text)]


def trigrams(text: str) -> list[str]:
    """All runs of three characters: robust to typing errors, blind to word borders."""
    flat = " ".join(words(text))
    return [flat[i : i + 3] for i in range(len(flat) - 2)]


# --8<-- [end:analysers]
def typo(text: str) -> str:
    """Swap two inner letters of every word of six letters and more."""
    return re.sub(r"\b(\w\w)(\w)(\w)(\w{2,})", r"\1\3\2\4", text)


if __name__ == "__main__":
    lines = open("python_questions.jsonl", encoding="utf-8")
    asked = [q for q in map(json.loads, lines) if q["evidence"]]
    lines = open("python_passages.jsonl", encoding="utf-8")
    texts = [" ".join(json.loads(line)["text"].split()) for line in lines]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    steps: dict[str, Callable] = {"split at spaces": str.split, "lower case, words": words}
    steps |= {"no stop words": content, "light stemmer": stems, "trigrams": trigrams}
    print("162 questions; found in five    terms   as asked   with typing errors")
    for name, analyse in steps.items():
        documents = [analyse(text) for text in texts]
        (index := bm25s.BM25()).index(documents, show_progress=False)
        hits = []
        for change in (str, typo):
            queries = [analyse(change(q["question"])) for q in asked]
            scores = np.array([index.get_scores(q) if q else np.zeros(309) for q in queries])
            first = np.argsort(-scores, axis=1, kind="stable")[:, :5]
            hits.append(np.take_along_axis(good, first, axis=1).any(axis=1).sum())
        print(f"{name:28}{len({t for d in documents for t in d}):9}{hits[0]:11}{hits[1]:14}")
