"""A document is deleted: what was made from it has to go, too. SQLite follows the lineage."""

import sqlite3

SCHEMA = """
CREATE TABLE document (id INTEGER PRIMARY KEY);
CREATE TABLE passage (id INTEGER PRIMARY KEY, document REFERENCES document ON DELETE CASCADE);
CREATE TABLE vector (passage REFERENCES passage ON DELETE CASCADE, model TEXT);
CREATE TABLE question (passage REFERENCES passage ON DELETE CASCADE, text TEXT);
CREATE TABLE answer (id INTEGER PRIMARY KEY, said TEXT);  -- the answer cache
CREATE TABLE cites (
    answer REFERENCES answer ON DELETE CASCADE, passage REFERENCES passage ON DELETE CASCADE);
CREATE TRIGGER forget AFTER DELETE ON cites BEGIN DELETE FROM answer WHERE id = OLD.answer; END;
"""
TABLES = ("document", "passage", "vector", "question", "answer")


def filled(follow: bool, documents: int = 3, each: int = 4) -> sqlite3.Connection:
    """Documents of `each` passages, with vectors and made-up questions, and cached answers."""
    db = sqlite3.connect(":memory:")
    db.executescript(SCHEMA)
    for passage in range(documents * each):
        db.execute("INSERT OR IGNORE INTO document VALUES (?)", (passage // each,))
        db.execute("INSERT INTO passage VALUES (?, ?)", (passage, passage // each))
        db.execute("INSERT INTO vector VALUES (?, 'minilm')", (passage,))
        db.execute("INSERT INTO question VALUES (?, 'what does this say?')", (passage,))
    for answer in range(5):  # each cites two passages, some from two documents
        db.execute("INSERT INTO answer VALUES (?, 'because …')", (answer,))
        db.execute(
            "INSERT INTO cites VALUES (?, ?), (?, ?)",
            (answer, 2 * answer, answer, 2 * answer + 3),
        )
    db.commit()
    db.execute(f"PRAGMA foreign_keys = {'ON' if follow else 'OFF'}")  # OFF is SQLite's default
    return db


def rows(db: sqlite3.Connection) -> list[int]:
    """Number of rows of each of `TABLES`."""
    return [db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES]


if __name__ == "__main__":
    print(f"{'rows of':26}" + "".join(f"{table:>10}" for table in TABLES))
    print(f"{'before':26}" + "".join(f"{n:10}" for n in rows(filled(True))))
    for follow in (False, True):
        db = filled(follow)
        db.execute("DELETE FROM document WHERE id = 1")
        name = f"document 1 deleted, {'ON' if follow else 'OFF'}"
        print(f"{name:26}" + "".join(f"{n:10}" for n in rows(db)))
