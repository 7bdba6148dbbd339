"""docs/embeddings/making-them-small.md"""

import faiss
import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.random_projection import johnson_lindenstrauss_min_dim
from torch.nn.functional import cross_entropy, normalize

from snippets.embeddings import (
    binary_embeddings,
    int8_embeddings,
    matryoshka_digits,
    matryoshka_head,
    prefix_or_pca,
    recall_against_bytes,
    static_distillation,
)


@pytest.fixture(scope="module")
def vectors(data_folder):
    """MiniLM's unit vectors of the 309 passages."""
    return np.load("python_vectors.npy").astype(float)


def test_the_contrastive_loss_is_torch_cross_entropy_when_each_image_has_one_positive():
    """With each label twice, the loss equals torch's cross-entropy of picking the partner."""
    z = torch.randn(12, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    labels = torch.arange(6).repeat(2)
    unit = normalize(z, dim=1)
    logits = (unit @ unit.T / 0.1).fill_diagonal_(-torch.inf)
    partner = torch.arange(12).roll(-6)
    ours = matryoshka_digits.contrastive(z, labels)
    torch.testing.assert_close(ours, cross_entropy(logits, partner))


def test_the_matryoshka_loss_is_the_mean_over_prefixes_and_reaches_the_first_number_most():
    """It equals the mean of the losses of the slices; number 5 gets no gradient from the prefix of 4."""
    z = torch.randn(12, 8, dtype=torch.float64, requires_grad=True)
    labels = torch.arange(6).repeat(2)
    mean = sum(matryoshka_digits.contrastive(z[:, :m], labels) for m in (2, 4, 8)) / 3
    torch.testing.assert_close(matryoshka_digits.nested(z, labels, (2, 4, 8)), mean)
    matryoshka_digits.nested(z, labels, (2, 4)).backward()
    assert z.grad[:, :4].abs().min() > 0 and z.grad[:, 4:].abs().max() == 0


def test_matryoshka_training_makes_two_dimensions_usable_at_no_cost_to_the_rest():
    """Two of 32 dimensions: more than ten points better than plain training; all 32: within two points."""
    images, labels = (torch.tensor(a) for a in load_digits(return_X_y=True))
    images, right = images / 16, {}
    for sizes in ((32,), (2, 4, 8, 16, 32)):
        network = matryoshka_digits.train(sizes, images[:900], labels[:900])
        for kept in (2, 32):
            unit = normalize(network(images)[:, :kept], dim=1)
            nearest = labels[:900][(unit[900:] @ unit[:900].T).argmax(dim=1)]
            right[len(sizes), kept] = (nearest == labels[900:]).double().mean().item()
    assert right[5, 2] > right[1, 2] + 0.1
    assert abs(right[5, 32] - right[1, 32]) < 0.02


def test_the_prefix_loss_of_the_head_is_cross_entropy():
    """With one right passage a question, it is torch's cross-entropy of the cosines over 0.05."""
    generator = torch.Generator().manual_seed(0)
    q, p = (torch.randn(n, 6, generator=generator, dtype=torch.float64) for n in (5, 9))
    right = torch.eye(9, dtype=torch.bool)[[3, 1, 8, 0, 4]]
    cosines = normalize(q) @ normalize(p).T
    expected = cross_entropy(cosines / 0.05, torch.tensor([3, 1, 8, 0, 4]))
    torch.testing.assert_close(matryoshka_head.prefix_loss(q, p, right), expected)


def test_a_perfect_score_on_the_questions_it_was_trained_on_says_nothing(vectors):
    """81 passages as questions, random other passages as answers: from below 0.05 to 1.00 with 16 numbers."""
    generator = np.random.default_rng(0)
    asked, pool = np.split(generator.permutation(vectors), [81])
    nonsense = np.eye(228, dtype=bool)[generator.choice(228, 81, replace=False)]
    data = [asked, pool, nonsense]
    trained = matryoshka_head.train(np.eye(384), data)
    assert matryoshka_head.recall(np.eye(384)[:16], *data) < 0.05
    assert matryoshka_head.recall(trained[:16], *data) == 1


def test_a_prefix_of_a_unit_vector_has_its_own_length_for_each_text(vectors):
    """The first 64 numbers have lengths from 0.32 to 0.48, and dot product and cosine rank differently."""
    prefix = vectors[:, :64]
    length = np.linalg.norm(prefix, axis=1)
    assert [length.min(), length.max()] == pytest.approx([0.32, 0.48], abs=0.005)
    dot, unit = prefix @ prefix.T, prefix / length[:, None]
    first = [np.argsort(9 * np.eye(309) - s, axis=1)[:, 0] for s in (dot, unit @ unit.T)]
    assert (first[0] != first[1]).mean() > 0.05


def test_directions_equal_scikit_learn_with_and_without_the_mean(vectors):
    """Plain SVD is TruncatedSVD, centred is PCA, each up to the sign of a direction."""
    for centre, library in ((False, TruncatedSVD(8, algorithm="arpack")), (True, PCA(8))):
        ours = prefix_or_pca.directions(vectors, centre)[:8]
        theirs = library.fit(vectors).components_
        assert np.allclose(np.abs((ours * theirs).sum(axis=1)), 1, atol=1e-6)


def test_no_other_projection_tried_keeps_dot_products_better_and_prefixes_nest(vectors):
    """Squared error of all dot products at 32 dimensions: PCA beats first, random orthogonal and centred directions."""
    exact, pca = vectors @ vectors.T, prefix_or_pca.directions(vectors)
    random = np.linalg.qr(np.random.default_rng(0).normal(size=(384, 384)))[0]
    centred = prefix_or_pca.directions(vectors, centre=True)
    error = [
        np.square(vectors @ m[:32].T @ m[:32] @ vectors.T - exact).sum()
        for m in (pca, np.eye(384), random, centred)
    ]
    assert error[0] < min(error[1:])
    again = prefix_or_pca.shrink(prefix_or_pca.shrink(vectors, pca[:64]), np.eye(32, 64))
    assert np.allclose(again, prefix_or_pca.shrink(vectors, pca[:32]))


def test_the_johnson_lindenstrauss_bound_asks_for_more_dimensions_than_there_are():
    """For 309 vectors and 10 % scikit-learn's bound is 4,914 directions."""
    assert johnson_lindenstrauss_min_dim(309, eps=0.1) == 4914 > 384


def test_int8_by_hand_and_within_half_a_step(vectors):
    """Range -0.12 to 0.135: step 0.001, 0.0404 is code 160 and comes back as 0.040; no error exceeds half a step."""
    low, step = int8_embeddings.calibrate(np.array([[-0.12], [0.135]]))
    code = int8_embeddings.encode(np.array([[0.0404]]), low, step)
    assert step == pytest.approx(0.001) and code == 160
    assert low + code * step == pytest.approx(0.040)
    low, step = int8_embeddings.calibrate(vectors)
    back = low + int8_embeddings.encode(vectors, low, step) * step
    assert (np.abs(back - vectors) <= step / 2 + 1e-6).all()


def test_scores_without_decoding_equal_scores_of_decoded_vectors(vectors):
    """Folding the steps into the question gives the same dot products as decoding the passages."""
    low, step = int8_embeddings.calibrate(vectors)
    codes = int8_embeddings.encode(vectors, low, step)
    folded = int8_embeddings.scores(vectors[:20], codes, low, step)
    np.testing.assert_allclose(folded, vectors[:20] @ (low + codes * step).T, atol=1e-12)


def test_int8_codes_agree_with_faiss(vectors):
    """faiss cuts where we round, so our code is its code or one more; constant dimensions are safe in both."""
    quantizer = faiss.ScalarQuantizer(384, faiss.ScalarQuantizer.QT_8bit)
    data = np.ascontiguousarray(vectors, dtype=np.float32)
    quantizer.train(data)
    theirs = quantizer.compute_codes(data).astype(int)
    low, step = int8_embeddings.calibrate(vectors)
    more = int8_embeddings.encode(vectors, low, step).astype(int) - theirs
    alive = np.ptp(vectors, axis=0) > 1e-6
    assert set(np.unique(more[:, alive])) == {0, 1} and alive.sum() == 381
    assert np.isfinite(quantizer.decode(theirs.astype(np.uint8))).all()


def test_the_textbook_formula_divides_by_zero_on_real_vectors(vectors):
    """Two dimensions have no range at all, a third 6e-8: without a guard every score is NaN."""
    width = np.ptp(vectors, axis=0)
    assert (width == 0).sum() == 2 and ((width > 0) & (width < 1e-6)).sum() == 1
    with np.errstate(invalid="ignore", divide="ignore"):
        codes = np.round((vectors - vectors.min(axis=0)) / (width / 255))
    assert np.isnan(vectors @ codes.T).all()


def test_a_scale_to_one_uses_about_sixty_of_255_levels(vectors):
    """No value exceeds 0.24, so the codes lie between -30 and 30."""
    codes = np.unique(np.round(vectors * 127))
    assert np.abs(vectors).max() < 0.24 and 55 <= len(codes) <= 61


def test_hamming_distances_equal_faiss(vectors):
    """Packed signs and counted differing bits are those of faiss's binary index."""
    codes = binary_embeddings.pack(vectors)
    index = faiss.IndexBinaryFlat(384)
    index.add(codes)
    distance, order = index.search(codes, 309)
    ours = binary_embeddings.hamming(codes, codes)
    assert codes.shape == (309, 48)
    assert np.array_equal(np.take_along_axis(ours, order.astype(int), axis=1), distance)


def test_differing_bits_count_the_angle(vectors):
    """60 degrees are 128 of 384 bits, give or take 9; on real pairs the median error is below 10 bits."""
    assert 384 * np.arccos(0.5) / np.pi == pytest.approx(128)
    assert np.sqrt(384 * (1 / 3) * (2 / 3)) == pytest.approx(9.2, abs=0.1)
    codes, upper = binary_embeddings.pack(vectors), np.triu_indices(309, 1)
    bits = binary_embeddings.hamming(codes, codes)[upper]
    angles = np.arccos((vectors @ vectors.T)[upper]) / np.pi
    assert np.median(np.abs(bits - 384 * angles)) < 10


def test_rescoring_ten_of_ten_changes_no_set_and_rescoring_all_is_exact_search(vectors):
    """Among the candidates the order is exact; with all 309 as candidates it is exact search."""
    exact, codes = vectors[:40] @ vectors.T, binary_embeddings.pack(vectors)
    distance = binary_embeddings.hamming(codes[:40], codes)
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :10]
    ten = binary_embeddings.rescore(distance, exact, 10)
    assert np.array_equal(np.sort(ten, axis=1), np.sort(nearest, axis=1))
    full = binary_embeddings.rescore(distance, exact, 309)
    scores = np.take_along_axis(exact, full, axis=1)
    assert (np.diff(scores, axis=1) <= 0).all()


