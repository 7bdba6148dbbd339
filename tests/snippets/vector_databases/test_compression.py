"""Claims of docs/vector-databases/compression.md."""

import re

import faiss
import numpy as np
import pytest

from snippets.vector_databases import (
    adc_or_sdc,
    code_bytes,
    code_curves,
    opq_and_residual,
    opq_grid,
    pq_too_few,
    rabitq,
    rabitq_spread,
    rerank_candidates,
    sq_ranges,
)
from snippets.vector_databases.pq_from_scratch import PQ
from tools.outputs import SNIPPETS

faiss.omp_set_num_threads(1)
pytestmark = pytest.mark.filterwarnings("ignore:One of the clusters is empty")


def vectors(rows: int, width: int = 16, seed: int = 0) -> np.ndarray:
    """Clustered rows of length one that float32 holds exactly."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(20, width))[rng.integers(0, 20, rows)] + rng.normal(size=(rows, width))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x.astype(np.float32).astype(float)


def printed(name: str) -> list[str]:
    return (SNIPPETS / "vector_databases" / f"{name}.out").read_text("utf-8").splitlines()


def numbers(line: str) -> list[float]:
    """The numbers at the end of a printed row."""
    return [float(n) for n in re.findall(r"(?<![\w.])[+-]?\d+(?:\.\d+)?(?![\w.])", line)]


@pytest.mark.parametrize(("bits", "kind"), [(8, "SQ8"), (4, "SQ4")])
def test_scalar_codes_are_faiss_own(bits, kind):
    """With a range for each dimension, the values read back are those of faiss's scalar quantiser."""
    x = vectors(500)
    index = faiss.index_factory(16, kind)
    index.train(x.astype(np.float32))
    theirs = index.sa_decode(index.sa_encode(x.astype(np.float32)))
    low, width = sq_ranges.ranges(x, "dimension")
    ours = sq_ranges.decode(sq_ranges.encode(x, low, width, bits), low, width, bits)
    inner = (x > low) & (x < low + width)  # at the very top, rounding decides
    assert (np.abs(ours - theirs) < 1e-5)[inner].mean() > 0.999


def test_scalar_quantisation_by_hand():
    """0.12 in the range from -0.5 to 0.5 has the four-bit code 9, read back as 0.133; 7 is clipped to 15."""
    low, width = np.array([-0.5]), np.array([1.0])
    assert sq_ranges.encode(np.array([0.12, 7.0]), low, width, 4).tolist() == [9, 15]
    assert sq_ranges.decode(np.array([9]), low, width, 4)[0] == pytest.approx(0.133, abs=1e-3)


def test_a_range_for_each_vector_is_never_left_and_a_wrong_range_costs_more_than_bits():
    """Ranges of each vector clip nothing; ranges of a narrow sample lose more than going from 8 to 4 bits."""
    x, q = vectors(1500), vectors(60, seed=1)
    low, width = sq_ranges.ranges(x, "vector")
    assert ((x >= low) & (x <= low + width + 1e-12)).all()
    true = sq_ranges.nearest(q, x)

    def kept(sample: np.ndarray, bits: int) -> float:
        low, width = sq_ranges.ranges(sample, "dimension")
        back = sq_ranges.decode(sq_ranges.encode(x, low, width, bits), low, width, bits)
        return sq_ranges.kept(true, sq_ranges.nearest(q, back))

    assert kept(x[:5], 8) < kept(x, 4) < kept(x, 8)


def test_printed_ranges():
    """As printed: 100 words' ranges give .81 and .80; common words' on rare ones .70, their own .98."""
    rows = [numbers(line.split("%")[1]) for line in printed("sq_ranges") if "%" in line]
    assert rows == [[0.81, 0.80], [0.99, 0.87], [0.70, 0.62], [0.98, 0.80]]


