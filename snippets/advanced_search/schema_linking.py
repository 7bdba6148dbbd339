"""Schema linking: which tables does a question need? Names, values, and the way between."""

import re
import sqlite3

SCHEMA = """
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, city INT REFERENCES city);
CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT, country TEXT);
CREATE TABLE sale (id INTEGER PRIMARY KEY, customer INT REFERENCES customer, day TEXT);
CREATE TABLE line (sale INT REFERENCES sale, product INT REFERENCES product, amount INT);
CREATE TABLE product (id INTEGER PRIMARY KEY, title TEXT, maker INT REFERENCES maker);
CREATE TABLE maker (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE staff (id INTEGER PRIMARY KEY, name TEXT, wage INT, shop INT REFERENCES shop);
CREATE TABLE shop (id INTEGER PRIMARY KEY, street TEXT, city INT REFERENCES city);
CREATE TABLE repair (id INTEGER PRIMARY KEY, sale INT REFERENCES sale, fault TEXT);
INSERT INTO city VALUES (1, 'Bergen', 'Norway'), (2, 'Lyon', 'France');
INSERT INTO product VALUES (1, 'kettle', 1), (2, 'toaster', 1);
INSERT INTO maker VALUES (1, 'Brix')"""
QUESTIONS = {
    "How many customers are there?": "customer",
    "How many kettles were sold in Norway?": "product line sale customer city",
    "Which faults do toasters of Brix have?": "repair sale line product maker",
    "Wages of the people in Lyon": "staff shop city",
}


# --8<-- [start:link]
def link(db: sqlite3.Connection, question: str, values: bool, joins: bool) -> set[str]:
    tables = [t for (t,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    words = {w.removesuffix("s") for w in re.findall(r"\w+", question.lower())}
    near: dict[str, set[str]] = {t: set() for t in tables}
    linked = set()
    for table in tables:
        for _, _, other, *_ in db.execute(f"PRAGMA foreign_key_list({table})"):
            near[table].add(other)
            near[other].add(table)
        rows = db.execute(f"SELECT * FROM {table}")
        names = {table, *(c[0] for c in rows.description)} - {"id", "name"}
        cells = {str(c).lower() for row in rows for c in row} if values else set()
        if words & (names | cells):
            linked.add(table)
    if joins:  # shortest way along foreign keys from each linked table to each other one
        for start in sorted(linked):
            ways, queue = {start: {start}}, [start]
            for here in queue:  # grows while it is walked: breadth first
                fresh = sorted(near[here] - ways.keys())
                ways |= {table: ways[here] | {table} for table in fresh}
                queue += fresh
            linked |= set().union(*(ways[end] for end in linked if end in ways))
    return linked


# --8<-- [end:link]
if __name__ == "__main__":
    (db := sqlite3.connect(":memory:")).executescript(SCHEMA)
    print("needed tables found (+ others)          names    values    joins    of")
    for question, needed in QUESTIONS.items():
        want, row = set(needed.split()), f"{question:38}"
        for values, joins in ((False, False), (True, False), (True, True)):
            found = link(db, question, values, joins)
            row += f"{len(found & want):6} +{len(found - want)}"
        print(f"{row}{len(want):8}")
