"""What docs/advanced-search/ranking-metrics.md claims."""

import math

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    label_ranking_average_precision_score,
    precision_score,
    recall_score,
)
from sklearn.metrics import ndcg_score as library_ndcg

from snippets.advanced_search import ndcg_variants
from snippets.advanced_search.different_winners import JUDGED, LISTS, scores
from snippets.advanced_search.incomplete_judgements import condensed
from snippets.advanced_search.incomplete_judgements import precision as judged_precision
from snippets.advanced_search.interleaving import clicks, team_draft
from snippets.advanced_search.ndcg_variants import exponential, linear
from snippets.advanced_search.popularity_baseline import coverage, head_share, hit_rate
from snippets.advanced_search.ranking_metrics import (
    average_precision,
    dcg,
    ndcg,
    precision,
    recall,
    reciprocal_rank,
)

GRADES = [0, 2, 0, 1, 0, 0, 2, 0, 0, 0]


def ranked(seed: int, grades: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Random grades and scores of 30 documents, no ties."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, grades, 30)
    truth[0] = 1
    return truth, rng.permutation(30).astype(float)


def test_the_hand_case():
    """Hits at 2, 4 and 7, one of four not found: every number of the page."""
    assert precision(GRADES, 5) == 0.4 and recall(GRADES, 5, 4) == 0.5
    assert precision(GRADES, 10) == 0.3 and recall(GRADES, 10, 4) == 0.75
    assert reciprocal_rank(GRADES) == 0.5 and reciprocal_rank([0, 0]) == 0
    assert average_precision(GRADES, 4) == pytest.approx((1 / 2 + 2 / 4 + 3 / 7) / 4)
    assert dcg(GRADES) == pytest.approx(2.36, abs=0.005)
    assert ndcg(GRADES, [2, 2, 1, 1], 10) == pytest.approx(0.56, abs=0.005)


@pytest.mark.parametrize("k", [1, 5, 10])
def test_precision_and_recall_equal_scikit_learn(k):
    """The first k are what a classifier would call relevant."""
    for seed in range(5):
        truth, score = ranked(seed)
        order = truth[np.argsort(-score)]
        shown = np.arange(len(order)) < k
        assert precision(order, k) == pytest.approx(precision_score(order, shown))
        assert recall(order, k, truth.sum()) == pytest.approx(recall_score(order, shown))


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_equals_scikit_learn(seed):
    """All relevant documents are in the list."""
    truth, score = ranked(seed)
    order = truth[np.argsort(-score)]
    assert average_precision(order, truth.sum()) == pytest.approx(
        average_precision_score(truth, score)
    )


@pytest.mark.parametrize("seed", range(5))
def test_reciprocal_rank_equals_scikit_learn_with_one_relevant_document(seed):
    """Then it is the label ranking average precision, and average precision too."""
    _, score = ranked(seed)
    truth = np.zeros(30, int)
    truth[seed] = 1
    order = truth[np.argsort(-score)]
    expected = label_ranking_average_precision_score(truth[None], score[None])
    assert reciprocal_rank(order) == pytest.approx(expected)
    assert average_precision(order, 1) == pytest.approx(expected)


@pytest.mark.parametrize("k", [1, 3, 10, 30])
def test_ndcg_equals_scikit_learn(k):
    """Graded, at four depths, the ideal from all documents."""
    for seed in range(5):
        truth, score = ranked(seed, grades=4)
        order = truth[np.argsort(-score)].tolist()
        expected = library_ndcg(truth[None], score[None], k=k)
        assert ndcg(order, truth.tolist(), k) == pytest.approx(expected)
        assert ndcg_variants.ndcg(order, truth.tolist(), k, linear) == pytest.approx(expected)


def test_the_base_of_the_logarithm_cancels_and_binary_gains_agree():
    """nDCG in any base is the same, and 2^grade - 1 is the grade for 0 and 1."""
    other = [
        sum(g / math.log(p + 1) for p, g in enumerate(row, 1)) for row in (GRADES, [2, 2, 1, 1])
    ]
    assert other[0] / other[1] == pytest.approx(ndcg(GRADES, [2, 2, 1, 1], 10))
    binary, judged = [0, 1, 1, 0], [1, 1, 1]
    assert ndcg_variants.ndcg(binary, judged, 4, linear) == ndcg_variants.ndcg(
        binary, judged, 4, exponential
    )


def test_the_gain_decides_the_winner_and_the_wrong_ideal_gives_one_to_all():
    """Linear: three good results; exponential: one perfect; ideal from the list itself: always 1."""
    lists = ndcg_variants.LISTS
    best = {
        gain.__name__: max(
            lists, key=lambda n: ndcg_variants.ndcg(lists[n], ndcg_variants.JUDGED, 5, gain)
        )
        for gain in (linear, exponential)
    }
    assert best == {"linear": "three good", "exponential": "one perfect"}
    assert {ndcg_variants.ndcg(row, row, 5, linear) for row in lists.values()} == {1.0}


def test_a_query_without_relevant_documents_is_zero_here_and_in_scikit_learn():
    """Neither complains, so such queries have to be left out by hand."""
    assert ndcg([0, 0, 0], [0, 0, 0], 3) == 0 == library_ndcg([[0, 0, 0]], [[3, 2, 1]])


def test_each_metric_has_its_winner():
    """A by hit@1 and MRR, C by recall and MAP, B by nDCG; the numbers are those of the functions above."""
    table = {name: scores(grades) for name, grades in LISTS.items()}
    winner = {m: max(table, key=lambda n: table[n][m])[0] for m in table["C: many, late"]}
    assert winner == {"hit@1": "A", "MRR": "A", "recall@10": "C", "MAP": "C", "nDCG@10": "B"}
    for name, grades in LISTS.items():
        assert table[name]["MAP"] == pytest.approx(average_precision(grades, len(JUDGED)))
        assert table[name]["nDCG@10"] == pytest.approx(ndcg(grades, JUDGED, 10))
        assert table[name]["MRR"] == reciprocal_rank(grades)


def test_mrr_is_not_one_over_the_mean_place():
    """Places 1, 2, 4: .58 against .43; from 4 to 10 .53, from 2 to 1 .75."""

    def mrr(*places: int) -> float:
        return float(np.mean([reciprocal_rank([0] * (p - 1) + [1]) for p in places]))

    assert mrr(1, 2, 4) == pytest.approx(0.583, abs=1e-3)
    assert 1 / np.mean([1, 2, 4]) == pytest.approx(0.43, abs=0.005)
    assert mrr(1, 2, 10) == pytest.approx(0.53, abs=0.005) and mrr(1, 1, 4) == 0.75


def test_the_q_and_a_case():
    """A change that lifts MRR and lowers hit@3."""
    before, after = [1] * 120 + [3] * 40 + [0] * 40, [1] * 130 + [3] * 20 + [0] * 50
    mrr = [np.mean([1 / p if p else 0 for p in places]) for places in (before, after)]
    hit = [np.mean([0 < p <= 3 for p in places]) for places in (before, after)]
    assert mrr == pytest.approx([0.67, 0.68], abs=0.005) and hit == [0.8, 0.75]


def test_team_draft_is_fair():
    """Each contributes five of ten, nothing twice; one ranking against itself gets even credit."""
    rng = np.random.default_rng(0)
    a, b = rng.permutation(30).tolist(), rng.permutation(30).tolist()
    shown, team = team_draft(a, b, rng)
    assert len(set(shown)) == 10 and team.count("a") == team.count("b") == 5
    assert set(shown) <= set(a[:10]) | set(b[:10])
    credit = []
    for _ in range(2000):
        shown, team = team_draft(a, a, rng)
        assert shown == a[:10]
        credit += [team[n] == "b" for n in np.flatnonzero(clicks(shown, rng))]
    assert np.mean(credit) == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(len(credit)))


def test_unjudged_is_counted_as_wrong_or_left_out():
    """The same list: 1 of 4, or 1 of 2 judged."""
    ranked_list, judged = np.array([5, 6, 7, 8]), {6: True, 8: False}
    assert judged_precision(ranked_list, judged, 4) == 0.25
    assert condensed(ranked_list, judged, 2) == 0.5


def test_beyond_accuracy_by_hand():
    """Two users, lists of two of ten items."""
    lists, popularity = np.array([[0, 1], [0, 2]]), np.arange(10)[::-1]
    assert hit_rate(lists, np.array([1, 9])) == 0.5
    assert coverage(lists, 10) == 0.3
    assert head_share(lists, popularity) == 0.5  # item 0 is the top tenth