def test_product_codes_and_distances_are_faiss_own():
    """With the same centroids, codes and table distances equal those of faiss's IndexPQ."""
    x, q = vectors(800), vectors(10, seed=2)
    ours = PQ(x, blocks=4, size=256, rounds=3)
    index = faiss.IndexPQ(16, 4, 8)
    faiss.copy_array_to_vector(np.ravel(ours.books).astype(np.float32), index.pq.centroids)
    index.is_trained = True
    index.add(x.astype(np.float32))
    theirs = faiss.vector_to_array(index.codes).reshape(-1, 4)
    assert (ours.encode(x) == theirs).mean() > 0.999
    distances, ids = index.search(q.astype(np.float32), 5)
    for query, far, found in zip(q, distances, ids, strict=True):
        assert ours.distances(query, theirs)[found] == pytest.approx(far, abs=1e-4)
        assert np.sort(ours.distances(query, theirs))[:5] == pytest.approx(far, abs=1e-4)


def test_table_distances_are_distances_to_the_decoded_vectors():
    """Looking up and adding gives the squared distance to what the code decodes to."""
    x = vectors(300)
    pq = PQ(x, blocks=8, size=16, rounds=4)
    codes = pq.encode(x)
    direct = ((pq.decode(codes) - x[0]) ** 2).sum(axis=1)
    assert pq.distances(x[0], codes) == pytest.approx(direct)


def test_product_quantisation_by_hand():
    """The page's example: code (0, 0), tables .08, 1.28 and 0, 1.25; ADC .08, SDC 0, true .07."""
    books = np.array([[[1.0, 0], [0, 1]], [[0, 0.5], [-1, 0]]])
    x, q = np.array([0.9, 0.1, -0.2, 0.4]), np.array([0.8, 0.2, 0, 0.5])
    code = adc_or_sdc.encode(x[None], books)
    assert code.tolist() == [[0, 0]]
    assert adc_or_sdc.read(code, books).tolist() == [[1, 0, 0, 0.5]]
    table = adc_or_sdc.tables(q, books)
    assert table == pytest.approx(np.array([[0.08, 1.28], [0, 1.25]]))
    assert adc_or_sdc.look_up(table, code)[0] == pytest.approx(0.08)
    own = adc_or_sdc.read(adc_or_sdc.encode(q[None], books), books)[0]
    assert adc_or_sdc.look_up(adc_or_sdc.tables(own, books), code)[0] == 0
    assert ((x - q) ** 2).sum() == pytest.approx(0.07)


def test_adc_is_too_small_by_the_codes_error_on_average():
    """With centroids that are means, ADC minus the true distance averages to minus the squared error."""
    x = vectors(600)
    pq = PQ(x, blocks=4, size=8, rounds=60)
    codes = pq.encode(x)
    error = ((x - pq.decode(codes)) ** 2).sum(axis=1).mean()
    for query in vectors(5, seed=3):
        true = ((x - query) ** 2).sum(axis=1)
        assert (pq.distances(query, codes) - true).mean() == pytest.approx(-error, abs=1e-3)


def test_tables_in_bytes_span_0_to_255_and_keep_order():
    """Byte tables run from 0 to 255 and never swap two entries of a block."""
    table = np.random.default_rng(0).random((3, 16))
    coarse = adc_or_sdc.in_bytes(table)
    assert coarse.min() == 0 and coarse.max() == 255
    for fine, row in zip(table, coarse, strict=True):
        assert (np.diff(row[fine.argsort()]) >= 0).all()


def test_printed_adc_beats_sdc_and_the_correction_does_not_help():
    """As printed: ADC is above SDC and equal to byte tables; the correction never gains; signs of bias."""
    rows = [numbers(line.split(" x ")[1])[1:] for line in printed("adc_or_sdc")[2:]]
    assert len(rows) == 4
    for error, sdc, adc, coarse, corrected, everywhere, near in rows:
        assert sdc + 0.05 < adc == coarse >= corrected
        assert everywhere == pytest.approx(-error, abs=0.011) and near > 0


