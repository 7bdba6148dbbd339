"""Choosing a chunk size: on tuning questions, within a budget; reported on other questions."""

import json
from pathlib import Path

import bm25s
import numpy as np

BUDGET = 4000  # characters of chunks sent to the model: about 1,000 tokens


def passages(text: str, size: int) -> list[str]:
    """Paragraphs packed in order up to `size` characters; a longer one is cut at line ends."""
    packed: list[str] = []
    for paragraph in text.split("\n\n"):
        pieces = paragraph.splitlines() if len(paragraph) > size else [paragraph]
        for n, piece in enumerate(pieces):
            joined = "".join(packed[-1:]) + ("\n" if n else "\n\n") + piece
            packed[-1:] = [joined] if packed and len(joined) <= size else [*packed[-1:], piece]
    return packed


# --8<-- [start:choice]
def winners(hits: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """How often each size (a row) is best when the questions (columns) are redrawn."""
    draws = rng.integers(hits.shape[1], size=(resamples, hits.shape[1]))
    recall = hits[:, draws].mean(axis=2)  # (sizes, resamples)
    return np.bincount(recall.argmax(axis=0), minlength=len(hits)) / resamples


# --8<-- [end:choice]
if __name__ == "__main__":
    plain = {"stopwords": "en", "return_ids": False, "show_progress": False}
    docs = [json.loads(x) for x in Path("python_reference.jsonl").open(encoding="utf-8")]
    asked = [json.loads(x) for x in Path("python_questions.jsonl").open(encoding="utf-8")]
    asked = [q for q in asked if q["evidence"]]
    test = np.array([q["split"] == "test" for q in asked])
    words, found = bm25s.tokenize([q["question"] for q in asked], **plain), []
    sizes = (200, 300, 400, 500, 600, 800, 1000, 1200, 1600, 2000)
    for size in sizes:
        chunks = [" ".join(c.split()) for d in docs for c in passages(d["text"], size)]
        good = np.array([[any(e in c for e in q["evidence"]) for c in chunks] for q in asked])
        index = bm25s.BM25()
        index.index(bm25s.tokenize(chunks, **plain), show_progress=False)
        order = np.argsort([-index.get_scores(w) for w in words], axis=1, kind="stable")
        sent = np.array([len(c) for c in chunks])[order].cumsum(axis=1) <= BUDGET
        found.append((np.take_along_axis(good, order, axis=1) & sent).any(axis=1))
    hits = np.array(found)
    tune, wins = (
        hits[:, ~test].mean(axis=1),
        winners(hits[:, ~test], 1000, np.random.default_rng(0)),
    )
    best = tune.argmax()
    print("size  tune  best of redrawn  test  against the chosen: won lost")
    for n, size in enumerate(sizes):
        won, lost = (hits[n] & ~hits[best])[test].sum(), (hits[best] & ~hits[n])[test].sum()
        mark = "  chosen" if n == best else f"{won:28}{lost:5}"
        print(f"{size:4}{tune[n]:6.2f}{wins[n]:17.0%}{hits[n, test].mean():6.2f}{mark}")
