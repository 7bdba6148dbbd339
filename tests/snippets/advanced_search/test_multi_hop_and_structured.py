"""What docs/advanced-search/multi-hop-and-structured.md claims."""

import sqlite3
from collections import Counter
from pathlib import Path

import networkx as nx
import pytest

from snippets.advanced_search import (
    execution_accuracy,
    facet_filters,
    graph_paths,
    hop_ranks,
    iterative_hops,
    route_questions,
    schema_linking,
    sql_guard,
)
from snippets.advanced_search.graph_paths import CHAIN, follow, index

SNIPPETS = Path("snippets/advanced_search").resolve()


def test_both_hop_snippets_search_the_same_world():
    """360 passages about 60 firms; each firm's chain runs from its founder to a river."""
    texts, firms = hop_ranks.world()
    assert (texts, firms) == iterative_hops.world()
    assert len(texts) == len(set(texts)) == 360 and len(set(firms)) == 60
    for i, firm in enumerate(firms):
        founded, born, town = (texts[6 * i + hop] for hop in (0, 2, 4))
        assert firm in founded and born.split()[0] in founded
        assert town.split()[0] == born.split()[-1].rstrip(".")
        assert firm not in born and firm not in town  # a bridge: the next text has no name


def test_a_plan_with_a_perfect_search_reads_one_passage_a_hop():
    """With a search that finds the named fact first, three rounds read the chain and no more."""
    texts, firms = iterative_hops.world()

    def rank(query: str) -> list[int]:
        words = set(query.replace("?", "").split())
        verb = next(w for w in ("founded", "born", "river") if w in words)
        near = [len(words & set(t.replace(".", "").split())) + 9 * (verb in t) for t in texts]
        return sorted(range(len(texts)), key=lambda p: -near[p])

    for i in (0, 7, 59):
        question = iterative_hops.ASKED.format(firms[i])
        read = iterative_hops.follow(question, True, 1, texts, rank)
        assert read == [6 * i, 6 * i + 2, 6 * i + 4]
        wide = iterative_hops.follow(question, True, 2, texts, rank)
        assert set(read) <= set(wide) and len(wide) == len(set(wide))


def test_the_published_counts_say_what_the_page_says():
    """Plan 55 and 60 of 60, name 5 and 14; one search is complete for 12 of 60 at 96 passages."""
    rows = (SNIPPETS / "iterative_hops.out").read_text().splitlines()[1:]
    assert [row.split()[-1] for row in rows] == ["5", "14", "55", "60"]
    rows = (SNIPPETS / "hop_ranks.out").read_text().splitlines()
    assert rows[-1].split()[:9] == ["three", "hops", *"0 0 1 1 1 6 12".split()]


@pytest.mark.model
def test_minilm_follows_a_plan_and_not_a_longer_question():
    """For the first ten firms: the plan completes at least eight chains, the name at most three."""
    texts, firms = iterative_hops.world()
    parts = tuple(
        kind.from_pretrained(iterative_hops.ROOT)
        for kind in (iterative_hops.AutoTokenizer, iterative_hops.AutoModel)
    )
    vectors = iterative_hops.embed(texts, parts)

    def rank(query: str) -> list[int]:
        return (-vectors @ iterative_hops.embed([query], parts)[0]).argsort().tolist()

    whole = Counter()
    for i in range(10):
        question = iterative_hops.ASKED.format(firms[i])
        for plan in (True, False):
            read = iterative_hops.follow(question, plan, 1, texts, rank)
            whole[plan] += {6 * i, 6 * i + 2, 6 * i + 4} <= set(read)
    assert whole[True] >= 8 and whole[False] <= 3


def test_the_filter_rules_decide_and_or_not_and_limits():
    """Each form of query, on items decided by hand."""
    item = ("chair", "red", "oak", 90)
    for query in (
        "chair, red",
        "chair, red or steel",
        "chair, not blue",
        "chair, red, under 100",
    ):
        assert facet_filters.accepts(query, item)
    for query in ("table, red", "chair, red, steel", "chair, not red", "chair, red, under 90"):
        assert not facet_filters.accepts(query, item)
    assert not facet_filters.accepts("chair, blue or steel", item)


def test_a_word_that_the_rules_do_not_know_narrows_nothing():
    """*crimson* leaves the kind as the only condition: 60 items, ranked by the vector."""
    kept = [i for i in facet_filters.ITEMS if facet_filters.accepts("chair, crimson", i)]
    assert len(kept) == 60 and {i[0] for i in kept} == {"chair"}


def test_negation_in_the_output_is_worse_than_chance():
    """0.70 against 0.80, and the limit is no better than red chairs at any price, 0.67."""
    rows = (SNIPPETS / "facet_filters.out").read_text().splitlines()[2:]
    table = {row[:30].strip(): [float(n) for n in row[30:].split()] for row in rows}
    assert table["chair, not red"] == [0.8, 0.7, 1.0]
    assert table["chair, red, under 100 euros"][1] < 2 / 3
    assert table["chair, crimson"][1] == table["chair, crimson"][2]


def test_paths_equal_networkx_and_sql_joins():
    """Forwards, all nodes at the end of a path; backwards, all firms of a sea."""
    triples = graph_paths.world(200)
    edges, graph = index(triples), nx.MultiDiGraph()
    graph.add_edges_from((s, t, {"relation": r}) for s, r, t in triples)
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE fact (s TEXT, r TEXT, t TEXT)")
    db.executemany("INSERT INTO fact VALUES (?, ?, ?)", triples)
    for i in range(0, 200, 20):
        (end,) = follow(edges, {f"firm {i}"}, CHAIN)
        assert set(nx.descendants(graph, f"firm {i}")) >= {end}
        assert nx.shortest_path_length(graph, f"firm {i}", end) == 4
    joined = "SELECT a.s FROM fact a JOIN fact b ON b.s = a.t JOIN fact c ON c.s = b.t "
    joined += "JOIN fact d ON d.s = c.t WHERE d.t = 'sea 0' AND d.r = 'flows into'"
    back = follow(edges, {"sea 0"}, ["~" + r for r in reversed(CHAIN)])
    assert back == {s for (s,) in db.execute(joined)}
    ancestors = nx.ancestors(graph, "sea 0")
    assert back == {n for n in ancestors if n.startswith("firm")} and len(back) == 53


