"""docs/vector-databases/graphs.md"""

import faiss
import networkx
import numpy as np
import pytest

from snippets.vector_databases import (
    disk_reads,
    graph_deletes,
    hnsw_layers,
    hnsw_parameters,
    layers_or_not,
    nearest_or_diverse,
    robust_prune,
)
from snippets.vector_databases.hnsw_bytes import index_bytes, link_bytes, stored
from snippets.vector_databases.hnsw_from_scratch import HNSW
from snippets.vector_databases.hnsw_in_libraries import recall, with_faiss, with_usearch, words
from snippets.vector_databases.small_world_hops import gap, greedy_hops


@pytest.fixture(scope="module")
def glove():
    """800 words to index and 60 to look up, with their true neighbours."""
    base, queries = (np.ascontiguousarray(x) for x in np.split(words(860), [800]))
    return base, queries, np.argsort(-queries @ base.T)[:, :10]


@pytest.fixture(scope="module")
def index(glove):
    return HNSW(glove[0])


def test_recall_and_work_equal_those_of_faiss_and_usearch(glove, index):
    """With the same M and efConstruction: recall within .04 and distances within a tenth, at two efs."""
    base, queries, truth = glove
    for library in (with_faiss, with_usearch):
        for ef, (found, computed) in zip((20, 80), library(base, queries, [20, 80])):
            index.computed = 0
            ours = np.array([index.search(q, ef)[0][:10] for q in queries])
            assert abs(recall(ours, truth) - recall(found, truth)) < 0.04
            assert 0.9 < index.computed / len(queries) / computed < 1.1


def test_an_ef_as_large_as_the_data_is_exact(glove, index):
    """Then the beam remembers all that is reachable, and the answer is the true one."""
    base, queries, truth = glove
    assert recall(np.array([index.search(q, 800)[0][:10] for q in queries]), truth) == 1


def test_layers_are_nested_and_lists_are_capped(index):
    """Each layer is a subset of the one below; at most 2M links on layer 0, M above."""
    for layer, graph in enumerate(index.layers):
        assert layer == 0 or graph.keys() <= index.layers[layer - 1].keys()
        assert max(len(row) for row in graph.values()) <= (16 if layer == 0 else 8)


def test_levels_thin_out_by_m(index):
    """About one node in M = 8 reaches the next layer."""
    sizes = [len(graph) for graph in index.layers]
    assert 1 / 16 < sizes[1] / sizes[0] < 1 / 5


def test_the_heuristic_by_hand():
    """On a line, of neighbours at 1, 2 and -3 the one at 2 is dropped: 1 is nearer to it than 0 is."""
    spots = np.array([0.0, 1.0, 2.0, -3.0])
    similar = -np.abs(spots[:, None] - spots)
    assert nearest_or_diverse.diverse(similar - 99 * np.eye(4), 3)[0] == [1, 3]
    assert graph_deletes.diverse(0, {1, 2, 3}, similar) == [1, 3]
    assert robust_prune.robust_prune(-similar[0], -similar, 1.0, 3) == [1, 3]
    points = np.stack([spots, np.zeros(4)], axis=1)
    assert hnsw_layers.links(points, [0, 1, 2, 3], 3)[0] == {1, 3}


def test_alpha_by_hand():
    """With alpha 2.1 the neighbour at 2 stays: 2.1 times its distance to 1 is more than its distance to 0."""
    spots = np.array([0.0, 1.0, 2.0, -3.0])
    far = np.abs(spots[:, None] - spots)
    assert robust_prune.robust_prune(far[0], far, 1.9, 3) == [1, 3]
    assert robust_prune.robust_prune(far[0], far, 2.1, 3) == [1, 2, 3]


def test_without_a_degree_limit_greedy_finds_every_point(glove):
    """RobustPrune over all points: a beam of one reaches each word from any start, for alpha 1 and 1.2."""
    base = glove[0][:250]
    far = robust_prune.distances(base, base)
    for alpha in (1.0, 1.2):
        graph = [robust_prune.robust_prune(row, far, alpha, 999) for row in far]
        for start in (0, 100, 249):
            for node, row in enumerate(far):
                assert robust_prune.beam(graph, row, start, 1)[0] == [node]


