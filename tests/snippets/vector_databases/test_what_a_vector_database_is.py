"""Claims of docs/vector-databases/what-a-vector-database-is.md."""

import json
import re
import struct
import zlib
from itertools import combinations
from math import log
from pathlib import Path

import faiss
import numpy as np
import pytest
from qdrant_client import models
from usearch.index import Index

from snippets.vector_databases import (
    points_and_payloads,
    read_your_writes,
    segment_count,
    upsert_semantics,
    vectors_in_sqlite,
)
from snippets.vector_databases.acknowledge_early import lost, syncs
from snippets.vector_databases.btree_on_vectors import band
from snippets.vector_databases.index_or_database import database, library
from snippets.vector_databases.merge_policies import single, tiered
from snippets.vector_databases.one_question_three_engines import by_words, engines
from snippets.vector_databases.quorum_overlap import meet
from snippets.vector_databases.replicas_disagree import replica, top
from snippets.vector_databases.sqlite_wal_cut import committed, reopened
from snippets.vector_databases.tombstones_and_merge import history, merge, read
from snippets.vector_databases.torn_log import (
    invented,
    read_bare,
    read_checked,
    read_lengths,
)
from tools.outputs import SNIPPETS


def unit(rows: int, width: int = 8, seed: int = 0) -> np.ndarray:
    x = np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def printed(name: str) -> str:
    return (SNIPPETS / "vector_databases" / f"{name}.out").read_text("utf-8")


def test_the_collection_returns_what_numpy_returns():
    """Qdrant's in-process mode is exact: with and without a filter it equals a scan in numpy."""
    vectors, rows = unit(60), [{"doc": "ab"[n % 2], "text": str(n)} for n in range(60)]
    client = points_and_payloads.collection(rows, vectors)
    for keep, condition in (
        (np.arange(60), None),
        (np.arange(1, 60, 2), models.Filter(must=[points_and_payloads.equals("doc", "b")])),
    ):
        found = client.query_points(
            points_and_payloads.NAME, query=vectors[7].tolist(), query_filter=condition, limit=5
        ).points
        order = keep[np.argsort(-vectors[keep] @ vectors[7])][:5]
        assert [hit.id for hit in found] == order.tolist()


def test_a_nearest_neighbour_always_exists():
    """As printed: a filter to another topic still returns three passages, with a score of .26 at most."""
    line = next(r for r in printed("points_and_payloads").splitlines() if "doc = class" in r)
    assert max(map(float, re.findall(r"0\.\d\d", line))) == 0.26 and line.count("class") == 4


def test_the_library_loses_what_the_database_keeps(tmp_path):
    """Lost update, doubled id, no delete and an unreadable file, against none of these."""
    assert library(str(tmp_path / "i")) == [101, 2, "an error", "an error"]
    assert database(str(tmp_path / "t")) == [102, 1, 1, 101]


def test_what_other_indexes_do_with_deletes_and_duplicates():
    """Faiss's flat index deletes; usearch's graph deletes and refuses a duplicate key."""
    flat = faiss.IndexIDMap2(faiss.IndexFlatL2(8))
    flat.add_with_ids(unit(10), np.arange(10))
    assert flat.remove_ids(np.array([3])) == 1 and flat.ntotal == 9
    graph = Index(ndim=8, metric="cos", dtype="f32")
    graph.add(np.arange(10), unit(10))
    with pytest.raises(RuntimeError):
        graph.add(3, unit(1))
    graph.remove(3)
    assert len(graph) == 9 and 3 not in graph


def test_the_statement_ranks_like_numpy_and_computes_only_for_allowed_rows():
    """Rights and filter run before the distance: one call an allowed row, and numpy's order."""
    rows = [{"doc": "abc"[n % 3], "text": "x" * n} for n in range(90)]
    vectors = unit(90)
    db, calls = vectors_in_sqlite.database(rows, vectors)
    db.executemany("INSERT INTO reader VALUES (?, ?)", [("ann", "a"), ("ann", "b")])
    values = {"query": vectors[4].tobytes(), "name": "ann", "length": 30, "k": 5}
    found = [score for _, score in db.execute(vectors_in_sqlite.NEAREST, values)]
    allowed = [n for n in range(30, 90) if n % 3 < 2]
    assert found == pytest.approx(np.sort(vectors[allowed] @ vectors[4])[::-1][:5], abs=1e-6)
    assert calls[0] == len(allowed)