def test_a_missing_edge_ends_every_path_through_it():
    """Without the one edge there is an empty set, no error."""
    triples = [("a", "founded by", "b"), ("b", "born in", "c")]
    assert follow(index(triples), {"a"}, CHAIN[:2]) == {"c"}
    assert follow(index(triples[:1]), {"a"}, CHAIN[:2]) == set()


def test_values_and_joins_find_tables_that_names_miss():
    """Kettles and Norway are values; sale, line and customer are only on the way."""
    (db := sqlite3.connect(":memory:")).executescript(schema_linking.SCHEMA)
    question = "How many kettles were sold in Norway?"
    assert schema_linking.link(db, question, False, False) == set()
    assert schema_linking.link(db, question, True, False) == {"product", "city"}
    linked = schema_linking.link(db, question, True, True)
    assert linked == {"product", "line", "sale", "customer", "city"}


@pytest.fixture
def sales() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.executescript(sql_guard.SETUP)
    return db


@pytest.mark.parametrize("name", list(sql_guard.QUERIES)[2:-1])
def test_the_guard_refuses(sales, name):
    """Every query that must not run raises, and the data are as before."""
    before = list(sales.iterdump())
    with pytest.raises(sqlite3.Error):
        sql_guard.run(sales, sql_guard.QUERIES[name])
    assert list(sales.iterdump()) == before


@pytest.mark.parametrize(
    "query",
    ["PRAGMA table_info(staff)", "ATTACH ':memory:' AS other", "CREATE TABLE x (y INT)"]
    + ["UPDATE sale SET amount = 0", "SELECT 1 FROM staff", "BEGIN", "SELECT rowid FROM staff"]
    + ["SELECT id FROM sale WHERE amount < (SELECT MAX(salary) FROM staff)", "VACUUM"]
    + ["SELECT customer FROM sale UNION SELECT name FROM staff", "SELECT randomblob(9)"],
)
def test_the_guard_refuses_what_nobody_listed(sales, query):
    """Deny is the default: other statements, functions, and reading by a detour."""
    with pytest.raises(sqlite3.Error):
        sql_guard.run(sales, query)


def test_the_guard_lets_reading_through_within_its_limits(sales):
    """Totals and the word update run; endless rows stop at the limit; the hooks are removed."""
    assert sorted(sql_guard.run(sales, sql_guard.QUERIES["a total"])) == [
        ("Ada", 30),
        ("Bo", 50),
    ]
    assert sql_guard.run(sales, sql_guard.QUERIES["update, as a value"]) == [(1,)]
    assert len(sql_guard.run(sales, sql_guard.QUERIES["endless rows"], rows=7)) == 7
    assert sales.execute("SELECT COUNT(*) FROM staff").fetchone() == (1,)


def test_the_word_list_is_wrong_in_both_directions():
    """It stops three of ten harmful queries and one of two harmless ones."""
    hits = [bool(sql_guard.WORDS.search(q)) for q in sql_guard.QUERIES.values()]
    assert hits[:2] == [False, True] and len(hits[2:]) == 10 and sum(hits[2:]) == 3


def test_one_tidy_database_accepts_all_and_fifty_accept_the_right_ones():
    """Text: 0 of 9. One database: 9 of 9. Fifty: exactly the three that are right."""
    many = [execution_accuracy.database(seed) for seed in range(50)]
    one, cases = execution_accuracy.database(), execution_accuracy.cases()
    assert Counter(right for right, *_ in cases) == {"yes": 3, "no": 6}
    for right, _, gold, guess in cases:
        assert gold != guess and execution_accuracy.same(one, gold, guess)
        agreed = all(execution_accuracy.same(db, gold, guess) for db in many)
        assert agreed == (right == "yes")


def test_order_counts_only_if_the_reference_orders():
    """The same rows in another order are equal, unless ORDER BY stands in the reference."""
    db = execution_accuracy.database()
    down, up = "SELECT id FROM sale ORDER BY id DESC", "SELECT id FROM sale ORDER BY id"
    assert execution_accuracy.same(db, "SELECT id FROM sale", down)
    assert not execution_accuracy.same(db, up, down)
    assert not execution_accuracy.same(
        db, "SELECT year FROM sale", "SELECT DISTINCT year FROM sale"
    )


def test_the_routers_make_the_mistakes_that_the_page_names():
    """Counting words mislead the list; the schema does not see the unpaid invoices."""
    by_words, by_schema = route_questions.by_words, route_questions.by_schema
    days = "How many days do I have to return an item?"
    assert (by_words(days), by_schema(days)) == ("sql", "text")
    paid = "What did Brix pay in March?"
    assert (by_words(paid), by_schema(paid)) == ("text", "sql")
    assert by_schema("Is a ticket of Nordlys still open?") == "sql"
    assert by_schema("Which unpaid invoices break our payment terms?") == "text"
    assert by_schema("What does a wholesale contract include?") == "both"
    lines = [line.split(": ") for line in route_questions.ASKED.splitlines()]
    right = Counter(label for label, question in lines if by_schema(question) == label)
    assert right == {"sql": 7, "text": 6, "both": 3}
