"""Vectors in a relational database: rights, filter and nearness in one statement."""

import json
import sqlite3
from pathlib import Path

import numpy as np

NEAREST = """
    SELECT passage.doc, cosine(vector, :query) AS score FROM passage
    JOIN reader ON reader.doc = passage.doc AND reader.name = :name
    WHERE length(text) >= :length ORDER BY score DESC LIMIT :k"""


# --8<-- [start:database]
def database(rows: list[dict], vectors: np.ndarray) -> tuple[sqlite3.Connection, list[int]]:
    """Passages and readers' rights in tables; a function `cosine`, which counts its calls."""
    db, calls = sqlite3.connect(":memory:", isolation_level=None), [0]

    def cosine(stored: bytes, query: bytes) -> float:
        calls[0] += 1
        return float(np.frombuffer(stored, np.float32) @ np.frombuffer(query, np.float32))

    db.create_function("cosine", 2, cosine, deterministic=True)
    db.execute(
        "CREATE TABLE passage (id INTEGER PRIMARY KEY, doc TEXT, text TEXT, vector BLOB)"
    )
    db.execute("CREATE TABLE reader (name TEXT, doc TEXT, PRIMARY KEY (name, doc))")
    db.execute("CREATE INDEX by_doc ON passage (doc)")
    values = [(r["doc"], r["text"], v.tobytes()) for r, v in zip(rows, vectors, strict=True)]
    db.executemany("INSERT INTO passage (doc, text, vector) VALUES (?, ?, ?)", values)
    return db, calls


# --8<-- [end:database]
if __name__ == "__main__":
    rows = [json.loads(line) for line in Path("python_passages.jsonl").open(encoding="utf-8")]
    vectors = np.load("python_vectors.npy").astype(np.float32)
    db, calls = database(rows, vectors)
    docs = sorted({row["doc"] for row in rows})
    grants = {"ann": docs, "bob": ["class", "for", "import"], "eve": []}
    pairs = [(name, doc) for name, some in grants.items() for doc in some]
    db.executemany("INSERT INTO reader VALUES (?, ?)", pairs)
    like = next(n for n, row in enumerate(rows) if row["text"].startswith('The "with"'))

    def ask(label: str, name: str, length: int = 0) -> None:
        calls[0], values = 0, {"query": vectors[like].tobytes(), "name": name, "k": 2}
        found = db.execute(NEAREST, values | {"length": length}).fetchall()
        names = ", ".join(f"{doc} {score:.2f}" for doc, score in found) or "nothing"
        print(f"{label:27}{calls[0]:5} distances  {names}")

    ask("ann, who may read all", "ann")
    ask("ann, 700 characters or more", "ann", 700)
    ask("bob, who may read 3 topics", "bob")
    ask("eve, who may read nothing", "eve")
    db.execute("BEGIN")
    db.execute("DELETE FROM passage WHERE doc = 'with'")
    ask("ann, in the transaction", "ann")
    db.execute("ROLLBACK")
    ask("ann, after the rollback", "ann")
