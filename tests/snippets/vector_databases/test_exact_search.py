"""Claims of docs/vector-databases/exact-search.md."""

import re
from math import comb, log

import faiss
import numpy as np
import pytest
from usearch.index import search as usearch_search

from snippets.vector_databases import exact_rounding, mips_by_ivf, two_recalls
from snippets.vector_databases.flat_roofline import MACHINES, ridge, scan_seconds
from snippets.vector_databases.flat_search import Flat
from snippets.vector_databases.index_break_even import break_even, grow
from snippets.vector_databases.metric_overlap import dot_to_l2, l2_to_dot, squared, unit
from snippets.vector_databases.metric_winners import POINTS, QUERY, cosine, dot, minus_l2
from snippets.vector_databases.partial_distances import principal, pruned_search, tails
from snippets.vector_databases.recall_definitions import by_distance, by_id
from snippets.vector_databases.simd_lanes import instructions, lane_dot
from snippets.vector_databases.topk_updates import expected_changes, merge, top_k
from tools.outputs import SNIPPETS


def random(rows: int, width: int = 12, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32)


def printed(name: str) -> str:
    return (SNIPPETS / "vector_databases" / f"{name}.out").read_text("utf-8")


@pytest.fixture
def flat() -> Flat:
    index = Flat(12)
    index.add(np.arange(100, 600), random(500))
    return index


def test_flat_search_equals_faiss_and_usearch(flat):
    """The matrix product with a partition returns the ids of Faiss's IndexFlatIP and usearch's exact search."""
    queries, theirs = random(40, seed=1), faiss.IndexFlatIP(12)
    theirs.add(flat.rows)
    ours = flat.search(queries, 7)
    assert np.array_equal(ours, flat.ids[theirs.search(queries, 7)[1]])
    other = usearch_search(flat.rows, queries, 7, metric="ip", exact=True).keys
    assert np.array_equal(ours, flat.ids[other.astype(int)])


def test_a_filter_is_exact_and_a_delete_moves_one_row(flat):
    """With a mask the best of the allowed rows come back and -1 where they run out; a deleted id never, all others still."""
    query = random(1, seed=2)
    everything = flat.search(query, 500)[0]
    even = [i for i in everything if i % 2 == 0][:5]
    assert flat.search(query, 5, flat.ids % 2 == 0)[0].tolist() == even
    few = flat.search(query, 5, np.isin(flat.ids, even[:3]))[0]
    assert few.tolist() == [*even[:3], -1, -1]
    flat.delete(int(everything[0]))
    assert flat.search(query, 499)[0].tolist() == everything[1:].tolist()


def test_three_metrics_have_three_winners_and_agree_at_length_one():
    """By hand for (2, 1): cosine takes short, dot product long (7.5), L2 near (distance² .53)."""
    items = np.array([*POINTS.values()])
    assert [int(f(QUERY, items).argmax()) for f in (cosine, dot, minus_l2)] == [0, 2, 1]
    assert dot(QUERY, items)[0, 2] == pytest.approx(7.5)
    assert minus_l2(QUERY, items)[0, 1] == pytest.approx(-0.53)
    level = unit(items)
    orders = [f(QUERY, level).argsort().tolist() for f in (cosine, dot, minus_l2)]
    assert orders[0] == orders[1] == orders[2]


def test_the_length_of_the_query_changes_no_ranking():
    """Scaling a query leaves the dot product's order alone; scaling a stored vector does not."""
    x, q = random(50).astype(float), random(1, seed=3).astype(float)
    assert (dot(q, x).argsort() == dot(9 * q, x).argsort()).all()
    items = np.array([*POINTS.values()])
    assert dot(QUERY, items).argmax() == 2 and dot(QUERY, items / [[1], [1], [9]]).argmax() == 1


def test_each_metric_becomes_another_by_one_coordinate():
    """Dot product by L2 and L2 by dot product give the original's whole ranking on raw vectors."""
    x, q = random(300).astype(float), random(30, seed=4).astype(float)
    assert (squared(*dot_to_l2(q, x)).argsort() == (-q @ x.T).argsort()).all()
    a, b = l2_to_dot(q, x)
    assert ((-a @ b.T).argsort() == squared(q, x).argsort()).all()
    longer = dot_to_l2(q, x)[1]
    assert np.allclose(np.linalg.norm(longer, axis=1), np.linalg.norm(x, axis=1).max())


