"""What docs/advanced-search/hybrid-search.md claims."""

import numpy as np
import pytest
from qdrant_client import QdrantClient, models
from qdrant_client.hybrid.fusion import (
    distribution_based_score_fusion,
    reciprocal_rank_fusion,
)

from snippets.advanced_search import hybrid_in_qdrant
from snippets.advanced_search.fusion_weight import sweep
from snippets.advanced_search.hybrid_in_qdrant import TEXTS, hybrid, sparse
from snippets.advanced_search.rrf_by_hand import rrf
from snippets.advanced_search.rrf_on_the_corpus import fuse, ranks
from snippets.advanced_search.score_scales import min_max, three_sigma
from snippets.advanced_search.union_of_candidates import union


def points(ids, scores=None) -> list[models.ScoredPoint]:
    scores = scores if scores is not None else [0.0] * len(ids)
    return [
        models.ScoredPoint(id=int(i), version=0, score=float(s)) for i, s in zip(ids, scores)
    ]


def test_rrf_equals_qdrants_whose_k_is_one_larger():
    """The same scores for random lists of different length; the paper's 60 is 61 there."""
    rng = np.random.default_rng(0)
    for k in (1, 10, 60):
        lists = [rng.permutation(40)[:n].tolist() for n in (10, 25, 30)]
        theirs = reciprocal_rank_fusion(
            [points(x) for x in lists], 40, ranking_constant_k=k + 1
        )
        ours = dict(rrf(lists, k))
        assert {p.id: p.score for p in theirs} == pytest.approx(ours)


def test_a_weight_of_three_means_another_thing_in_qdrant():
    """Here 122 places of the heavy list beat the light one's first; there its third equals it."""
    heavy, light = list(range(130)), list(range(200, 330))
    ours = dict(rrf([heavy, light], 60, [3, 1]))
    assert ours[121] > ours[200] == pytest.approx(ours[122])
    fused = reciprocal_rank_fusion(
        [points(heavy), points(light)], 260, ranking_constant_k=61, weights=[3.0, 1.0]
    )
    theirs = {p.id: p.score for p in fused}
    assert theirs[1] > theirs[200] == pytest.approx(theirs[2])
    assert theirs[200] > theirs[3]


def test_both_lists_within_61_beat_one_list():
    """At k = 60 two places 61 beat a first place alone, two places 62 tie with it."""
    assert 2 / (60 + 61) > 1 / 61 == pytest.approx(2 / (60 + 62))
    a, b = ([f"{name}{n}" for n in range(60)] + ["both"] for name in "ab")
    assert rrf([a, b])[0][0] == "both"


def test_the_hand_case():
    """Second and fifth place beat one first place at k = 60, not at 0; at 1 all three are level."""
    keyword, vector = ["exact", "both", "k1", "k2", "k3"], ["near", "v1", "v2", "v3", "both"]
    at = {k: dict(rrf([keyword, vector], k)) for k in (0, 1, 60)}
    assert at[60]["exact"] == pytest.approx(1 / 61)
    assert at[60]["both"] == pytest.approx(1 / 62 + 1 / 65)
    assert at[0]["exact"] == 1 and at[0]["both"] == pytest.approx(0.7)
    assert at[1]["exact"] == at[1]["near"] == pytest.approx(at[1]["both"]) == 0.5


def test_the_matrix_form_is_the_list_form():
    """Ranks of score matrices, fused, give the order of fused lists."""
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 5, 30))
    assert sorted(ranks(a)[0]) == list(range(1, 31))
    for question, fused in enumerate(fuse([a, b])):
        lists = [np.argsort(-s[question]).tolist() for s in (a, b)]
        assert dict(rrf(lists)) == pytest.approx(dict(enumerate(fused)))


def test_a_document_at_place_twelve_in_both_lists_is_lost_to_lists_of_ten():
    """Fused at full depth it beats every document of one list; cut at ten it is gone."""
    a = [f"a{n}" for n in range(11)] + ["both"]
    b = [f"b{n}" for n in range(11)] + ["both"]
    assert rrf([a, b])[0][0] == "both"
    assert "both" not in dict(rrf([a[:10], b[:10]]))


