"""BM25 over four shards: each with its own document frequencies, or with everybody's."""

import json

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer


# --8<-- [start:idf]
def statistics(counts: np.ndarray) -> tuple[int, np.ndarray, float]:
    """What BM25 needs to know of a collection: size, document frequencies, mean length."""
    return len(counts), (counts > 0).sum(axis=0), counts.sum() / len(counts)


def bm25(counts: np.ndarray, query: np.ndarray, stats: tuple, k1: float = 1.5) -> np.ndarray:
    """Lucene's BM25 with b = 0.75 of every row of word counts, under the statistics given."""
    n, df, mean = stats
    idf = np.log(1 + (n - df[query] + 0.5) / (df[query] + 0.5))
    tf, length = counts[:, query], counts.sum(axis=1, keepdims=True)
    return (idf * tf / (tf + k1 * (0.25 + 0.75 * length / mean))).sum(axis=1)


def sharded(
    counts: np.ndarray, owner: np.ndarray, query: np.ndarray, shared: bool
) -> np.ndarray:
    """Scores as a coordinator sees them: each shard scores its own rows."""
    scores = np.zeros(len(counts))
    for shard in np.unique(owner):
        rows = counts[owner == shard]
        scores[owner == shard] = bm25(rows, query, statistics(counts if shared else rows))
    return scores


# --8<-- [end:idf]
if __name__ == "__main__":
    lines = open("python_questions.jsonl", encoding="utf-8")
    asked = [q for q in map(json.loads, lines) if q["evidence"]]
    parts = [json.loads(line) for line in open("python_passages.jsonl", encoding="utf-8")]
    texts = [" ".join(p["text"].split()) for p in parts]
    counter = CountVectorizer(token_pattern=r"\w+")
    counts = counter.fit_transform(texts).toarray()
    queries = [row.indices for row in counter.transform(q["question"] for q in asked)]
    topic = np.unique([p["doc"] for p in parts], return_inverse=True)[1]
    one, hashed, by_topic = 0 * topic, np.arange(len(parts)) % 4, topic // 6  # of 24 topics
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    cases = {"one index": (one, True), "4 hashed, own": (hashed, False),
             "4 hashed, global": (hashed, True), "4 by topic, own": (by_topic, False),
             "4 by topic, global": (by_topic, True)}  # fmt: skip
    print("shards, statistics   same first five   evidence in five   won   lost")
    for name, (owner, shared) in cases.items():
        scores = np.array([sharded(counts, owner, q, shared) for q in queries])
        tops = np.argsort(-scores, axis=1, kind="stable")[:, :5]
        hit = np.take_along_axis(good, tops, axis=1).any(axis=1)
        if name == "one index":
            whole, before = np.sort(tops), hit
        same = (np.sort(tops) == whole).all(axis=1).sum()
        changed = f"{(hit & ~before).sum():6}{(before & ~hit).sum():7}"
        print(f"{name:19}{same:10} of {len(asked)}{hit.sum():19}{changed}")