def test_faiss_wants_39_and_takes_256_vectors_for_each_centroid():
    """For 256 centroids faiss's product quantiser warns below 9,984 training vectors."""
    options = faiss.ProductQuantizer(16, 4, 8).cp
    assert options.min_points_per_centroid * 256 == 9984
    assert options.max_points_per_centroid == 256


def test_as_many_centroids_as_vectors_is_a_memory():
    """With one centroid for each vector the training error is zero, and that of others is not."""
    seen, others = vectors(60), vectors(60, seed=4)
    books = pq_too_few.books(seen, 4, 60)
    assert pq_too_few.read_back(seen, books) == pytest.approx(seen, abs=0.3)
    errors = [
        ((x - pq_too_few.read_back(x, books)) ** 2).sum(axis=1).mean() for x in (seen, others)
    ]
    assert errors[0] < errors[1] / 5
    assert pq_too_few.kept(seen, seen) == 1


def test_rotating_and_sharing_bits_lowers_the_products_error():
    """On a slanted ellipse: grid, rotated grid, 8 x 2 and k-means, in this order; some corners unused."""
    rows = [numbers(line[18:]) for line in printed("opq_grid")[1:]]
    assert [row[1] for row in rows] == sorted((row[1] for row in rows), reverse=True)
    assert rows[0][0] == 12 and rows[2][1] < rows[1][1] / 2
    centres = np.array([[0.0, 0], [1, 0], [9, 9]])
    assert opq_grid.used_and_error(np.array([[0.0, 0], [1, 1]]), centres) == (2, 0.5)
    assert (
        len(opq_grid.product_grid(np.random.default_rng(0).normal(size=(99, 2)), (4, 2))) == 8
    )


def test_opq_from_a_random_turn_gains_less_than_dealing_strong_numbers_to_blocks():
    """On new uneven vectors OPQ has 6 % less error than PQ, reordering 89 %; from no turn OPQ stands still."""
    x = np.random.default_rng(0).normal(size=(2400, 20)) * np.repeat([3, 1, 0.1, 0.1], 5)
    seen, new = x[:1200], x[1200:]
    dealt = np.arange(20).reshape(2, 10).T.ravel()  # one of the weak ten in every block

    def error(coder: opq_and_residual.Coder, y: np.ndarray) -> float:
        return ((y - coder(y)) ** 2).sum(axis=1).mean()

    plain = opq_and_residual.pq(seen)
    turned = error(opq_and_residual.opq(seen, rounds=3), new) / error(plain, new)
    reordered = error(opq_and_residual.pq(seen[:, dealt]), new[:, dealt]) / error(plain, new)
    assert turned == pytest.approx(0.94, abs=0.03)
    assert reordered == pytest.approx(0.11, abs=0.03)
    u, _, v = np.linalg.svd(seen.T @ plain(seen))
    assert np.abs(u @ v - np.eye(20)).max() < 0.1


def test_residual_codes_sum_codebooks_and_overfit_as_printed():
    """One step is k-means; more steps fit better; printed error on new words is twice that on trained ones."""
    x = vectors(700)
    one = opq_and_residual.residual(x, steps=1)(x)
    book = opq_and_residual.train(x)
    assert one == pytest.approx(book[opq_and_residual.vq(x, book)[0]])
    three = opq_and_residual.residual(x, steps=3)(x)
    assert ((x - three) ** 2).sum() < ((x - one) ** 2).sum() / 2
    table = {line.split()[0]: numbers(line) for line in printed("opq_and_residual")[1:]}
    trained, others, _ = table["residual"]
    assert others > 2 * trained and table["pq"][1] < 1.2 * table["pq"][0]
    assert table["ivf_pq"][2] > table["pq"][2]


def test_coding_the_residual_to_a_list_lowers_the_error():
    """A product code of the vector minus its centroid has less error than one of the vector."""
    x = vectors(1000, width=20)
    errors = [
        ((x - make(x)(x)) ** 2).sum() for make in (opq_and_residual.pq, opq_and_residual.ivf_pq)
    ]
    assert errors[1] < errors[0]


