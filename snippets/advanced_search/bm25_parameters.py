"""k1 and b on 162 questions: how much is there to gain, and does it carry over?"""

import json
import re

import bm25s
import numpy as np


# --8<-- [start:found]
def found(
    documents: list[list[str]], queries: list[list[str]], good: np.ndarray, k1: float, b: float
) -> np.ndarray:
    """For each question: is a passage with its evidence among the first five of BM25?"""
    (index := bm25s.BM25(k1=k1, b=b)).index(documents, show_progress=False)
    scores = np.array([index.get_scores(query) for query in queries])
    first = np.argsort(-scores, axis=1, kind="stable")[:, :5]
    return np.take_along_axis(good, first, axis=1).any(axis=1)


# --8<-- [end:found]
if __name__ == "__main__":
    lines = open("python_questions.jsonl", encoding="utf-8")
    asked = [q for q in map(json.loads, lines) if q["evidence"]]
    lines = open("python_passages.jsonl", encoding="utf-8")
    texts = [" ".join(json.loads(line)["text"].split()) for line in lines]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    tune = np.array([q["split"] == "tune" for q in asked])
    documents = [re.findall(r"\w+", text.lower()) for text in texts]
    queries = [re.findall(r"\w+", q["question"].lower()) for q in asked]
    print("found in five, tune / test half, 81 questions each")
    print("          " + "".join(f"   b = {b:4}" for b in (0.0, 0.4, 0.75, 1.0)))
    for k1 in (0.0, 0.5, 1.2, 1.5, 3.0):
        hits = [found(documents, queries, good, k1, b) for b in (0.0, 0.4, 0.75, 1.0)]
        cells = "".join(f"{h[tune].sum():6} /{h[~tune].sum():3}" for h in hits)
        print(f"k1 = {k1:4} {cells}")