def test_cut_values_are_those_of_the_int8_snippet(vectors):
    """The chart rounds as the int8 snippet encodes and decodes."""
    alive = vectors[:, np.ptp(vectors, axis=0) > 1e-6]
    low, step = int8_embeddings.calibrate(alive)
    back = low + int8_embeddings.encode(alive, low, step) * step
    np.testing.assert_allclose(recall_against_bytes.cut(alive, 8), back, atol=1e-12)


def test_bytes_of_a_hundred_million_vectors():
    """1,024 dimensions: 410 GB as float32, 102 as int8, 12.8 as bits; 32 links of 4 bytes are 12.8 GB more."""
    count = 100e6
    sizes = [count * n / 1e9 for n in (4 * 1024, 1024, 1024 / 8, 512 / 8, 32 * 4)]
    assert sizes == pytest.approx([409.6, 102.4, 12.8, 6.4, 12.8])


def test_token_weights_are_those_of_model2vec():
    """a / (a + p) with p from ranks that start at 2: it grows with rank, from below 0.03 to above 0.99."""
    inverse = 1 / np.arange(2, 30522 - 999 + 2)
    p = inverse / inverse.sum()
    w = static_distillation.weights()
    np.testing.assert_allclose(w[999:], 1e-3 / (1e-3 + p))
    assert w[999] < 0.03 and w[-1] > 0.99 and (np.diff(w[999:]) > 0).all()


def test_a_static_model_cannot_tell_who_bites():
    """Two orders of the same tokens have one vector, whatever the table."""
    table = np.random.default_rng(0).normal(size=(30522, 8))
    dog, bites, man = 3899, 15424, 2158
    pair = static_distillation.embed([[dog, bites, man], [man, bites, dog]], table)
    np.testing.assert_allclose(pair[0], pair[1])


@pytest.mark.model
def test_a_row_of_the_table_is_minilms_vector_of_that_one_token():
    """The row for a token points where MiniLM's embedding of the one-word text points; its layers have 10.6 M weights."""
    from transformers import AutoModel, AutoTokenizer

    folder = static_distillation.MINILM
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    batch = tokenizer(["dictionary"], return_tensors="pt")
    with torch.inference_mode():
        whole = model(**batch).last_hidden_state.mean(dim=1).numpy()
    row = static_distillation.read_alone(batch.input_ids[0, 1:2].numpy(), model)
    np.testing.assert_allclose(row, whole, atol=1e-5)
    matrices = [w.numel() for w in model.encoder.parameters() if w.ndim == 2]
    assert sum(matrices) == 10_616_832
    assert model.get_input_embeddings().weight.numel() > model.num_parameters() / 2