def test_rabitq_estimates_are_faiss_own():
    """With the same centre and float queries, estimated distances equal those of faiss's IndexRaBitQ."""
    x, q = vectors(200, width=64), vectors(8, width=64, seed=5)
    index = faiss.IndexRaBitQ(64, faiss.METRIC_L2)
    index.qb = 0
    index.train(x.astype(np.float32))
    index.add(x.astype(np.float32))
    theirs, ids = index.search(q.astype(np.float32), 200)
    centre = x.mean(axis=0)
    code = rabitq.encode(x - centre, np.eye(64))
    inner = rabitq.estimate(q - centre, code, np.eye(64), correct=True)
    ours = ((q - centre) ** 2).sum(axis=1)[:, None] + code[1] ** 2 - 2 * inner
    assert np.take_along_axis(ours, ids, axis=1) == pytest.approx(theirs, abs=1e-3)


def test_rabitq_is_unbiased_over_rotations_and_bare_signs_are_not():
    """For one fixed, very uneven pair, the mean over rotations is the true product; bare signs give .8 of it."""
    pair = np.array([[1.0, *[0.0] * 31], [0.6, 0.8, *[0.0] * 30]])
    means = []
    for correct in (True, False):
        values = [
            rabitq.estimate(pair[:1], rabitq.encode(pair[1:], turn), turn, correct)[0, 0]
            for turn in (rabitq.rotation(32, seed) for seed in range(800))
        ]
        means.append(np.mean(values))
    assert means[0] == pytest.approx(0.6, abs=0.02)
    assert means[1] == pytest.approx(0.8 * 0.6, abs=0.02)
    turn = rabitq.rotation(32)
    assert turn @ turn.T == pytest.approx(np.eye(32), abs=1e-9)


def test_the_spread_follows_the_formula():
    """Measured spread equals the formula; four times the bits halve it; 1,024 bits and cosine .5 give .020."""
    spreads = []
    for width in (64, 256):
        bare, fixed, fit = rabitq_spread.estimates(*rabitq_spread.pairs(3000, width, 0.5))
        assert fixed.mean() == pytest.approx(0.5, abs=0.01) and bare.mean() < 0.42
        assert fit.mean() == pytest.approx(np.sqrt(2 / np.pi), abs=0.01)
        assert fixed.std() == pytest.approx(
            rabitq_spread.spread(fit.mean(), 0.5, width), rel=0.06
        )
        spreads.append(fixed.std())
    assert spreads[0] / spreads[1] == pytest.approx(2, rel=0.1)
    assert rabitq_spread.spread(0.8, 0.5, 1024) == pytest.approx(0.020, abs=5e-4)


def test_rotation_rescues_principal_axes_and_then_the_fit_does_not_reorder():
    """As printed: .08 and .54 without rotation on principal axes, .73 and .82 with; on MiniLM's no matter."""
    rows = [numbers(line[27:]) for line in printed("rabitq")[2:]]
    kept = [row[:3] for row in rows]
    assert kept == [
        [0.76, 0.85, 0.86],
        [0.75, 0.86, 0.86],
        [0.08, 0.42, 0.54],
        [0.73, 0.82, 0.82],
    ]


def test_reranking_is_faiss_refine_flat_and_needs_the_neighbour_among_the_candidates():
    """Equal to IndexRefineFlat with k_factor; recall after re-ranking is that of the candidate list."""
    x, q = vectors(900).astype(np.float32), vectors(20, seed=6).astype(np.float32)
    inner = rerank_candidates.pq_index(x, 4)
    refined = faiss.IndexRefineFlat(inner)
    refined.add(x)
    refined.k_factor = 4
    theirs = refined.search(q, 10)[1]
    candidates = inner.search(q, 40)[1]
    true = ((x[None] - q[:, None]) ** 2).sum(axis=2).argsort(axis=1)[:, :10]
    for query, ids, best, near in zip(q, candidates, theirs, true, strict=True):
        ours = rerank_candidates.rerank(query, ids, x, 10)
        assert ours.tolist() == best.tolist()
        assert np.isin(near, ours).tolist() == np.isin(near, ids).tolist()


