"""BM25 from scratch on 309 passages, beside bm25s and SQLite's full-text search."""

import json
import math
import re
import sqlite3
from collections import Counter, defaultdict

import bm25s

QUERIES = "exception group", "how are default values of parameters evaluated", "del statement"


# --8<-- [start:bm25]
class BM25:
    """Scores of all documents for a query (Robertson et al.), with an inverted index."""

    def __init__(self, documents: list[list[str]], k1: float = 1.5, b: float = 0.75) -> None:
        self.size, self.postings = len(documents), defaultdict(list)
        average = sum(map(len, documents)) / len(documents)
        for number, terms in enumerate(documents):
            norm = k1 * (1 - b + b * len(terms) / average)  # long documents saturate later
            for term, count in Counter(terms).items():
                self.postings[term].append((number, count / (count + norm)))

    def idf(self, term: str) -> float:
        """Rarity: ln(1 + (N - n + 0.5) / (n + 0.5)), never negative."""
        n = len(self.postings.get(term, ()))
        return math.log(1 + (self.size - n + 0.5) / (n + 0.5))

    def scores(self, query: list[str]) -> list[float]:
        """One score a document; only documents in the query's postings are touched."""
        scores = [0.0] * self.size
        for term in query:
            for number, weight in self.postings.get(term, ()):
                scores[number] += self.idf(term) * weight
        return scores


# --8<-- [end:bm25]
def sqlite_order(texts: list[str], terms: list[str]) -> list[int]:
    """Documents that hold a term, best first, by the bm25() of SQLite's FTS5."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE p USING fts5(text)")
    base.executemany("INSERT INTO p(rowid, text) VALUES (?, ?)", enumerate(texts))
    sql = "SELECT rowid FROM p WHERE p MATCH ? ORDER BY bm25(p), rowid"
    return [row[0] for row in base.execute(sql, [" OR ".join(f'"{t}"' for t in terms)])]


if __name__ == "__main__":
    texts = [json.loads(x)["text"] for x in open("python_passages.jsonl", encoding="utf-8")]
    texts = [" ".join(re.findall(r"[a-z0-9]+", text.lower())) for text in texts]
    documents = [text.split() for text in texts]
    ours = BM25(documents)
    (theirs := bm25s.BM25(k1=1.5, b=0.75)).index(documents, show_progress=False)
    print("query                                            touched  as bm25s  five of FTS5")
    for query in QUERIES:
        scores, terms = ours.scores(query.split()), query.split()
        gap = max(abs(a - b) for a, b in zip(scores, theirs.get_scores(terms)))
        five = sorted(range(len(texts)), key=lambda n: (-scores[n], n))[:5]
        same = len(set(five) & set(sqlite_order(texts, terms)[:5]))
        print(f"{query:48}{sum(s > 0 for s in scores):8}{str(gap < 1e-5):>10}{same:14}")
