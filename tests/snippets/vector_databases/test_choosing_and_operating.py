"""Claims of docs/vector-databases/choosing-and-operating.md."""

import faiss
import numpy as np
import pytest
from qdrant_client import QdrantClient
from qdrant_client import models as m
from scipy.linalg import orthogonal_procrustes

from snippets.vector_databases import vector_bill
from snippets.vector_databases.alias_swap import embed, point_to, put, stale
from snippets.vector_databases.fan_out import any_slow, any_slow_hedged, available, per_shard
from snippets.vector_databases.fresh_buffer import Fresh
from snippets.vector_databases.hnsw_bytes import index_bytes
from snippets.vector_databases.index_menu import build as build_menu
from snippets.vector_databases.index_menu import can_delete, compared
from snippets.vector_databases.mixed_models import recall, rotation
from snippets.vector_databases.page_two import faults, replica
from snippets.vector_databases.recall_monitor import alarms, half_width, recalls
from snippets.vector_databases.sharded_graphs import build, search
from snippets.vector_databases.vector_bill import BYTES, bill, units


def unit(rows: int, width: int = 16, seed: int = 0) -> np.ndarray:
    """Random directions."""
    x = np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def exact(base: np.ndarray, queries: np.ndarray, k: int = 10) -> np.ndarray:
    return np.argsort(-(queries @ base.T), axis=1)[:, :k]


@pytest.mark.parametrize(
    ("name", "nbytes"),
    [("Flat", 64), ("SQ8", 16), ("HNSW16", 64 + 144), ("IVF128,Flat", 64 + 8)],
)
def test_the_menus_bytes_are_code_links_and_id(name, nbytes):
    """An index stores its codes; HNSW adds about 144 bytes a vector at M = 16, IVF an id of 8."""
    index, _ = build_menu(unit(6000), name, "")
    centroids = 128 * 64 if "IVF" in name else 0
    assert (len(faiss.serialize_index(index)) - centroids) / 6000 == pytest.approx(
        nbytes, abs=2
    )


def test_a_flat_index_needs_no_training_and_deletes_and_a_graph_cannot_delete():
    """Flat takes and removes vectors at once, IVF must be trained, Faiss's HNSW refuses to remove."""
    base = unit(6000)
    flat, trained = build_menu(base, "Flat", "")
    assert not trained and can_delete(flat)
    lists, trained = build_menu(base, "IVF128,Flat", "nprobe=8")
    assert trained and can_delete(lists)
    graph, trained = build_menu(base, "HNSW16", "efSearch=48")
    assert not trained and not can_delete(graph)


def test_the_menus_counter_counts_all_of_an_inverted_file_that_probes_every_list():
    """With all lists probed IVF compares every vector and every centroid."""
    index, _ = build_menu(unit(6000), "IVF128,Flat", "nprobe=128")
    assert compared(index, "IVF128,Flat", unit(20, seed=1)) == 6000 + 128


def test_asking_every_shard_for_k_and_merging_is_exact():
    """When each shard searches its graph exhaustively, the merged list is the exact list."""
    base, queries = unit(600), unit(30, seed=1)
    shards = build(base, np.arange(600) % 4)
    found, _ = search(shards, queries, np.ones((30, 4), bool), 10, 600)
    assert (found == exact(base, queries)).all()


def test_asking_each_shard_for_less_than_k_can_lose():
    """If all neighbours lie in one shard, k / S from each shard misses most of them."""
    base = np.vstack([np.eye(16, dtype=np.float32)[:1] + 0.1 * unit(100), -unit(300, seed=2)])
    owner = (np.arange(400) >= 100).astype(int)
    query = np.eye(16, dtype=np.float32)[:1]
    best = exact(base, query, 10)
    assert (owner[best] == 0).all()
    short, _ = search(build(base, owner), query, np.ones((1, 2), bool), 5, 400)
    assert np.isin(best, short).sum() == 5


def test_many_small_graphs_do_more_work_than_one():
    """At the same beam, eight shards compute several times the distances of one graph."""
    base, queries = unit(4000), unit(50, seed=1)
    _, one = search(build(base, np.zeros(4000, int)), queries, np.ones((50, 1), bool), 10, 32)
    _, many = search(build(base, np.arange(4000) % 8), queries, np.ones((50, 8), bool), 10, 32)
    assert many > 3 * one


def test_only_the_asked_shards_are_searched():
    """A query's results come from the shards in its row of `ask`, and cost only their work."""
    base, queries = unit(800), unit(10, seed=1)
    shards, ask = build(base, np.arange(800) % 4), np.zeros((10, 4), bool)
    ask[:, 2] = True
    found, work = search(shards, queries, ask, 10, 64)
    assert (found % 4 == 2).all()
    assert work < search(shards, queries, np.ones((10, 4), bool), 10, 64)[1] / 2


def test_with_100_shards_a_rare_slowness_is_the_common_case():
    """1 slow answer in 100 makes 63 % of the queries wait at 100 shards; hedged, 1 %."""
    draws = np.random.default_rng(0).random((200_000, 100)) < 0.01
    assert any_slow(100, 0.01) == pytest.approx(draws.any(axis=1).mean(), abs=0.005)
    assert any_slow(100, 0.01) == pytest.approx(0.634, abs=0.001)
    assert any_slow_hedged(100, 0.01) == pytest.approx(0.01, abs=0.001)


