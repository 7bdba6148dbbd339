"""What docs/advanced-search/keyword-search.md claims."""

import math
import random
import sqlite3

import bm25s
import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from snippets.advanced_search.analysis_steps import content, stems, trigrams, typo, words
from snippets.advanced_search.bm25_from_scratch import BM25, sqlite_order
from snippets.advanced_search.bm25_parameters import found
from snippets.advanced_search.bm25_saturation import weight
from snippets.advanced_search.inverted_index import TEXTS, build, intersect, phrase
from snippets.advanced_search.keyword_or_vectors import overlap
from snippets.advanced_search.max_score import exhaustive, max_score
from snippets.advanced_search.tf_idf import QUERY, cosine, idf, vector
from snippets.advanced_search.tf_idf import TEXTS as SHORT


def corpus(seed: int, documents: int = 60) -> list[list[str]]:
    """Random documents over words of very different frequency."""
    rng = random.Random(seed)
    rank = [f"w{n}" for n in range(40)]
    share = [1 / (n + 1) for n in range(40)]
    return [rng.choices(rank, share, k=rng.randint(3, 40)) for _ in range(documents)]


def test_and_or_and_phrase_equal_a_scan_of_the_texts():
    """Postings give what reading every text gives; both words are not yet the phrase."""
    index, split = build(TEXTS), [words(text) for text in TEXTS]
    for a in ("term", "index", "holds", "the"):
        for b in ("index", "document", "vector"):
            scan = [n for n, text in enumerate(split) if a in text and b in text]
            assert intersect(*sorted((list(index[a]), list(index[b])), key=len)) == scan
            pairs = [n for n, text in enumerate(split) if (a, b) in zip(text, text[1:])]
            assert phrase(index, a, b) == pairs
    assert intersect(list(index["term"]), list(index["index"])) == [0, 3]
    assert phrase(index, "term", "index") == [3]


def test_the_intersection_of_long_lists_is_that_of_sets():
    """Ascending lists of any length, also empty ones."""
    rng = random.Random(0)
    for size in (0, 1, 5, 50):
        a = sorted(rng.sample(range(200), size))
        b = sorted(rng.sample(range(200), 60))
        assert intersect(a, b) == sorted(set(a) & set(b))


def test_tf_idf_equals_scikit_learn():
    """Every rarity, every weight and every cosine of the page."""
    theirs = TfidfVectorizer(token_pattern=r"\w+")
    matrix = theirs.fit_transform(SHORT)
    rarity = idf([text.split() for text in SHORT])
    for term, column in theirs.vocabulary_.items():
        assert rarity[term] == pytest.approx(theirs.idf_[column])
    query = vector(QUERY.split(), rarity)
    expected = (matrix @ theirs.transform([QUERY]).T).toarray()[:, 0]
    ours = [cosine(query, vector(text.split(), rarity)) for text in SHORT]
    assert ours == pytest.approx(expected)
    assert vector(["unknown"], rarity) == {}


@pytest.mark.parametrize("k1, b", [(1.5, 0.75), (0.6, 0.2), (2.0, 1.0)])
def test_bm25_equals_bm25s(k1, b):
    """All scores of random documents and queries, for three settings."""
    documents = corpus(1)
    (theirs := bm25s.BM25(k1=k1, b=b)).index(documents, show_progress=False)
    ours = BM25(documents, k1, b)
    for query in (["w0", "w7"], ["w3", "w3", "w39"], ["w20"]):
        assert ours.scores(query) == pytest.approx(theirs.get_scores(query), abs=1e-4)


def test_the_order_is_that_of_sqlite_for_rare_words():
    """FTS5 ranks as we do with its constants, k1 1.2 and b 0.75, for one rare word at a time."""
    documents = corpus(2)
    texts = [" ".join(d) for d in documents]
    ours = BM25(documents, 1.2, 0.75)
    for term in ("w15", "w22", "w30"):
        scores = ours.scores([term])
        ranked = sqlite_order(texts, [term])
        assert len(ranked) == sum(s > 0 for s in scores) > 1
        assert [scores[n] for n in ranked] == sorted((s for s in scores if s > 0), reverse=True)