def test_larger_collections_and_shorter_codes_need_more_candidates():
    """In each printed column recall falls with the size; in each row it rises with candidates."""
    rows = [numbers(line.split("words")[1]) for line in printed("rerank_candidates")[1:]]
    for code in (rows[:3], rows[3:]):
        for small, large in zip(code, code[1:], strict=False):
            assert all(a >= b for a, b in zip(small, large, strict=True))
    assert all(row == sorted(row) for row in rows)
    assert (rows[5][0], rows[5][3], rows[5][5]) == (0.45, 0.92, 0.99)
    assert (rows[2][0], rows[2][3], rows[2][5]) == (0.22, 0.63, 0.88)


@pytest.mark.parametrize("kind", ["Flat", "SQfp16", "SQ8", "SQ4", "PQ16", "RaBitQ"])
def test_bytes_are_what_faiss_writes(kind):
    """Code bytes times vectors, plus ranges or codebooks, are faiss's serialised index but for a header."""
    formula = 500 * code_bytes.code_bytes(kind, 64) + code_bytes.fixed_bytes(kind, 64)
    assert 0 <= code_bytes.stored(kind, 64, 500) - formula < 250


def test_a_hundred_million_vectors_by_hand():
    """1,024 dimensions: 410, 102, 51 and 14 GB; HNSW adds 14, IVF 1; one bit with links is 15 times smaller."""
    gigabytes = {
        k: code_bytes.ram(k, 1024, 1e8, 0, 0) / 1e9 for k in ("Flat", "SQ8", "SQ4", "RaBitQ")
    }
    assert [round(v) for v in gigabytes.values()] == [410, 102, 51, 14]
    bits = code_bytes.ram("RaBitQ", 1024, 1e8, 144, 0) / 1e9
    assert round(bits) == 28 and round(gigabytes["Flat"] / bits) == 15
    assert round(code_bytes.ram("PQ64", 1024, 1e8, 0, 8) / 1e9) == 7
    assert round(409.6e9 / 2**30) == 381


def test_corrections_weigh_on_short_codes():
    """RaBitQ stores 8 bytes beside one bit a number and 20 beside more, on 50 as on 384 numbers."""
    for d in (50, 384):
        sizes = {
            k: faiss.index_factory(d, k).sa_code_size()
            for k in ("RaBitQ", "RaBitQ2", "RaBitQ4")
        }
        assert sizes["RaBitQ"] - -(-d // 8) == 8
        assert sizes["RaBitQ4"] - -(-d // 8) - -(-3 * d // 8) == 20


def test_product_codes_win_on_short_vectors_and_scalar_equals_rabitq_on_long():
    """As printed: 25 bytes give .91 against .87 on words; on passages about four bits give .97 both."""
    words, passages = "\n".join(printed("code_curves")).split("309 passages")
    row = {
        name: {line.split()[0]: numbers(line)[-1] for line in part.splitlines()[1:]}
        for name, part in (("words", words), ("passages", passages))
    }
    assert row["words"]["PQ25"] == 0.91 > row["words"]["SQ4"] == 0.87
    assert row["words"]["PQ10"] > row["words"]["RaBitQ"]
    assert row["passages"]["SQ4"] == row["passages"]["RaBitQ4"] == 0.97


def test_an_index_of_eight_bits_finds_nearly_all():
    """Eight-bit scalar codes keep almost every neighbour; one-bit RaBitQ keeps fewer."""
    x, q = vectors(500).astype(np.float32), vectors(30, seed=7).astype(np.float32)
    recall = {
        k: code_curves.recall(code_curves.built(k, x), x, q, 0) for k in ("SQ8", "RaBitQ")
    }
    assert recall["SQ8"] > 0.97 > recall["RaBitQ"] > 0.2
