"""Scoring SQL: equal text, equal result on one database, equal result on fifty."""

import random
import sqlite3
from collections import Counter

SCHEMA = "CREATE TABLE customer (id INTEGER PRIMARY KEY, name INT, city TEXT);"
SCHEMA += "CREATE TABLE sale (id INTEGER PRIMARY KEY, customer INT, amount INT, year INT);"
JOINED = "FROM customer LEFT JOIN sale ON customer = customer.id GROUP BY"
CASES = """  is the prediction right? | what differs | the reference | the prediction
yes | case and spaces | SELECT name FROM customer | select  name from  customer
yes | order of an AND | SELECT id FROM sale WHERE amount > 85 AND year = 2025
    | SELECT id FROM sale WHERE year = 2025 AND amount > 85
yes | IN for a join | SELECT DISTINCT c.id FROM customer c JOIN sale ON customer = c.id
    | SELECT id FROM customer WHERE id IN (SELECT customer FROM sale)
no | forgot the year | SELECT COUNT(*) FROM sale WHERE year >= 2024 | SELECT COUNT(*) FROM sale
no | >= for > | SELECT id FROM sale WHERE amount > 90 | SELECT id FROM sale WHERE amount >= 90
no | groups by name, not id | SELECT name, SUM(amount) {} customer.id
    | SELECT name, SUM(amount) {} name
no | counts rows of NULL | SELECT customer.id, COUNT(sale.id) {} customer.id
    | SELECT customer.id, COUNT(*) {} customer.id
no | NULL is another city | SELECT id FROM customer WHERE city IS NOT 'Oslo'
    | SELECT id FROM customer WHERE city <> 'Oslo'
no | a tie at the top | SELECT id FROM sale WHERE amount = (SELECT MAX(amount) FROM sale)
    | SELECT id FROM sale ORDER BY amount DESC LIMIT 1
"""


def cases() -> list[list[str]]:
    lines = CASES.replace("\n    |", " |").replace("{}", JOINED).splitlines()[1:]
    return [[part.strip() for part in line.split(" | ")] for line in lines]


def database(seed: int = -1) -> sqlite3.Connection:
    """Random rows; or, below 0, tidy ones: no name twice, no city missing, all from 2025."""
    rng, db = random.Random(seed), sqlite3.connect(":memory:")
    db.executescript(SCHEMA)
    for i in range(1, 25):
        wild = (rng.randint(1, 8), rng.randint(80, 99), rng.randint(2022, 2025))
        row = wild if seed >= 0 else (i % 8 + 1, 4 * i + 1, 2025)
        db.execute("INSERT INTO sale VALUES (?, ?, ?, ?)", (i, *row))
    for i in range(1, 9):
        wild = (rng.randrange(6), rng.choice(["Oslo", "Rome", None]))
        row = wild if seed >= 0 else (i, "Oslo")
        db.execute("INSERT INTO customer VALUES (?, ?, ?)", (i, *row))
    return db


# --8<-- [start:same]
def same(db: sqlite3.Connection, gold: str, guess: str) -> bool:
    """Equal bags of rows; the order counts only if the reference orders its result."""
    want, got = db.execute(gold).fetchall(), db.execute(guess).fetchall()
    return want == got if "ORDER BY" in gold.upper() else Counter(want) == Counter(got)


# --8<-- [end:same]
if __name__ == "__main__":
    one, many = database(), [database(seed) for seed in range(50)]
    print("right?  what differs                  text  one db  all 50")
    for right, what, gold, guess in cases():
        marks = gold == guess, same(one, gold, guess), all(same(db, gold, guess) for db in many)
        print(f"{right:8}{what:27}", *(f"{'same' if m else '-':>7}" for m in marks))