def test_more_alpha_means_more_links_and_fewer_steps(glove):
    """Mean degree rises and the nodes opened on the way to a word fall."""
    base = glove[0][:300]
    far, degree, opened = robust_prune.distances(base, base), [], []
    for alpha in (1.0, 1.2, 1.4):
        graph = [robust_prune.robust_prune(row, far, alpha, 999) for row in far]
        degree.append(np.mean([len(row) for row in graph]))
        opened.append(np.mean([robust_prune.beam(graph, row, 0, 1)[1] for row in far]))
    assert degree == sorted(degree) and opened == sorted(opened, reverse=True)


def test_harmonic_links_win_as_the_ring_grows():
    """r = 1 needs fewer steps than r = 0 and r = 2 at 4,096 nodes; all are below the bare ring's n / 4."""
    uniform, harmonic, short = (greedy_hops(4096, r, walks=150) for r in (0, 1, 2))
    assert harmonic < uniform < short < 4096 / 4


def test_the_gap_on_a_ring_goes_the_short_way():
    """From 1 to 9 on a ring of ten there are two steps."""
    assert gap(np.array([1]), np.array([9]), 10).tolist() == [2]


def test_nearest_links_alone_leave_words_unreachable(glove):
    """One-way links to the 8 nearest miss words that both ways reach; networkx agrees on the count."""
    base = glove[0]
    similar = base @ base.T - 9 * np.eye(len(base))
    one_way = nearest_or_diverse.nearest(similar, 8)
    for graph in (one_way, nearest_or_diverse.both_ways(one_way)):
        reached = len(nearest_or_diverse.search(graph, np.zeros(800), 800)[0])
        links = networkx.DiGraph([(a, b) for a, row in enumerate(graph) for b in row])
        assert reached == len(networkx.descendants(links, 0)) + 1
    assert reached == 800
    assert len(nearest_or_diverse.search(one_way, np.zeros(800), 800)[0]) < 800


def test_greedy_stops_only_where_no_neighbour_is_nearer():
    """The last node of a path is a local minimum, and distances fall along the path."""
    points = np.random.default_rng(1).random((40, 2))
    graph = hnsw_layers.links(points, list(range(40)), 4)
    far = np.linalg.norm(points - 0.5, axis=1)
    for start in range(40):
        path, measured = hnsw_layers.greedy(graph, far, start)
        assert all(far[a] > far[b] for a, b in zip(path, path[1:]))
        assert far[path[-1]] <= min(far[n] for n in graph[path[-1]])
        assert measured <= 40


def test_the_byte_formula_is_faiss_s_file():
    """Within one per cent of what faiss serialises, for three shapes."""
    for count, dimensions, m in ((1000, 50, 8), (1500, 64, 16), (800, 128, 32)):
        assert (
            abs(index_bytes(count, 4 * dimensions, m) / stored(count, dimensions, m) - 1) < 0.01
        )


def test_link_bytes_by_hand():
    """M = 16: 32 ids below and 16 / 15 of an id above, four bytes each."""
    assert link_bytes(16) == pytest.approx(4 * (32 + 16 / 15))


def deletion_case(glove) -> tuple:
    base, queries, _ = glove
    similar, scores = base @ base.T, queries @ base.T
    near = np.argsort(-similar)[:, :60].tolist()
    graph = {n: graph_deletes.diverse(n, set(row), similar) for n, row in enumerate(near)}
    dead = set(np.random.default_rng(0).permutation(np.arange(1, 800))[:480].tolist())
    return graph, dead, similar, scores


def test_tombstones_cost_work_and_cut_edges_cost_recall(glove):
    """With 60 % deleted: tombstones score more than repair does, cut edges recall least."""
    graph, dead, similar, scores = deletion_case(glove)
    alive = [n not in dead for n in range(800)]
    truth = np.argsort(-np.where(alive, scores, -9))[:, :10]
    cut = {n: row for n, row in graph.items() if n not in dead}
    got, work = {}, {}
    for name, g in (
        ("tomb", graph),
        ("cut", cut),
        ("repair", graph_deletes.repaired(graph, dead, similar)),
    ):
        runs = [graph_deletes.search(g, s, dead) for s in scores]
        got[name] = np.mean([np.isin(t, r).mean() for t, (r, _) in zip(truth, runs)])
        work[name] = np.mean([n for _, n in runs])
        assert all(n not in dead for r, _ in runs for n in r)
    assert got["tomb"] > got["repair"] > got["cut"] + 0.1
    assert work["tomb"] > work["repair"] > work["cut"]