def test_the_reduction_sends_queries_to_the_longest_vectors_first():
    """With a few very long vectors the first list is theirs for nearly all queries; the index for inner products is not fooled."""
    x, q = random(6000, 20), random(200, 20, seed=5)
    x[:8] *= 5
    reduced, share, size = mips_by_ivf.measure(
        *mips_by_ivf.dot_to_l2(q, x), faiss.METRIC_L2, [1, 128]
    )
    native = mips_by_ivf.measure(q, x, faiss.METRIC_INNER_PRODUCT, [1, 128])
    assert share > 0.9 and size < 60 and native[1] < 0.5
    assert reduced[1] == pytest.approx(1, abs=0.01) and native[0][1] == 1


def test_a_graph_pays_after_about_a_thousand_queries_as_counted():
    """At 300 vectors a query computes four fifths of a scan, at 12,000 a seventeenth; about 1,000 queries pay for building."""
    assert break_even(9000, 100, 1000) == 10
    words = unit(random(1000, 50))
    index, spent = grow(words)
    each = index.search(words[:100], 10, threads=1).computed_distances / 100
    assert each < 1000 and break_even(spent, each, 1000) > 100
    rows = re.findall(
        r"^ *([\d,]+) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)",
        printed("index_break_even"),
        re.M,
    )
    assert [float(r[4]) for r in rows] == pytest.approx([0.7, 0.6, 0.7, 1.0], abs=0.11)
    assert float(rows[0][2]) / float(rows[0][1]) == pytest.approx(0.8, abs=0.05)
    assert float(rows[-1][1]) / float(rows[-1][2]) == pytest.approx(17, abs=1)


def test_the_arithmetic_of_budgets():
    """10 ms at 40 GB/s read 130,000 vectors of 768 floats, at 461 GB/s 1.5 million; a million are 3.07 GB."""
    small, large = MACHINES["4 cores, 40 GB/s"], MACHINES["96 cores, 461 GB/s"]
    assert scan_seconds(130_000, 768, 1, *small) == pytest.approx(0.01, rel=0.01)
    assert scan_seconds(520_000, 768, 1, *small[:2], 1) == pytest.approx(0.01, rel=0.01)
    assert scan_seconds(1_500_000, 768, 1, *large) == pytest.approx(0.01)
    assert large[0] == 12 * 4800e6 * 8  # channels, transfers, bytes
    assert small[1] == pytest.approx(4 * 4e9 * 16 * 2, rel=0.03)  # one 16-lane FMA a cycle
    assert large[1] == pytest.approx(96 * 2.4e9 * 16 * 2, rel=0.06)
    assert 1e8 * 96 / small[0] == pytest.approx(0.24)
    assert 1e8 * 96 / large[0] == pytest.approx(0.021, abs=5e-4)
    assert pytest.approx(150e6, rel=0.03) == 50_000 * 3072


def test_a_scan_is_flat_up_to_the_ridge_and_proportional_after_it():
    """Reading bounds a small batch, arithmetic a large one, and they are equal at the ridge."""
    for machine in MACHINES.values():
        edge = ridge(*machine)
        one, at, twice = (scan_seconds(10**6, 768, q, *machine) for q in (1, edge, 2 * edge))
        assert one == pytest.approx(at) and twice == pytest.approx(2 * at)
    small = MACHINES["4 cores, 40 GB/s"]
    assert scan_seconds(10**6, 768, 1, *small) == pytest.approx(3.072e9 / 40e9)
    assert [round(ridge(*m)) for m in MACHINES.values()] == [25, 30, 40, 295]


@pytest.mark.parametrize("lanes", [1, 8, 16, 64])
def test_lanes_give_the_dot_product_up_to_rounding(lanes):
    """Sums in lanes are the dot product; 768 numbers take 768 / lanes steps, in chains of 6 with eight sums."""
    a, b = random(20, 50), random(20, 50, seed=6)
    exact = (a.astype(float) * b).sum(axis=1)
    assert lane_dot(a, b, lanes) == pytest.approx(exact, abs=1e-4)
    assert instructions(768, lanes, 1)[0] == 768 // lanes
    assert instructions(768, 16, 8) == (48, 6)