def test_three_sigma_equals_qdrants_distribution_based_fusion():
    """The sum of both scaled lists, for lists that hold the same documents."""
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=20), 9 * rng.random(20)
    theirs = distribution_based_score_fusion([points(range(20), s) for s in (a, b)], 20)
    ours = (three_sigma(a[None]) + three_sigma(b[None]))[0]
    assert {p.id: p.score for p in theirs} == pytest.approx(dict(enumerate(ours)))


def test_scaling_forgets_scale_and_shift_and_the_raw_sum_does_not():
    """Multiplying BM25 by ten changes nothing after scaling; before it, BM25's order wins."""
    rng = np.random.default_rng(3)
    cosines, words = rng.random((1, 50)), rng.permutation(50)[None].astype(float)
    for scale in (min_max, three_sigma):
        assert scale(10 * words + 3) == pytest.approx(scale(words))
    assert (np.argsort(cosines + 10 * words) == np.argsort(words)).all()
    assert (np.argsort(min_max(cosines) + min_max(words)) != np.argsort(words)).any()
    assert min_max(words).min() == 0 and min_max(words).max() == 1


def test_the_hand_case_of_scores():
    """9, 3, 0 and 0.4, 0.5, 0.6: the extremes tie at 0.5, the middle has 0.42, RRF has all level."""
    total = 0.5 * (min_max(np.array([[9.0, 3, 0]])) + min_max(np.array([[0.4, 0.5, 0.6]])))
    assert total[0] == pytest.approx([0.5, 0.4167, 0.5], abs=1e-3)
    assert np.ptp([score for _, score in rrf(["abc", "cba"])]) < 5e-5


def test_the_ends_of_the_sweep_are_the_single_rankers():
    """Weight 1 is the vector list, weight 0 the keyword list; what both rank second is in at any weight."""
    dense = np.array([[9.0, 0, 8, 7, 6, 5, 4]])
    words = np.array([[0.0, 9, 8, 7, 6, 5, 4]])
    found = []
    for target in (0, 1, 2):
        good = np.zeros((1, 7), bool)
        good[0, target] = True
        found.append(sweep(dense, words, good, np.array([0.0, 0.5, 1.0]))[:, 0].tolist())
    assert [(row[0], row[2]) for row in found] == [(False, True), (True, False), (True, True)]
    assert found[2][1]


def test_the_union_takes_turns_and_repeats_nothing():
    """Best of both first; a document of both lists stands once; twice the depth is never needed."""
    assert union([1, 2, 3, 4], [2, 5, 1, 6], 4) == [1, 2, 5, 3]
    assert union([1, 2], [1, 2], 4) == [1, 2]


@pytest.fixture
def notes() -> QdrantClient:
    client = QdrantClient(":memory:")
    hybrid_in_qdrant.VOCABULARY.clear()
    plain = models.VectorParams(size=3, distance=models.Distance.COSINE)
    idf = models.SparseVectorParams(modifier=models.Modifier.IDF)
    client.create_collection("notes", {"dense": plain}, sparse_vectors_config={"words": idf})
    client.upsert(
        "notes",
        [
            models.PointStruct(
                id=n,
                payload={"team": team},
                vector={"dense": list(vector), "words": sparse(text)},
            )
            for n, (text, team, vector) in TEXTS.items()
        ],
    )
    return client


def test_the_engine_fuses_as_we_do_and_the_filter_is_inside_both_searches(notes):
    """Scores equal those of our function on the two single searches; no team sees another's notes."""
    query = (1.0, 0.05, 0.15)
    for team in ("ops", "office"):
        found = hybrid(notes, query, "E1042 disk", team)
        assert {TEXTS[p.id][1] for p in found} == {team}
        mine = models.Filter(
            must=[models.FieldCondition(key="team", match=models.MatchValue(value=team))]
        )
        lists = [
            [p.id for p in notes.query_points("notes", q, using=name, query_filter=mine).points]
            for name, q in (("dense", list(query)), ("words", sparse("E1042 disk")))
        ]
        assert {p.id: p.score for p in found} == pytest.approx(dict(rrf(lists)))


def test_the_note_with_both_is_first_though_no_single_search_agrees(notes):
    """Vectors prefer the note without the code; fused, the note with code and disk is first."""
    query = (1.0, 0.05, 0.15)
    dense = notes.query_points("notes", list(query), using="dense").points
    assert dense[0].id == 2
    assert hybrid(notes, query, "E1042 disk", "ops")[0].id == 1
