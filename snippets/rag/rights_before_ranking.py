"""Who may see which document is part of the query, not a filter on its result."""

import json
import re
import sqlite3
from pathlib import Path

TEAMS = {"data": "typesmapping typesseq-mutable strings string-methods formatstrings".split(),
         "core": "execmodel import class customization function calls".split()}  # fmt: skip


def read(name: str) -> list[dict]:
    return [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]


def build(passages: list[dict], grants: dict[str, list[str]]) -> sqlite3.Connection:
    """Full-text index of the passages, and which team may read which document."""
    db = sqlite3.connect(":memory:")
    db.execute(
        "CREATE VIRTUAL TABLE passage USING fts5(doc UNINDEXED, text, tokenize='porter')"
    )
    db.execute("CREATE TABLE grants (doc TEXT, team TEXT, PRIMARY KEY (doc, team))")
    db.executemany("INSERT INTO passage VALUES (:doc, :text)", passages)
    for team, docs in grants.items():
        db.executemany("INSERT INTO grants VALUES (?, ?)", [(doc, team) for doc in docs])
    return db


# --8<-- [start:search]
def search(
    db: sqlite3.Connection, team: str, question: str, k: int = 5
) -> list[tuple[str, str]]:
    """The k best passages among those that `team` may read: (doc, text), best first."""
    words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", question))
    return db.execute(
        "SELECT doc, text FROM passage JOIN grants USING (doc)"
        " WHERE passage MATCH ? AND team = ? ORDER BY bm25(passage) LIMIT ?",
        (words, team, k),
    ).fetchall()


# --8<-- [end:search]
def filtered_afterwards(db: sqlite3.Connection, team: str, question: str) -> list[tuple]:
    """The five best of all passages, then those of them that `team` may read."""
    allowed = {doc for (doc,) in db.execute("SELECT doc FROM grants WHERE team = ?", (team,))}
    return [hit for hit in search(db, "everyone", question) if hit[0] in allowed]


if __name__ == "__main__":
    passages = read("python_passages.jsonl")
    db = build(passages, TEAMS | {"everyone": sorted({p["doc"] for p in passages})})
    print("team   way               questions   found   passages left of 5")
    for team, docs in TEAMS.items():
        own = [q for q in read("python_questions.jsonl") if q["doc"] in docs]
        for name, way in (("rights in query", search), ("filter after", filtered_afterwards)):
            hits = [way(db, team, q["question"]) for q in own]
            found = sum(any(e in " ".join(text.split()) for _, text in h for e in q["evidence"])
                        for h, q in zip(hits, own))  # fmt: skip
            print(
                f"{team:7}{name:18}{len(own):9}{found:8}{sum(map(len, hits)) / len(own):21.1f}"
            )