def test_a_range_scan_is_exact_in_one_dimension_and_reads_nearly_all_in_many():
    """On one coordinate the band holds about the k neighbours; its share grows with dimensions."""
    line = np.arange(100.0)[:, None]
    assert band(line, np.array([50.2]), k=10) == pytest.approx(0.10, abs=0.011)
    x = np.random.default_rng(1).normal(size=(2000, 30))
    share = [np.mean([band(x[:1900, :d], q[:d]) for q in x[1900:]]) for d in (1, 2, 5, 30)]
    assert share == sorted(share) and share[0] < 0.01 and share[-1] > 0.9


def test_the_inverted_index_touches_the_passages_that_share_a_word(data_folder):
    """FTS5 returns exactly the passages with a word of the question; the graph finds the scan's first."""
    texts = [
        " ".join(json.loads(r)["text"].split()) for r in Path("python_passages.jsonl").open()
    ]
    vectors = np.load("python_vectors.npy").astype(np.float32)
    db, graph = engines(texts, vectors)
    words = {"unboundlocalerror", "cause"}
    hold = {n for n, t in enumerate(texts) if words & set(re.findall(r"[^\W_]+", t.lower()))}
    assert set(by_words(db, "UnboundLocalError cause")) == hold and len(hold) == 9
    hits = [graph.search(v, 10).keys[0] for v in vectors[::10]]
    assert np.mean([h == n for h, n in zip(hits, range(0, 309, 10), strict=True)]) > 0.9


def test_words_and_vectors_win_different_questions():
    """As printed: each engine has a question at rank 1 that the other has behind rank 10."""
    rows = re.findall(
        r" (\d+) / *\d+ +(\d+) / *\d+ +(\d+) /", printed("one_question_three_engines")
    )
    ranks = [tuple(map(int, row)) for row in rows]
    assert len(ranks) == 5
    assert any(w == 1 and v > 10 for w, v, _ in ranks) and any(
        v == 1 and w > 10 for w, v, _ in ranks
    )
    assert "59" in printed("one_question_three_engines") and "67" in printed(
        "one_question_three_engines"
    )


def test_upsert_replaces_and_the_payload_operation_merges():
    """set_payload keeps other fields; upsert drops them; the surplus passage stays until deleted by version."""
    client, name = upsert_semantics.prepared(), upsert_semantics.NAME
    client.set_payload(name, {"lang": "de"}, points=[0])
    assert client.retrieve(name, [0])[0].payload == {"doc": "a", "version": 1, "lang": "de"}
    client.upsert(name, [upsert_semantics.point(n, n + 1, version=2) for n in range(2)])
    assert client.retrieve(name, [0])[0].payload == {"doc": "a", "version": 2}
    assert client.count(name).count == 3
    client.delete(name, upsert_semantics.of_document("a", before=2))
    assert {p.id for p in client.scroll(name)[0]} == {0, 1}


def test_a_condition_keeps_an_older_version_from_overwriting_a_newer_one():
    """Qdrant's client takes an update_filter: a stale upsert changes nothing, a fresh one applies."""
    client, name = upsert_semantics.prepared(), upsert_semantics.NAME
    for version in (3, 2, 4):
        older = models.FieldCondition(key="version", range=models.Range(lt=version))
        client.upsert(
            name,
            [upsert_semantics.point(0, 1, version=version)],
            update_filter=models.Filter(must=[older]),
        )
        stored = client.retrieve(name, [0])[0].payload["version"]
        assert stored == max(3, version)


