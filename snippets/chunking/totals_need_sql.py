"""A question about a whole table: the rows a search brings, and the answer of a database."""

import random
import sqlite3

REGIONS = ["North", "South", "East", "West"]


def ledger(rows: int, seed: int = 0) -> list[tuple[int, str, int, int]]:
    """(order number, region, year, amount)"""
    draw = random.Random(seed)
    return [(n, draw.choice(REGIONS), draw.choice((2024, 2025)), draw.randrange(10, 500))
            for n in range(rows)]  # fmt: skip


# --8<-- [start:best]
def best_case(rows: list[tuple], region: str, year: int, chunk: int = 20, k: int = 5) -> int:
    """Sum over the k chunks that hold most of the rows asked for: no search can bring more."""
    chunks = [rows[i : i + chunk] for i in range(0, len(rows), chunk)]
    wanted = [[row for row in part if row[1:3] == (region, year)] for part in chunks]
    return sum(row[3] for part in sorted(wanted, key=len)[-k:] for row in part)


# --8<-- [end:best]
def exact(rows: list[tuple], region: str, year: int) -> int:
    """The same question in SQL, over every row."""
    with sqlite3.connect(":memory:") as base:
        base.execute(
            "CREATE TABLE orders (id INTEGER, region TEXT, year INTEGER, amount INTEGER)"
        )
        base.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
        query = "SELECT SUM(amount) FROM orders WHERE region = ? AND year = ?"
        return base.execute(query, (region, year)).fetchone()[0]


if __name__ == "__main__":
    print("  rows  chunks   true sum  five best chunks  share of the sum")
    for size in (100, 1_000, 10_000):
        rows = ledger(size)
        truth, found = exact(rows, "North", 2025), best_case(rows, "North", 2025)
        print(f"{size:6,}{size // 20:8}{truth:11,}{found:18,}{found / truth:18.0%}")