def test_a_repaired_graph_names_no_dead_node(glove):
    """Every link of the repaired graph leads to a living node."""
    graph, dead, similar, _ = deletion_case(glove)
    repaired = graph_deletes.repaired(graph, dead, similar)
    assert not any(dead.intersection(row) for row in repaired.values())


def test_repair_in_small_batches_keeps_more_than_all_at_once(glove):
    """60 % deleted in one stroke or in twenty batches, each repaired."""
    graph, dead, similar, scores = deletion_case(glove)
    truth = np.argsort(-np.where([n in dead for n in range(800)], -9, scores))[:, :10]
    got, order = {}, sorted(dead)
    np.random.default_rng(1).shuffle(order)
    for size in (480, 24):
        repaired = graph
        for at in range(0, 480, size):
            repaired = graph_deletes.repaired(repaired, set(order[at : at + size]), similar)
        runs = [graph_deletes.search(repaired, s, dead)[0] for s in scores]
        got[size] = np.mean([np.isin(t, r).mean() for t, r in zip(truth, runs)])
    assert got[24] > got[480] + 0.015


def test_recall_falls_as_the_collection_grows():
    """Same queries, same parameters, random parts of the words: recall falls, work grows slowly."""
    rows = words(8500)[np.random.default_rng(0).permutation(8500)]
    queries, got = np.ascontiguousarray(rows[8000:]), []
    for count in (1000, 8000):
        base = np.ascontiguousarray(rows[:count])
        truth = faiss.knn(queries, base, 10)[1]
        got.append(
            hnsw_parameters.measured(hnsw_parameters.built(base, 8, 40), queries, truth, 20)
        )
    assert got[1][0] < got[0][0] - 0.01 and got[0][1] < got[1][1] < 2 * got[0][1]


def test_without_layers_faiss_keeps_every_node_on_level_0():
    """The page's flat index really has one layer, and the layered one has more."""
    base = layers_or_not.datasets(600)["random, d = 2"]
    flat, layered = (layers_or_not.built(base, x) for x in (False, True))
    assert faiss.vector_to_array(flat.hnsw.levels).max() == 1
    assert flat.hnsw.max_level == 0 < layered.hnsw.max_level


def test_layers_save_work_in_the_plane_only(glove):
    """In two dimensions they save distances; for words the two are within five per cent."""
    work = {}
    for name, rows in layers_or_not.datasets(4200).items():
        base, queries = rows[:4000], rows[4000:]
        truth = faiss.knn(queries, base, 10)[1]
        work[name] = [
            layers_or_not.measured(layers_or_not.built(base, x), queries, truth)[1]
            for x in (True, False)
        ]
    plane, vocabulary = work["random, d = 2"], work["words, d = 50"]
    assert plane[1] > 1.1 * plane[0] and 0.95 < vocabulary[1] / vocabulary[0] < 1.05


def test_ef_and_m_both_buy_recall_with_distances(glove):
    """Recall and work rise with efSearch at one M, and with M at one efSearch."""
    base, queries, truth = glove
    thin, thick = (hnsw_parameters.built(base, m, 80) for m in (4, 16))
    low, high = (hnsw_parameters.measured(thin, queries, truth, ef) for ef in (10, 80))
    wide = hnsw_parameters.measured(thick, queries, truth, 10)
    assert low < high and low < wide and low[1] < high[1] and low[1] < wide[1]


def test_wider_rounds_mean_fewer_rounds_and_reads_repair_the_codes(glove):
    """Four reads at once cut the rounds to less than half; exact distances of what was read beat the codes."""
    base, queries, truth = glove
    coded = np.sign(base)
    graph = disk_reads.vamana_like(base @ base.T)
    rough, full = -(queries @ coded.T), -(queries @ base.T)
    runs = {w: [disk_reads.search(graph, r, 0, 30, w) for r in rough] for w in (1, 4)}
    rounds = {w: np.mean([run[1] for run in each]) for w, each in runs.items()}
    assert rounds[4] < rounds[1] / 2
    assert all(run[1] == len(run[0]) for run in runs[1])
    by_code = np.mean([np.isin(t, run[2][:10]).mean() for t, run in zip(truth, runs[4])])
    read = [sorted(run[0], key=lambda n: f[n])[:10] for f, run in zip(full, runs[4])]
    assert recall(np.array(read), truth) > by_code + 0.1