def test_the_allowance_of_a_shard_inverts_the_tail():
    """The slowness allowed to each shard gives back the wanted share of waiting queries."""
    for shards in (1, 4, 30):
        assert any_slow(shards, per_shard(shards, 0.02)) == pytest.approx(0.02)


def test_two_copies_turn_90_percent_into_99_99():
    """100 shards at 99.9 %: 90.48 % in one copy, 99.99 % in two."""
    assert available(100, 0.999, 1) == pytest.approx(0.9048, abs=5e-5)
    assert available(100, 0.999, 2) == pytest.approx(0.9999, abs=5e-6)


def test_pages_from_one_replica_fit_together_and_from_two_need_not():
    """A repeat and a gap, by hand: page one from a copy, page two from another."""
    same = np.array([[1, 2, 3, 4]])
    assert faults(same, same, 2) == (0, 0)
    assert faults(same, np.array([[1, 3, 2, 4]]), 2) == (1, 1)  # 2 twice, 3 never
    assert faults(same, np.array([[1, 2, 3, 9]]), 2) == (0, 1)  # 4 never


def test_an_exact_beam_makes_replicas_agree():
    """Graphs built in different orders return one list when the beam holds everything."""
    base, queries = unit(500), unit(20, seed=1)
    lists = []
    for seed in (0, 1):
        order = np.random.default_rng(seed).permutation(500)
        graph = replica(base, order)
        graph.hnsw.efSearch = 500
        lists.append(order[graph.search(queries, 10)[1]])
    assert (lists[0] == lists[1]).all()


def test_buffer_and_index_together_equal_an_exact_scan_after_inserts_edits_and_deletes():
    """Every write is visible to the next search, and replaced vectors are not returned."""
    base, draw = unit(1400), np.random.default_rng(0)
    store = Fresh(np.arange(600), base[:600])
    for key in range(600, 700):
        store.write(key, base[key])
    for key in draw.integers(600, size=60).tolist():
        store.write(key, base[700 + key])
    for key in draw.integers(650, size=60).tolist():
        store.write(key, None)
    keys, live = np.array(list(store.live)), np.array(list(store.live.values()))
    queries = unit(30, seed=1)
    wanted = keys[exact(live, queries)]
    assert [store.search(q, 10) for q in queries] == wanted.tolist()
    store.merge()
    assert not store.buffer and [store.search(q, 10) for q in queries] == wanted.tolist()


def test_without_the_buffer_new_and_edited_rows_are_not_found():
    """The index alone misses an insert, and returns a deleted row."""
    base = unit(300)
    store = Fresh(np.arange(200), base[:200])
    store.write(250, base[250])
    store.write(7, None)
    assert store.search(base[250], 1) == [250] and store.search(base[250], 1, fresh=False) != [
        250
    ]
    assert store.search(base[7], 1) != [7] and store.search(base[7], 1, fresh=False) == [7]


def test_bytes_a_vector_are_those_of_the_page_on_graphs():
    """HNSW's bytes in the bill equal the formula of hnsw-memory, for floats, 8 bits and 1 bit."""
    for name, code in (("float32", 3072), ("int8", 768), ("1 bit; floats on SSD", 96)):
        assert BYTES[f"HNSW, {name}"][0] == pytest.approx(index_bytes(1, code, 16))
    assert BYTES["Vamana on SSD; 96-byte codes"][1] >= 3072 + 64 * 4


def test_one_cell_of_the_bill_by_hand():
    """100 million floats in HNSW: 321.6 GB, 27 machines and their copies, 4,644 dollars."""
    assert 1e8 * BYTES["HNSW, float32"][0] == pytest.approx(321.6e9, rel=1e-3)
    assert units(1e8, "HNSW, float32") == 2 * 27
    assert bill(1e8, "HNSW, float32") == pytest.approx(54 * 0.11782 * 730)
    assert round(bill(1e8, "HNSW, float32")) == 4644


def test_the_bill_of_object_storage_has_three_parts():
    """A billion vectors in lists: machines for the cache, bytes stored, reads that miss."""
    machines = 4 * 0.1716 * 730
    stored, reads = 1e9 * (3072 + 96) * 0.023e-9, 10e6 * 20 * 0.1 * 0.4e-6
    assert (round(machines), round(stored), round(reads)) == (501, 73, 8)
    assert bill(1e9, "lists on S3, SSD cache") == pytest.approx(machines + stored + reads)


def test_memory_decides_or_disk_decides(monkeypatch):
    """Vamana's machines are set by the disk; with four times the codes they are set by memory."""
    name = "Vamana on SSD; 96-byte codes"
    assert units(1e9, name) == 2 * int(np.ceil(1e9 * 4096 / (0.7 * 468e9)))
    monkeypatch.setitem(BYTES, name, (384, 4096, 0))
    assert units(1e9, name) == 2 * int(np.ceil(1e9 * 384 / (0.7 * 16 * 2**30)))


