"""SQLite's write-ahead log, cut and damaged: what is there when it is opened again?"""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np


# --8<-- [start:cut]
def committed(folder: Path, transactions: int, rows: int) -> tuple[bytes, bytes, list[int]]:
    """Database file, log, and how long the log was after each transaction of `rows` vectors."""
    vectors = np.random.default_rng(0).normal(size=(transactions * rows, 64)).astype(np.float32)
    with closing(sqlite3.connect(folder / "db", isolation_level=None)) as db:
        for line in ("journal_mode = wal", "synchronous = full", "wal_autocheckpoint = 0"):
            db.execute(f"PRAGMA {line}")
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, vector BLOB)")
        ends = []
        for start in range(0, len(vectors), rows):
            db.execute("BEGIN")
            for n in range(start, start + rows):
                db.execute("INSERT INTO t VALUES (?, ?)", (n, vectors[n].tobytes()))
            db.execute("COMMIT")  # when this returns, the log is on the device
            ends.append((folder / "db-wal").stat().st_size)
        return (folder / "db").read_bytes(), (folder / "db-wal").read_bytes(), ends


def reopened(file: bytes, log: bytes) -> int:
    """Rows found by a process that opens these two files, as after a crash."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "db").write_bytes(file)
        Path(folder, "db-wal").write_bytes(log)
        with closing(sqlite3.connect(Path(folder, "db"))) as db:
            return db.execute("SELECT count(*) FROM t").fetchone()[0]


# --8<-- [end:cut]
if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        file, log, ends = committed(Path(folder), transactions=12, rows=5)
    places = [cut for cut in range(ends[0], len(log) + 1, 331)]
    found = [reopened(file, log[:cut]) for cut in places]
    whole = [5 * sum(end <= cut for end in ends) for cut in places]
    print(f"log cut at {len(places)} places behind the first of {len(ends)} transactions")
    print(
        "opened with other rows than the whole transactions:",
        sum(map(int.__ne__, found, whole)),
    )
    print("opened with a part of a transaction:", sum(n % 5 > 0 for n in found))
    middle = (ends[3] + ends[4]) // 2
    damaged = log[:middle] + bytes([log[middle] ^ 1]) + log[middle + 1 :]
    print(
        "one bit flipped in the fifth: rows", reopened(file, damaged), "of", reopened(file, log)
    )