def test_another_number_of_lanes_rounds_differently():
    """Most scores are not the same bits with 8 lanes as with one."""
    a, b = random(2000, 50), random(2000, 50, seed=7)
    assert 0.05 < np.mean(lane_dot(a, b, 8) == lane_dot(a, b, 1)) < 0.6


def test_the_heap_returns_the_best_k_with_ties_by_id():
    """Equal to a full sort by (score, id), also with many ties, and so are merged parts."""
    scores = np.random.default_rng(0).integers(0, 50, 1000).tolist()
    wanted = sorted(range(1000), key=lambda i: (-scores[i], i))[:20]
    assert top_k(scores, 20)[0] == wanted
    parts = []
    for start in range(0, 1000, 250):
        best = top_k(scores[start : start + 250], 20)[0]
        parts.append([(scores[start + i], start + i) for i in best])
    assert merge(parts, 20) == wanted


def test_the_heap_changes_k_log_n_over_k_times_in_random_order():
    """The exact expectation is near k(1 + ln N/k), and shuffled scores come near to it; sorted ones always enter."""
    assert expected_changes(40_000, 10) == pytest.approx(10 * (1 + log(4000)), rel=0.01)
    rng = np.random.default_rng(1)
    counts = [len(top_k(rng.random(4000).tolist(), 10)[1]) for _ in range(50)]
    assert np.mean(counts) == pytest.approx(expected_changes(4000, 10), rel=0.05)
    assert len(top_k(list(range(500)), 10)[1]) == 500


def test_nan_spoils_a_heap_only_if_it_comes_first():
    """A later NaN never displaces anything; one among the first k stays."""
    nan = float("nan")
    assert top_k([1, 3, 2, nan, 5], 2)[0] == [4, 1]
    assert 0 in top_k([nan, 1.0, 2.0, 3.0], 2)[0]


def test_numpy_sorts_nan_last_and_so_first_when_reversed():
    """NumPy sorts NaN last, so a reversed sort returns it first."""
    assert np.isnan(np.sort(np.array([1, np.nan, 2]))[::-1][0])


def test_the_expansion_cancels_far_from_the_origin_and_centring_repairs_it():
    """Both formulas agree near zero; at a shift of 10,000 only the direct one finds the neighbours."""
    x, q = random(2000, 50), random(1, 50, seed=8)[0]
    truth = ((x - q).astype(float) ** 2).sum(axis=1).argsort()[:10]
    for shift, good in ((0, True), (10_000, False)):
        a, b = x + np.float32(shift), q + np.float32(shift)
        assert len(set(exact_rounding.direct(b, a).argsort()[:10]) & set(truth)) >= 9
        found = set(exact_rounding.expanded(b, a).argsort()[:10]) & set(truth)
        assert (found == set(truth)) if good else len(found) <= 3
    middle = a.mean(axis=0)
    centred = exact_rounding.expanded(b - middle, a - middle).argsort()[:10]
    assert len(set(centred) & set(truth)) >= 9


def test_for_inner_products_only_the_stored_side_may_be_centred():
    """Subtracting the mean from the stored vectors keeps every order of dot products; from both sides it does not."""
    x, q = random(500).astype(float) + 3, random(20, seed=13).astype(float) + 3
    middle, order = x.mean(axis=0), (-dot(q, x)).argsort()
    assert (order == (-dot(q, x - middle)).argsort()).all()
    assert (order[:, 0] != (-dot(q - middle, x - middle)).argsort()[:, 0]).any()


def test_faiss_answers_by_the_number_of_threads():
    """One flat index, one query: exact with one thread, not with two, when lengths are large; at zero no difference."""
    x, q = random(10_000, 50), random(20, 50, seed=9)
    truth = squared(q.astype(float), x.astype(float)).argsort()[:, :10]
    recalls = {}
    before = faiss.omp_get_max_threads()
    for shift in (0, 10_000):
        index = faiss.IndexFlatL2(50)
        index.add(x + np.float32(shift))
        for threads in (1, 2):
            faiss.omp_set_num_threads(threads)
            rows = [index.search(r[None] + np.float32(shift), 10)[1][0] for r in q]
            recalls[shift, threads] = exact_rounding.recall(np.array(rows), truth)
    faiss.omp_set_num_threads(before)
    assert recalls[0, 1] == recalls[0, 2] == 1
    assert recalls[10_000, 1] > 0.9 and recalls[10_000, 2] < 0.3


