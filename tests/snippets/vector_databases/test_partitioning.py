"""Claims of docs/vector-databases/partitioning.md."""

import re
from collections import Counter

import faiss
import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.neighbors import KDTree

from snippets.vector_databases import partitions_compared
from snippets.vector_databases.border_margin import borders, squared
from snippets.vector_databases.ivf_drift import lloyd as cluster
from snippets.vector_databases.ivf_drift import split
from snippets.vector_databases.ivf_from_scratch import IVF
from snippets.vector_databases.kd_tree_dimensions import compared, contrast
from snippets.vector_databases.kmeans_lists import imbalance, lloyd
from snippets.vector_databases.lsh_collisions import candidate, share, signatures
from snippets.vector_databases.lsh_tables import keys, measure, probes
from snippets.vector_databases.nprobe_recall import curve
from snippets.vector_databases.rp_forest import candidates, grow
from snippets.vector_databases.spilled_lists import soar
from snippets.vector_databases.voronoi_border import bisector, nearest
from tools.outputs import SNIPPETS


def unit(rows: int, width: int = 12, seed: int = 0) -> np.ndarray:
    """Clustered directions: normal noise around ten random centres."""
    rng = np.random.default_rng(seed)
    x = (
        rng.normal(size=(10, width))[rng.integers(0, 10, rows)]
        + rng.normal(size=(rows, width)) / 2
    )
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def exact(base: np.ndarray, queries: np.ndarray, k: int = 10) -> np.ndarray:
    return squared(queries, base).argsort(axis=1)[:, :k]


def printed(name: str) -> str:
    return (SNIPPETS / "vector_databases" / f"{name}.out").read_text("utf-8")


@pytest.fixture(scope="module")
def index() -> IVF:
    return IVF(unit(2000), cells=20)


@pytest.mark.parametrize("nprobe", [1, 3, 20])
def test_ivf_finds_what_faiss_finds_with_the_same_centroids(index, nprobe):
    """With equal centroids, IVF from scratch and Faiss's IndexIVFFlat return the same neighbours."""
    quantizer = faiss.IndexFlatL2(12)
    theirs = faiss.IndexIVFFlat(quantizer, 12, 20)
    quantizer.add(index.centroids.astype(np.float32))
    theirs.is_trained = True
    theirs.add(index.vectors.astype(np.float32))
    theirs.nprobe = nprobe
    queries = unit(50, seed=1)
    _, ids = theirs.search(queries.astype(np.float32), 5)
    ours = np.array([index.search(q, 5, nprobe)[0] for q in queries])
    assert (ours == ids).mean() > 0.99


def test_ivf_with_all_lists_is_exact_and_every_vector_is_in_one_list(index):
    """Probing every list is a full scan, and the lists partition the vectors."""
    assert sorted(np.concatenate(index.lists)) == list(range(2000))
    queries = unit(20, seed=2)
    for query, true in zip(queries, exact(index.vectors, queries), strict=True):
        found, scanned = index.search(query, 10, nprobe=20)
        assert scanned == 2000 and found.tolist() == true.tolist()


def test_faiss_probes_one_list_by_default():
    """Faiss starts with nprobe 1, 25 rounds of k-means and 39 to 256 training points a centroid."""
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(4), 4, 2)
    options = faiss.ClusteringParameters()
    assert index.nprobe == 1 and not index.is_trained and options.niter == 25
    assert (options.min_points_per_centroid, options.max_points_per_centroid) == (39, 256)


def test_recall_rises_with_probes_to_one_and_counts_the_centroids():
    """Recall never falls with nprobe, ends at 1, and full work is all vectors plus all centroids."""
    base, queries = unit(3000), unit(100, seed=3)
    points = curve(base, queries, exact(base, queries), cells=32)
    recalls, work = [p[1] for p in points], [p[2] for p in points]
    assert recalls == sorted(recalls) and recalls[-1] == 1 and work[-1] == 3032
    assert recalls[0] < 0.95