def test_a_checked_log_never_invents_a_record():
    """Cut, flipped or followed by zeros: a prefix of what was written; the other formats invent."""
    true = [struct.pack("<Q8f", n, *unit(1, seed=n)[0]) for n in range(6)]
    checked = b"".join(struct.pack("<II", len(b), zlib.crc32(b)) + b for b in true)
    plain = b"".join(struct.pack("<I", len(b)) + b for b in true)
    assert read_checked(checked) == read_lengths(plain) == read_bare(b"".join(true)) == true
    for at in range(len(checked) + 1):
        assert read_checked(checked[:at]) == true[: at // 48]
    flips = [
        checked[:n] + bytes([checked[n] ^ 128]) + checked[n + 1 :] for n in range(len(checked))
    ]
    assert invented(read_checked, flips, true) == 0
    assert [len(read_checked(f)) for f in flips] == [n // 48 for n in range(len(checked))]
    assert invented(read_bare, [b"".join(true) + bytes(40)], true) == 1
    assert invented(read_lengths, [plain + bytes(4)], true) == 1
    assert zlib.crc32(b"") == 0


def test_sqlite_recovers_the_whole_transactions_before_the_damage(tmp_path):
    """A cut log gives whole transactions only; a flipped bit drops what follows without an error."""
    file, whole, ends = committed(tmp_path, transactions=4, rows=3)
    for cut in range(ends[0], len(whole) + 1, 997):
        assert reopened(file, whole[:cut]) == 3 * sum(end <= cut for end in ends)
    at = (ends[0] + ends[1]) // 2
    damaged = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    assert (reopened(file, damaged), reopened(file, whole)) == (3, 12)


def test_what_is_lost_is_rate_times_delay():
    """Nothing acknowledged after the sync is lost; acknowledged at once, about rate times mean delay."""
    rng = np.random.default_rng(2)
    arrivals = np.cumsum(rng.exponential(1 / 500, 20_000))
    failures = rng.uniform(2, 38, 500)
    for every in (0.02, 0.2):
        assert not lost(arrivals, "group", every, failures).any()
        delay = (syncs(arrivals, "group", every)[1] - arrivals).mean()
        gone = lost(arrivals, "early", every, failures)
        assert gone.min() >= 0 and gone.mean() == pytest.approx(500 * delay, rel=0.15)
    assert not lost(arrivals, "each", 0, failures).any()


def test_merging_changes_nothing_unless_a_tombstone_goes_too_early():
    """By hand a deleted row returns; over random histories the safe rules never change the store."""
    import random

    old: list[dict] = [{1: "a", 2: "b"}, {3: "c"}, {1: None}]
    assert read(old) == {2: "b", 3: "c"} == read(merge(old, 0, 2, drop=True))
    assert 1 in read(merge(old, 1, 2, drop=True)) and 1 not in read(
        merge(old, 1, 2, drop=False)
    )
    rng = random.Random(5)
    for _ in range(200):
        before = history(rng)
        for first, last in combinations(range(5), 2):
            assert read(merge(before, first, last, drop=first == 0)) == read(before)


def test_segments_together_are_exact_when_each_is_searched_wholly():
    """With ef as large as a segment the merged answer is the scan's; more segments compute more."""
    base = unit(1200, 12)
    queries = unit(20, 12, seed=1)
    true = np.argsort(-queries @ base.T, axis=1)[:, :10]
    work = {}
    for count in (1, 6):
        graphs = segment_count.build(base, count)
        assert sum(map(len, graphs)) == 1200
        wide = [segment_count.search(graphs, q, 10, 1200)[0] for q in queries]
        assert (
            np.mean([set(f) == set(t) for f, t in zip(wide, true.tolist(), strict=True)]) > 0.9
        )
        work[count] = np.mean([segment_count.search(graphs, q, 10, 20)[1] for q in queries])
    assert work[6] > 2 * work[1]


@pytest.mark.parametrize("factor", [2, 4, 8, 16, 64])
def test_tiers_cost_as_the_formula_says(factor):
    """1 + log_T F inserts a row and (T-1)/2 log_T F segments, for F = 4,096."""
    tiers = log(4096) / log(factor)
    assert tiered(4096, factor) == pytest.approx(
        (1 + tiers, (factor - 1) / 2 * tiers), abs=1e-3
    )
    assert single(4096) == (2048.5, 1.0)


def test_the_session_rule_ends_missed_writes_and_going_back():
    """Any replica misses and goes back; a bound helps and does not end it; session and newest end both."""
    result = {
        rule: read_your_writes.run(rule, 1500)
        for rule in ("any replica", "at most 3 behind", "session", "newest")
    }
    missed = [r[0] for r in result.values()]
    assert missed[0] > missed[1] > 0 == missed[2] == missed[3]
    assert result["any replica"][1] > 0 == result["session"][1]
    assert result["session"][2] < result["newest"][2] and result["newest"][3] == 0


def test_quorums_meet_exactly_when_they_exceed_the_replicas():
    """Every write set meets every read set if and only if R + W > N; one and one of three: a third."""
    for n in (1, 3, 5):
        for w in range(1, n + 1):
            for r in range(1, n + 1):
                assert (meet(n, w, r) == 1) == (r + w > n)
    assert meet(3, 1, 1) == pytest.approx(1 / 3)


def test_replicas_with_another_order_differ_at_low_ef_only():
    """Equal rows, another insertion order: lists differ when ef is small and agree when it is large."""
    base, rng = unit(3000, 24), np.random.default_rng(3)
    a, b = (replica(base, rng.permutation(3000)) for _ in range(2))
    queries = unit(60, 24, seed=4)
    differ = [
        (top(a, queries, ef) != top(b, queries, ef)).any(axis=1).mean() for ef in (10, 1500)
    ]
    assert differ[0] > 0.3 and differ[1] < 0.1