def test_pruning_returns_what_a_full_scan_returns_and_reads_less_after_rotation():
    """On stretched data the rotated search reads less than half, and loses nothing; equal to Faiss's Panorama index."""
    stretch = 0.85 ** np.arange(40)
    mix = np.linalg.qr(random(40, 40, seed=10).astype(float))[0]
    x, queries = (random(n, 40, seed=s) * stretch @ mix for n, s in ((3000, 11), (20, 12)))
    turn = principal(x)
    shares = []
    panorama = faiss.IndexFlatIPPanorama(40, 5)
    panorama.add((x @ turn).astype(np.float32))
    theirs = panorama.search((queries @ turn).astype(np.float32), 10)[1]
    for r in (np.eye(40), turn):
        left = tails(x @ r, 8)
        runs = [pruned_search(q @ r, x @ r, left, 8, 10) for q in queries]
        for (found, _), q, their in zip(runs, queries, theirs):
            assert set(found) == set(np.argsort(-x @ q)[:10]) == set(their)
        shares.append(np.mean([read for _, read in runs]) / x.size)
    assert shares[1] < 0.5 < shares[0]


def test_tails_hold_what_is_left_of_each_length():
    """By hand: (3, 4, 0, 12) in blocks of two leaves 169, 144 and nothing."""
    assert tails(np.array([[3.0, 4, 0, 12]]), 2).tolist() == [[169, 144, 0]]


def test_one_list_has_four_recalls():
    """By hand: the list of the page scores 0, 1, .8, 1 and .6 by the five definitions."""
    truth, found = [3, 1, 4, 5, 9, 2, 6, 8, 7, 0], [1, 4, 3, 11, 9, 12, 5, 13, 14, 2]
    pairs = ((1, 1), (1, 10), (5, 5), (5, 10), (10, 10))
    assert [by_id(found, truth, w, k) for w, k in pairs] == [0, 1, 0.8, 1, 0.6]


def test_duplicates_ruin_recall_by_id_and_not_by_distance():
    """Copies that tie at the k-th place: no id in common, and every distance right."""
    assert by_id([5, 6], [1, 2], 2, 2) == 0
    assert by_distance(np.array([0.3, 0.3]), np.array([0.3, 0.3]), 2) == 1
    assert by_distance(np.array([0.3, 0.4]), np.array([0.3, 0.3]), 2) == 0.5
    for copies, share in ((1, 1.0), (4, 0.8), (20, 0.0)):
        assert f"vector {copies:2}: recall@10 by id {share:.2f}, by distance 1.00" in printed(
            "recall_definitions"
        )


def test_the_two_recalls_by_hand():
    """Two of three exact neighbours found, and the answer among them or not."""
    found, exact = np.array([[0, 1, 5]]), np.array([[0, 1, 2]])
    assert two_recalls.ann_recall(found, exact) == pytest.approx(2 / 3)
    relevant = np.zeros((1, 6), bool)
    relevant[0, 2] = True
    assert (
        not two_recalls.answered(found, relevant)[0]
        and two_recalls.answered(exact, relevant)[0]
    )


def test_equal_agreement_answers_unequally():
    """As printed: 1-bit codes and blind spots agree alike, keep other neighbours and answer 62 and 53 of 81."""
    rows = {
        name.strip(): values.split()
        for name, values in re.findall(r"^(.{20}) +(\d.*)$", printed("two_recalls"), re.M)
    }
    bit, blind = rows["1-bit codes"], rows["every fifth missed"]
    assert abs(float(bit[0]) - float(blind[0])) < 0.04
    assert [int(v) for v in bit[1:]] == [80, 44, 62, 2, 7]
    assert [int(v) for v in blind[1:]] == [64, 64, 53, 2, 16]


def test_the_sign_tests_of_the_page():
    """Nine discordant pairs, two and seven, have p .18; eighteen, two and sixteen, about .001."""

    def p(few: int, all_pairs: int) -> float:
        return 2 * sum(comb(all_pairs, i) for i in range(few + 1)) / 2**all_pairs

    assert p(2, 9) == pytest.approx(0.18, abs=0.005) and p(2, 18) < 0.002