def test_prices_a_byte_are_as_the_page_derives_them():
    """5.38 dollars a GiB of memory, 0.084 a GB of SSD, so memory : SSD : S3 is 220 : 3.6 : 1."""
    memory = vector_bill.RAM_HOUR * 730 / 16
    ssd = (vector_bill.SSD_HOUR - vector_bill.RAM_HOUR) * 730 / 468
    assert memory == pytest.approx(5.38, abs=0.005) and ssd == pytest.approx(0.084, abs=0.0005)
    per_gb = memory / (2**30 / 1e9)
    assert per_gb / 0.023 == pytest.approx(220, rel=0.02)
    assert ssd / 0.023 == pytest.approx(3.6, rel=0.02)


def test_at_a_million_all_indexes_cost_about_the_same_and_at_a_billion_a_factor_of_eighty():
    """170 to 260 dollars at a million; 46,101 against 582 at a billion."""
    small, large = ([bill(n, name) for name in BYTES] for n in (1e6, 1e9))
    assert min(small) > 170 and max(small) < 260
    assert max(large) / min(large) == pytest.approx(80, abs=2)


def test_the_rotation_is_scipys_and_recovers_a_turned_space():
    """Procrustes equals scipy's, and brings back a space that was only turned."""
    old, turn = unit(200).astype(float), np.linalg.qr(unit(16, seed=3).astype(float))[0]
    new = old @ turn.T
    found = rotation(new[:100], old[:100])
    assert np.allclose(found, orthogonal_procrustes(new[:100], old[:100])[0])
    assert np.allclose(new[100:] @ found, old[100:])
    relevant = np.eye(200, dtype=bool)
    assert recall(new @ found @ old.T, relevant, 1) == 1
    assert recall(new @ old.T, relevant, 5) < 0.2  # the same texts, compared across spaces


@pytest.fixture
def client() -> QdrantClient:
    made = QdrantClient(":memory:")
    for name, width in (("docs_v1", 8), ("docs_v2", 16)):
        made.create_collection(name, m.VectorParams(size=width, distance=m.Distance.COSINE))
    return made


def test_a_late_backfill_overwrites_an_edit_unless_versions_are_compared(client):
    """The row read before the edit arrives after it: stale without the check, dropped with it."""
    for check, wrong in ((False, 1), (True, 0)):
        put(client, "docs_v2", 16, (1, 2, "edited"), check=False)
        put(client, "docs_v2", 16, (1, 1, "as read before"), check)
        assert stale(client, "docs_v2", {1: (1, 2, "edited")}) == wrong


def test_an_alias_moves_in_one_request_and_back(client):
    """A search by the alias reaches the collection it points to, before, after and again."""
    put(client, "docs_v1", 8, (1, 1, "old"), check=True)
    put(client, "docs_v2", 16, (2, 1, "new"), check=True)
    for name, width, key in (("docs_v1", 8, 1), ("docs_v2", 16, 2), ("docs_v1", 8, 1)):
        point_to(client, "docs", name)
        points = client.query_points("docs", query=embed("any", width), limit=1).points
        assert points[0].id == key


def test_recall_is_measured_against_a_scan_of_the_live_vectors():
    """A flat index has recall 1; one that lacks half of the vectors about one half."""
    live, queries = unit(1000), unit(200, seed=1)
    whole, half = faiss.IndexFlatIP(16), faiss.IndexFlatIP(16)
    whole.add(live)
    half.add(live[:500])
    assert (recalls(whole, live, queries, 10) == 1).all()
    assert recalls(half, live, queries, 10).mean() == pytest.approx(0.5, abs=0.05)


def test_the_interval_covers_the_mean_as_often_as_it_says():
    """With clustered misses the interval by query covers in about 95 %, by neighbour far less."""
    draw = np.random.default_rng(0)
    by_query = by_neighbour = 0
    for _ in range(2000):
        sample = draw.beta(1.6, 0.4, size=100)  # mean .8: some queries lose nearly everything
        mean = sample.mean()
        by_query += abs(mean - 0.8) < half_width(sample)
        by_neighbour += abs(mean - 0.8) < 1.96 * (mean * (1 - mean) / 1000) ** 0.5
    assert by_query / 2000 == pytest.approx(0.95, abs=0.02)
    assert by_neighbour / 2000 < 0.8


def test_one_day_shows_a_break_and_five_days_show_a_drift():
    """A large drop alarms at once; a small one on more days when they are pooled, which lingers."""
    draw = np.random.default_rng(1)
    good, drifted, broken = (
        [np.clip(draw.normal(mean, 0.15, 100), 0, 1) for _ in range(8)]
        for mean in (0.97, 0.885, 0.6)
    )
    assert alarms(good, 0.9) == [] == alarms(good, 0.9, 5)
    days = good[:3] + broken[:1] + good[3:]
    assert alarms(days, 0.9) == [3] and set(alarms(days, 0.9, 5)) > {3}
    assert len(alarms(drifted, 0.9)) < len(alarms(drifted, 0.9, 5))