def test_sqlites_rarity_of_a_word_in_most_documents_is_almost_zero():
    """In FTS5 such a word decides nothing; in ours it still adds a little."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE p USING fts5(text)")
    base.executemany("INSERT INTO p(text) VALUES (?)", [("a b",), ("a c",), ("a d",)])
    scores = [row[0] for row in base.execute("SELECT bm25(p) FROM p WHERE p MATCH 'a'")]
    assert all(-1e-5 < s <= 0 for s in scores)
    assert BM25([["a", "b"], ["a", "c"], ["a", "d"]]).idf("a") > 0.1


def test_the_hand_case_of_bm25():
    """Rarity 4.56, two occurrences 0.625, a third 14 % more, twice the length 0.49."""
    rarity = math.log(1 + 990.5 / 10.5)
    two, three = (float(weight(np.array(n), np.array(1.0), 1.2, 0.75)) for n in (2, 3))
    assert rarity == pytest.approx(4.56, abs=0.005)
    assert two == 0.625 and rarity * two == pytest.approx(2.85, abs=0.005)
    assert three / two == pytest.approx(1.14, abs=0.005)
    assert float(weight(np.array(2), np.array(2.0), 1.2, 0.75)) == pytest.approx(2 / 4.1)


def test_word_order_changes_nothing():
    """Man bites dog is dog bites man."""
    ours = BM25([["man", "bites", "dog"], ["dog", "bites", "man"], ["cat"]])
    scores = ours.scores(["man", "bites"])
    assert scores[0] == scores[1] > scores[2] == 0


def test_k1_and_b_at_their_ends():
    """k1 = 0 asks for presence only, b = 0 ignores length; counts saturate."""
    counts = np.arange(1, 20)
    assert (weight(counts, np.ones(19), 0.0, 0.75) == 1).all()
    assert np.ptp(weight(np.ones(5), np.linspace(0.2, 4, 5), 1.2, 0.0)) == 0
    gains = np.diff(weight(counts, np.ones(19), 1.2, 0.75))
    assert (gains > 0).all() and (np.diff(gains) < 0).all()


def test_found_in_five_follows_the_library():
    """A passage that holds the only rare word of its question is found, one without is not."""
    documents = [[f"x{n}", "common"] for n in range(9)]
    good = np.zeros((2, 9), bool)
    good[0, 8], good[1, 8] = True, True
    assert found(
        documents, [["x8"], ["x0", "x1", "x2", "x3", "x4"]], good, 1.2, 0.75
    ).tolist() == [
        True,
        False,
    ]


def test_the_share_of_rare_words():
    """Common words are left out; the best passage counts; no rare word gives no share."""
    common = {"the", "of"}
    assert overlap({"the", "nonlocal", "scope"}, [{"nonlocal"}, {"the"}], common) == 0.5
    assert overlap({"the", "of"}, [{"the", "of"}], common) == 0


def test_each_analyser_merges_what_it_promises():
    """Case and marks, stop words, word forms; too much and too little; trigrams bridge forms."""
    assert words("The C++ Index, and E-1042") == ["the", "c", "index", "and", "e", "1042"]
    assert content("what is the index") == ["index"]
    assert stems("calls called calling") == ["call"] * 3
    assert stems("ran") != stems("run")
    shared = set(trigrams("evaluated")) & set(trigrams("evaluation"))
    assert len(shared) == 5 and words("evaluated") != words("evaluation")


def test_a_swap_breaks_four_trigrams_of_a_word():
    """The rest still match; the word as a term is lost."""
    wrong = typo("evaluated")
    assert wrong == "evlauated" and typo("five") == "five"
    lost = set(trigrams("evaluated")) - set(trigrams(wrong))
    assert len(lost) == 4 and len(set(trigrams("evaluated"))) == 7


def test_pruning_gives_the_same_best_and_reads_less():
    """Random lists: the scores of the best k are those of reading everything, for every k."""
    rng = random.Random(3)
    saved = 0
    for _ in range(50):
        lists = {
            term: {d: rng.random() * scale for d in rng.sample(range(300), size)}
            for term, scale, size in (("rare", 5, 8), ("mid", 1.5, 60), ("common", 0.2, 250))
        }
        for k in (1, 5, 20):
            scores, everything = exhaustive(list(lists), lists)
            best, read = max_score(list(lists), lists, k)
            assert [s for s, _ in best] == pytest.approx(
                sorted(scores.values(), reverse=True)[:k]
            )
            assert all(scores[d] == pytest.approx(s) for s, d in best)
            saved += everything - read
    assert saved > 0
