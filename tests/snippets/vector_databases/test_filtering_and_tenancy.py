"""Claims of docs/vector-databases/filtering-and-tenancy.md."""

import re

import faiss
import numpy as np
import pytest

from snippets.vector_databases.correlated_filters import draws
from snippets.vector_databases.faiss_selector import search
from snippets.vector_databases.filter_planner import estimates, plan
from snippets.vector_databases.filtered_walks import walk
from snippets.vector_databases.hidden_by_work import fetched
from snippets.vector_databases.label_links import graph, stitch
from snippets.vector_databases.label_links import walk as allowed_walk
from snippets.vector_databases.post_filter_survivors import survivors
from snippets.vector_databases.range_blocks import LEAF, blocks
from snippets.vector_databases.rights_bitmaps import Rights
from snippets.vector_databases.tenant_layouts import owners, pages
from tools.outputs import SNIPPETS


def unit(rows: int, width: int = 12, seed: int = 0) -> np.ndarray:
    """Random directions."""
    x = np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def printed(name: str) -> str:
    return (SNIPPETS / "vector_databases" / f"{name}.out").read_text("utf-8")


def exact(base: np.ndarray, queries: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    return allowed[np.argsort(-queries @ base[allowed].T)[:, :10]]


@pytest.fixture(scope="module")
def index() -> tuple[np.ndarray, list[list[int]]]:
    base = unit(3000)
    return base, graph(base, 8)


def test_survivors_by_hand():
    """Of the nearest three one is allowed; the second allowed one is the fourth result."""
    allowed = np.array([False, True, True, False, True])
    kept, fetch = survivors(np.array([[0, 3, 2, 1, 4]]), allowed, 3)
    assert (kept[0], fetch[0]) == (1, 5)
    assert survivors(np.array([[0, 3, 2, 1, 4]]), allowed, 2)[1][0] == 4


def test_a_random_filter_keeps_k_times_s_and_needs_k_over_s():
    """With a filter by chance k s of k survive, none with (1 - s)^k, and about k / s must be fetched."""
    rng = np.random.default_rng(1)
    order = np.array([rng.permutation(4000) for _ in range(600)])
    kept, fetch = survivors(order, rng.random(4000) < 0.05, 10)
    assert kept.mean() == pytest.approx(0.5, abs=0.12)
    assert (kept == 0).mean() == pytest.approx(0.95**10, abs=0.06)
    assert fetch.mean() == pytest.approx(200, rel=0.12)
    assert round(0.95**10, 2) == 0.60 and round(0.99**40, 2) == 0.67


def test_a_clustered_attribute_leaves_most_queries_empty_though_the_mean_is_fine():
    """As printed: words with digits keep no fewer than by chance, yet 90 % of queries get none."""
    rows = {
        name: (kept, chance, none)
        for kept, chance, none, name in re.findall(
            r"^ *[\d.]+% +([\d.]+) +([\d.]+) +(\d+)% .*?   ([a-z].*)$",
            printed("post_filter_survivors"),
            re.M,
        )
    }
    kept, chance, none = rows["holds a digit"]
    assert float(kept) > float(chance) and int(none) == 90
    assert int(rows["begins with a"][2]) == 61 and len(rows) == 7


def test_walking_all_with_a_filter_that_allows_all_is_the_plain_search(index):
    """When everything is allowed the four walks find and compute the same."""
    base, links = index
    results = [
        walk(base, links, unit(1, seed=2)[0], [True] * 3000, mode, 40)
        for mode in ("after", "all", "only", "two")
    ]
    assert all(result == results[0] for result in results[1:])
    assert len(results[0][0]) == 40


@pytest.mark.parametrize("mode", ["after", "all", "only", "two"])
def test_no_walk_returns_a_forbidden_vector(index, mode):
    """Whatever the strategy, only allowed vectors come back, best first."""
    base, links = index
    ok = (np.random.default_rng(3).random(3000) < 0.2).tolist()
    for query in unit(10, seed=4):
        found, _ = walk(base, links, query, ok, mode, 40)
        assert all(ok[n] for n in found)
        scores = base[found] @ query
        assert (np.diff(scores) <= 0).all()


def test_walking_all_finds_everything_and_walking_the_allowed_does_not(index):
    """At 5 %: walk all keeps recall at many distances, two hops less, allowed only collapses."""
    base, links = index
    ok = np.random.default_rng(5).random(3000) < 0.05
    allowed, queries = np.flatnonzero(ok), unit(20, seed=6)
    value = {}
    for mode in ("after", "all", "only", "two"):
        out = [walk(base, links, q, ok.tolist(), mode, 40) for q in queries]
        pairs = zip(exact(base, queries, allowed), out, strict=True)
        hits = [np.isin(t, f[:10]).mean() for t, (f, _) in pairs]
        value[mode] = np.mean(hits), np.mean([n for _, n in out])
    assert value["only"][0] < 0.1 < value["after"][0] < value["two"][0] < value["all"][0]
    assert value["all"][0] > 0.95 and value["all"][1] > len(allowed)  # dearer than a scan


def test_one_hop_breaks_at_one_over_the_links_and_two_hops_at_its_square():
    """As printed, with 10.3 links: walking the allowed has lost at 10 %, two hops only at 1 %."""
    rows = re.findall(r"^ +(\d+)%" + r" +([\d.]+) / *\d+" * 4, printed("filtered_walks"), re.M)
    table = {int(r[0]): [float(v) for v in r[1:]] for r in rows}
    assert table[10][2] < 0.1 < 0.8 < table[10][3] and table[1][3] < 0.1 < table[2][3]
    assert all(row[1] > 0.95 for row in table.values())
    assert round(1 / 10.3, 2) == 0.10 and round(1 / 10.3**2, 3) == 0.009


def test_faiss_applies_the_filter_and_may_return_fewer():
    """A selector is never violated; a narrow beam returns fewer than k, a scan is exact."""
    base, queries = unit(4000, 24), unit(30, 24, seed=7)
    flat, hnsw = faiss.IndexFlatIP(24), faiss.IndexHNSWFlat(24, 8, faiss.METRIC_INNER_PRODUCT)
    flat.add(base)
    hnsw.add(base)
    allowed = np.arange(0, 4000, 100)
    scan, narrow = search(flat, queries, allowed), search(hnsw, queries, allowed, efSearch=16)
    assert (scan == exact(base, queries, allowed)).all()
    assert np.isin(narrow[narrow >= 0], allowed).all()
    assert (narrow < 0).any() and (search(hnsw, queries, allowed, efSearch=4000) >= 0).all()


def test_correlated_draws_have_equal_size_and_different_places():
    """All three filters let the same number pass; near from the first places, far from the second half."""
    order = np.random.default_rng(8).permutation(1000)
    place = np.argsort(order)
    out = draws(order, 50, np.random.default_rng(9))
    assert {len(set(v.tolist())) for v in out.values()} == {50}
    assert place[out["near"]].max() < 100 and place[out["second half"]].min() >= 500


def test_a_far_filter_is_never_found_and_a_near_one_always_as_printed():
    """At equal share, recall is .98 or more for near filters and 0 for the second half."""
    rows = re.findall(
        r"^ +(\d+) (near|anywhere|second half) +[\d.]+ +([\d.]+) /",
        printed("correlated_filters"),
        re.M,
    )
    assert len(rows) == 9
    for _, name, recall in rows:
        assert name == "anywhere" or (float(recall) >= 0.98) == (name == "near")
        assert name != "second half" or float(recall) == 0


def test_stitched_links_contain_both_graphs_and_connect_each_label(index):
    """Every old link and every link of a label's own graph is in the united one."""
    base, links = index
    labels = np.random.default_rng(10).integers(0, 15, 3000)
    united = stitch(base, links, labels, 4)
    assert all(set(old) <= set(new) for old, new in zip(links, united, strict=True))
    members = np.flatnonzero(labels == 3)
    own = graph(base[members], 4)
    assert all(
        set(members[row]) <= set(united[node]) for node, row in zip(members, own, strict=True)
    )
    queries = unit(20, seed=11)
    ok = (labels == 3).tolist()

    def recall(graph: list[list[int]]) -> float:
        found = [allowed_walk(base, graph, q, ok, 1, 40)[0][:10] for q in queries]
        pairs = zip(exact(base, queries, members), found, strict=True)
        return float(np.mean([np.isin(t, f).mean() for t, f in pairs]))

    assert recall(united) > 0.9 > 0.2 > recall(links)


def test_links_inside_single_labels_do_not_serve_both_conditions():
    """As printed: stitched by team and by year, .97 and .94, but .30 for both together by one hop."""
    rows = re.findall(r"^ +(\d+)" + r" +([\d.]+) / *\d+" * 4, printed("label_links"), re.M)
    stitched = {int(r[0]): (float(r[3]), float(r[4])) for r in rows}
    assert stitched == {1556: (0.94, 1.0), 387: (0.97, 1.0), 72: (0.30, 0.99)}


def test_the_product_of_shares_errs_both_ways_and_bitmaps_count():
    """Equal conditions: the product is too small; excluding ones: too large; the bitmap is exact."""
    first = np.arange(1000) % 10 == 0
    sample = np.arange(1000)
    assert estimates([first, first], sample) == pytest.approx((10, 100, 100))
    assert estimates([first, np.roll(first, 1)], sample) == pytest.approx((10, 0, 0))


def test_the_plan_follows_the_number_that_passes():
    """Few pass: scan. Some: two hops. Most: the plain walk."""
    assert [plan(n, 20_000) for n in (0, 600, 601, 7_999, 8_000)] == [
        "scan",
        "scan",
        "two hops",
        "two hops",
        "plain walk",
    ]


def test_every_range_is_a_few_aligned_blocks_and_two_short_ends():
    """Blocks and ends cover each row of the range once; at most two blocks of a length, ends below a leaf."""
    rng = np.random.default_rng(14)
    for low, high in [
        (0, 16 * LEAF),
        (0, 1),
        *np.sort(rng.integers(0, 10_000, (200, 2))).tolist(),
    ]:
        pieces, ends = blocks(low, high)
        rows = ends + [row for at, size in pieces for row in range(at, at + size)]
        assert sorted(rows) == list(range(low, high))
        assert all(at % size == 0 for at, size in pieces) and len(ends) < 2 * LEAF
        assert max(np.bincount([size // LEAF for _, size in pieces] or [0])) <= 2
    assert blocks(0, 16 * LEAF)[0] == [(0, 16 * LEAF)]


def test_blocks_pay_for_narrow_ranges_only_as_printed():
    """200 rows: .56 becomes 1.00 for fewer distances; 8,500 rows: .99 was there for a fifth of them."""
    rows = re.findall(
        r"^ +(\d+) +([\d.]+) / *(\d+) +([\d.]+) / *(\d+)", printed("range_blocks"), re.M
    )
    first, last = ([float(v) for v in rows[i]] for i in (0, -1))
    assert first[:2] == [200, 0.56] and first[3] == 1.0 and first[4] < first[2]
    assert last[:2] == [8500, 0.99] and last[4] > 4 * last[2]


def test_a_tenant_kept_together_needs_the_fewest_pages():
    """20 vectors a page: 60 neighbours fill 3 pages, 60 scattered ones touch 60; sizes fall as 1 / r."""
    assert pages(np.arange(60)) == 3 and pages(np.arange(0, 6000, 100)) == 60
    sizes = np.bincount(owners(50_000, 100, np.random.default_rng(12)))
    assert sizes[0] / sizes[9] == pytest.approx(10, rel=0.15)


def test_small_tenants_lose_recall_in_a_shared_graph_as_printed():
    """The work stays 598 distances, the recall falls with the tenant; an own graph has 1.00."""
    rows = re.findall(
        r"^ *\d+ +(\d+) +([\d.]+) +(\d+) +([\d.]+) ", printed("tenant_layouts"), re.M
    )
    recalls = [float(r[1]) for r in rows]
    assert recalls == sorted(recalls, reverse=True) and recalls[0] == 0.95 and recalls[-1] < 0.1
    assert {r[2] for r in rows} == {"598"} and {r[3] for r in rows} == {"1.00"}


def test_bitmaps_allow_what_a_loop_over_the_groups_allows():
    """The union of the groups' bitmaps is the set that the definition gives, with nesting and denial."""
    rng = np.random.default_rng(13)
    readers = [set(rng.choice(8, 2, replace=False).tolist()) for _ in range(203)]
    parents = {5: 2, 2: 0}
    rights = Rights(readers, parents)
    assert rights.groups({5}) == {5, 2, 0} and rights.groups({1}) == {1}
    assert (rights.allowed({5}) == rights.allowed({5, 2})).all()  # one set of rights
    for member, denied in (({5}, set()), ({1, 7}, set()), ({5, 1}, {3}), (set(), set())):
        around = rights.groups(member)
        expected = [bool(g & around) and not g & denied for g in readers]
        bits = np.unpackbits(rights.allowed(member, denied), count=203).astype(bool)
        assert bits.tolist() == expected


def test_a_circle_of_groups_ends():
    """Groups that contain each other do not loop."""
    assert Rights([{0}], {0: 1, 1: 0}).groups({0}) == {0, 1}


def test_hidden_neighbours_cost_pages():
    """By hand: with the four nearest hidden, two allowed results take three pages of two, not one."""
    scores, allowed = np.array([9.0, 8, 7, 6, 5, 4]), np.array([0, 0, 0, 0, 1, 1], dtype=bool)
    assert fetched(scores, allowed, 2, 2) == 6
    assert fetched(scores, np.ones(6, dtype=bool), 2, 2) == 2


def test_a_stranger_sees_which_topic_is_hidden_as_printed():
    """The three topics near the hidden words need more results; three others and a random set do not."""
    rows = re.findall(r"^([a-z]+) +(\d+) +(\d+) +(\d+)$", printed("hidden_by_work"), re.M)
    more = [name for name, none, near, _ in rows if int(near) > int(none)]
    assert more == ["acquisition", "takeover", "bankruptcy"]
    assert all(random == none == "10" for _, none, _, random in rows)
