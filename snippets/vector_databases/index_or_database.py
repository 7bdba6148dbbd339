"""The same four events with an index library and with a database: what each leaves behind."""

import os
import sqlite3
import tempfile
from collections.abc import Callable

import faiss
import numpy as np

X = np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32)
EVENTS = ("two writers, a row each: rows", "id 7 put again: rows of id 7",
          "id 7 deleted: rows deleted", "90 more, killed half way: rows")  # fmt: skip


# --8<-- [start:events]
def attempt(action: Callable[[], int]) -> int | str:
    try:
        return action()
    except RuntimeError:
        return "an error"


def library(file: str) -> list[object]:
    """Faiss: a graph of 100 rows with ids, kept in a file by write_index."""
    index = faiss.IndexIDMap(faiss.IndexHNSWFlat(8, 8))
    index.add_with_ids(X[:100], np.arange(100))
    faiss.write_index(index, file)
    first, second = faiss.read_index(file), faiss.read_index(file)
    for n, writer in enumerate((first, second), 100):
        writer.add_with_ids(X[[n]], np.array([n]))
        faiss.write_index(writer, file)
    shared = faiss.read_index(file).ntotal
    first.add_with_ids(X[[7]], np.array([7]))
    twice = faiss.vector_to_array(first.id_map).tolist().count(7)
    gone = attempt(lambda: first.remove_ids(np.array([7])))
    os.truncate(file, os.path.getsize(file) // 2)  # killed half way through the next save
    return [shared, twice, gone, attempt(lambda: faiss.read_index(file).ntotal)]


def database(file: str) -> list[object]:
    """SQLite: a table of 100 vectors. It has no vector index, and it is a database."""
    first, second = (sqlite3.connect(file, isolation_level=None) for _ in range(2))
    first.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)")
    put, count = "INSERT OR REPLACE INTO t VALUES (?, ?)", "SELECT count(*) FROM t"
    first.executemany(put, [(n, X[n].tobytes()) for n in range(101)])
    second.execute(put, (101, X[101].tobytes()))
    shared = first.execute(count).fetchone()[0]
    first.execute(put, (7, X[7].tobytes()))
    twice = first.execute(count + " WHERE id = 7").fetchone()[0]
    gone = first.execute("DELETE FROM t WHERE id = 7").rowcount
    first.execute("BEGIN")
    first.executemany(put, [(n, X[n].tobytes()) for n in range(110, 200)])  # no COMMIT: killed
    return [shared, twice, gone, second.execute(count).fetchone()[0]]


# --8<-- [end:events]
if __name__ == "__main__":
    print(f"100 rows each; then{'Faiss':>30}{'SQLite':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for event, *left in zip(EVENTS, library(f"{folder}/i"), database(f"{folder}/t")):
            print(f"{event:34}{left[0]!s:>15}{left[1]!s:>10}")