def test_the_cheapest_number_of_cells_is_the_root_of_probes_times_vectors():
    """C + pN/C is smallest at the square root of pN: 400 cells and 800 distances for N 20,000, p 8."""
    cost = {cells: cells + 8 * 20_000 / cells for cells in range(1, 2000)}
    assert min(cost, key=cost.get) == 400 and cost[400] == 800
    assert 256 + 8 * (20_000 // 256) == 880 and round(cost[256]) == 881
    assert 4000 + 16 * 1_000_000 // 4000 == 8000


def test_the_bisector_is_the_distance_to_the_border():
    """By hand: from (1, 1) with centroids (0, 0) and (4, 0) the border x = 2 is 1 away."""
    query, own, other = np.array([1.0, 1]), np.zeros(2), np.array([4.0, 0])
    assert bisector(query, own, other) == pytest.approx(1)
    assert borders(query[None], np.stack([own, other]))[0] == pytest.approx([0, 1])
    assert nearest(np.stack([own, other]), query) == 0


def test_a_cell_behind_a_far_border_holds_nothing_nearer():
    """No vector is nearer to a query than the border with that vector's cell."""
    base, queries = unit(2000), unit(40, seed=4)
    centroids = cluster(base, 16)
    cell = squared(base, centroids).argmin(axis=1)
    distance = np.sqrt(np.maximum(squared(queries, base), 0))
    assert (distance >= borders(queries, centroids)[:, cell] - 1e-6).all()


def test_certainty_needs_more_cells_as_dimensions_grow():
    """As printed: cells that must be read to be certain grow from 1 to 57 of 64; to find, from 1 to 6."""
    rows = re.findall(
        r"^ ?(\d+) dimensions +([\d.]+) +([\d.]+) +(\d+) +(\d+)$",
        printed("border_margin"),
        re.M,
    )
    assert [int(r[0]) for r in rows] == [2, 5, 10, 20, 50]
    assert [int(r[4]) for r in rows] == sorted(int(r[4]) for r in rows)
    assert (rows[0][4], rows[-1][4], rows[-1][3]) == ("1", "57", "6")


def test_lloyd_is_scikit_learns_k_means():
    """The same start and rounds give scikit-learn's centroids."""
    x = unit(1500)
    start = x[:12]
    theirs = KMeans(12, init=start, n_init=1, max_iter=5, tol=0, algorithm="lloyd").fit(x)
    assert lloyd(x, start, 5) == pytest.approx(theirs.cluster_centers_, abs=1e-8)


def test_the_imbalance_factor_is_faiss_own():
    """Lists of 3 and 1 have 1.25, equal lists 1, and Faiss computes the same for its lists."""
    assert imbalance(np.array([3, 1])) == 1.25 and imbalance(np.array([5, 5, 5])) == 1
    index = faiss.index_factory(12, "IVF8,Flat")
    x = unit(1000).astype(np.float32)
    index.train(x)
    index.add(x)
    sizes = np.array([index.invlists.list_size(i) for i in range(8)])
    assert imbalance(sizes) == pytest.approx(index.invlists.imbalance_factor())


def test_two_vectors_share_a_bit_with_one_minus_angle_over_pi():
    """Counted over planes, the share of equal bits is 1 - angle / π; at cosine 0.5 two thirds."""
    assert share(np.array(0.5)) == pytest.approx(2 / 3)
    pair = unit(2, seed=5)
    first, second = signatures(pair, np.random.default_rng(6).normal(size=(20_000, 12)))
    assert (first == second).mean() == pytest.approx(share(pair[0] @ pair[1]), abs=0.015)


def test_tables_find_a_pair_as_often_as_the_formula_says():
    """1 - (1 - s^b)^L, against counting shared buckets of 6 bits in 5 tables over many draws."""
    pair, rng = np.array([[1.0, 0], [0.8, 0.6]]), np.random.default_rng(7)
    met = [
        any(len(set(keys(pair, rng.normal(size=(6, 2))))) == 1 for _ in range(5))
        for _ in range(3000)
    ]
    assert np.mean(met) == pytest.approx(candidate(np.array(0.8), 6, 5), abs=0.03)


def test_probes_cross_the_nearest_planes():
    """The first probe is the query's own bucket; each other differs from it in one bit, nearest plane first."""
    planes, query = np.eye(3), np.array([0.9, -0.1, 0.5])
    assert probes(query, planes, 2).tolist() == [0b101, 0b111, 0b001]


def test_more_bits_lose_and_more_tables_and_probes_gain():
    """At equal tables more bits lower recall; more tables or crossed planes raise it."""
    base, queries = unit(2000), unit(50, seed=8)
    true = exact(base, queries)
    recall = {
        s: measure(base, queries, true, *s)[0]
        for s in ((4, 2, 0), (8, 2, 0), (8, 8, 0), (8, 2, 3))
    }
    assert recall[8, 2, 0] < recall[4, 2, 0]
    assert recall[8, 2, 0] < min(recall[8, 8, 0], recall[8, 2, 3])


def test_the_forest_finds_everything_without_a_budget():
    """With the budget of all vectors the queue opens every leaf; with a small one more trees help."""
    base, queries = unit(1500), unit(40, seed=9)
    trees = [grow(base, np.arange(1500), 20, np.random.default_rng(s)) for s in range(8)]
    assert candidates(queries[0], trees[:1], 1500)[0] == set(range(1500))
    true = exact(base, queries)

    def recall(count: int) -> float:
        found = [candidates(q, trees[:count], 100)[0] for q in queries]
        return float(np.mean([t in f for f, row in zip(found, true, strict=True) for t in row]))

    assert recall(8) > recall(1)


def test_an_exact_tree_compares_more_as_dimensions_grow():
    """The k-d tree is exact; its comparisons grow and the contrast of distances falls with dimensions."""
    noise = np.random.default_rng(10).random((3000, 20))
    work = [compared(noise[:2900, :d], noise[2900:, :d]) for d in (2, 6, 20)]
    gaps = [contrast(noise[:2900, :d], noise[2900:, :d]) for d in (2, 6, 20)]
    assert work == sorted(work) and work[-1] > 2500 > 200 > work[0]
    assert gaps == sorted(gaps, reverse=True)
    found = KDTree(noise[:2900], leaf_size=20).query(noise[2900:], k=10)[1]
    assert (np.sort(found) == np.sort(exact(noise[:2900], noise[2900:]))).all()


def test_each_partition_gives_one_distance_a_group_and_puts_the_own_group_first():
    """Vectors of a group are equally far, and a stored vector's own group is the nearest of all."""
    x = unit(600)
    for make, option in (("cells", 12), ("buckets", 5), ("leaves", 60)):
        far = getattr(partitions_compared, make)(x, x[:30], option)
        assert far.shape == (30, 600)
        assert (far[np.arange(30), np.arange(30)] <= far.min(axis=1) + 1e-12).all(), make
        assert len(Counter(far[0].round(9))) < 100, make


def test_finer_buckets_help_hashing():
    """With the same number of vectors compared, 9 bits find more neighbours than 5."""
    base, queries = unit(3000), unit(60, seed=11)
    true = exact(base, queries)

    def found(bits: int, tables: int = 4) -> float:
        far = np.min(
            [partitions_compared.buckets(base, queries, bits) for _ in range(tables)], axis=0
        )
        goal = np.take_along_axis(far, true, axis=1)
        return float(((far[:, None] <= goal[:, :, None]).sum(axis=2) <= 500).mean())

    assert found(9) > found(5)


def test_k_means_cells_come_first_in_the_printed_comparison():
    """At each budget one k-means partition has more recall than eight tables or eight trees."""
    rows = [line.split() for line in printed("partitions_compared").splitlines()[1:]]
    table = {" ".join(row[:3]): [float(v) for v in row[3:]] for row in rows}
    assert len(table) == 5
    for name, values in table.items():
        if name != "1 x cells":
            assert all(a > b for a, b in zip(table["1 x cells"], values, strict=True)), name


def test_soar_takes_the_orthogonal_cell_over_a_slightly_nearer_parallel_one():
    """By hand: residual along x; a second centroid further along x loses to one across it."""
    x = np.array([[1.0, 0.0]])
    centroids = np.array(
        [[0.0, 0], [2.1, 0], [1.0, 1.2]]
    )  # r = (1, 0); r' = (-1.1, 0) or (0, -1.2)
    assert soar(x, centroids, weight=0).tolist() == [1]
    assert soar(x, centroids, weight=1).tolist() == [2]
    assert (
        soar(unit(200), unit(9, seed=12)).tolist()
        != squared(unit(200), unit(9, seed=12)).argmin(1).tolist()
    )


def test_two_copies_save_half_the_reads_and_no_work():
    """As printed: three lists of two copies find what six of one find, for as many vectors."""
    rows = {
        line[:26].strip(): [
            float(v.replace(",", "")) for v in re.findall(r"[\d.,]+", line[26:])
        ]
        for line in printed("spilled_lists").splitlines()[2:]
    }
    one, soared = rows["nearest cell only"], rows["nearest and SOAR's choice"]
    assert (one[0], soared[0]) == (1, 2) and soared[3] == one[5] == 0.9
    assert 1 < soared[4] / one[6] < 1.05
    plain = rows["nearest and second"]
    assert all(abs(a - b) < 0.011 for a, b in zip(plain[1::2], soared[1::2], strict=True))


def test_splitting_ends_with_short_lists_and_keeps_the_other_centroids():
    """After the split no list is longer than allowed, and centroids of short lists are still there."""
    base = np.concatenate([unit(1000), unit(1500, seed=13) * 0.2 + 0.9])
    centroids = cluster(unit(1000), 10)
    sizes = np.bincount(squared(base, centroids).argmin(axis=1), minlength=10)
    after = split(base, centroids, most=200)
    assert sizes.max() > 200 >= np.bincount(squared(base, after).argmin(axis=1)).max()
    kept = [c for c in centroids if (np.abs(after - c).sum(axis=1) < 1e-12).any()]
    assert len(kept) >= 8 and len(after) > 10


def test_drift_costs_recall_and_reads_as_printed():
    """Rare words added to old cells: .59 for their queries; splitting gives .77, retraining .73 for fewer reads."""
    rows = dict(
        re.findall(
            r"^(\w+, [\w ]+?) +\d+ +\d+ +[\d.]+ / +[\d,]+ +([\d.]+ / +[\d,]+)$",
            printed("ivf_drift"),
            re.M,
        )
    )
    value = {
        name: (float(v.split("/")[0]), int(v.split("/")[1].replace(",", "")))
        for name, v in rows.items()
    }
    aged, cut, again = (
        value[n]
        for n in ("common, rare words added", "common, long lists split", "both, again 100")
    )
    assert aged[0] < again[0] < cut[0] and again[1] < cut[1] < aged[1]
