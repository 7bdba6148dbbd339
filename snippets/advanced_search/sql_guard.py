"""A guard for generated SQL: the database decides what is a read, not a list of words."""

import re
import sqlite3

SETUP = """CREATE TABLE sale (id INTEGER PRIMARY KEY, customer TEXT, amount INT, note TEXT);
CREATE TABLE staff (name TEXT, salary INT); INSERT INTO staff VALUES ('Cy', 9000);
INSERT INTO sale VALUES (1, 'Ada', 30, 'asks for update'), (2, 'Bo', 50, '');"""
READABLE = {"sale": {"id", "customer", "amount", "note"}}
FUNCTIONS = {"sum", "count", "avg", "min", "max", "round", "lower", "upper", "like", "coalesce"}
WORDS = re.compile(r"\b(insert|update|delete|drop|alter|create|attach|pragma)\b", re.IGNORECASE)
LOOP = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT "


# --8<-- [start:guard]
def authorize(action: int, first: str, second: str, *_: str) -> int:
    """SQLite asks this for every table, column and function while it compiles the query."""
    allowed = action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE)
    if action == sqlite3.SQLITE_READ:  # no column: COUNT(*), which counts a table's rows
        allowed = first in READABLE and (not second or second in READABLE[first])
    if action == sqlite3.SQLITE_FUNCTION:
        allowed = second in FUNCTIONS
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def run(db: sqlite3.Connection, query: str, rows: int = 100, steps: int = 100) -> list[tuple]:
    """Rows of one reading statement, within a limit of rows and of 1,000 * steps operations."""
    left = iter(range(steps))
    db.set_authorizer(authorize)
    db.set_progress_handler(lambda: next(left, None) is None, 1000)
    try:
        return db.execute(query).fetchmany(rows)
    finally:
        db.set_authorizer(None)
        db.set_progress_handler(None, 0)


# --8<-- [end:guard]
QUERIES = {
    "a total": "SELECT customer, SUM(amount) FROM sale GROUP BY customer",
    "update, as a value": "SELECT COUNT(*) FROM sale WHERE note LIKE '%update%'",
    "delete": "DELETE FROM sale",
    "delete behind a WITH": "WITH t AS (SELECT 1) DELETE FROM sale",
    "overwrite": "REPLACE INTO sale VALUES (1, 'Ada', 0, '')",
    "second statement": "SELECT 1; DROP TABLE sale",
    "another table": "SELECT name, salary FROM staff",
    "its number of rows": "SELECT COUNT(*) FROM staff",
    "the schema": "SELECT sql FROM sqlite_master",
    "load a library": "SELECT load_extension('x')",
    "endless sum": LOOP + "SUM(n) FROM t",
    "endless rows": LOOP + "n FROM t",
}

if __name__ == "__main__":
    print(f"{'the query':22}{'word list':11}guard")
    for name, query in QUERIES.items():
        (db := sqlite3.connect(":memory:")).executescript(SETUP)
        try:
            said = f"runs, {len(run(db, query))} rows"
        except sqlite3.Error as error:
            said = str(error)
        print(f"{name:22}{'refused' if WORDS.search(query) else 'runs':11}{said}")
