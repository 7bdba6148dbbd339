"""What docs/advanced-search/search-at-scale.md claims."""

from functools import lru_cache

import bm25s
import numpy as np
import pytest

from snippets.advanced_search.fix_a_retriever import bm25 as keyword_scores
from snippets.advanced_search.fix_a_retriever import lost_at
from snippets.advanced_search.hedged_requests import hedged, simulate
from snippets.advanced_search.personal_prior import break_even, personal
from snippets.advanced_search.recency_prior import decayed, newest_only
from snippets.advanced_search.shard_depth import depth_for, merged_recall
from snippets.advanced_search.shard_idf import bm25, sharded, statistics
from snippets.advanced_search.two_stage_recall import two_stages
from snippets.advanced_search.zipf_cache import lru_hits, popularity


def test_two_stages_are_the_dear_order_of_the_cheap_candidates():
    """All documents as candidates give the dear ranking; few give it among the candidates only."""
    cheap, dear = np.random.default_rng(0).random((2, 6, 40))
    everything = two_stages(cheap, dear, 40, 5)
    assert (everything == np.argsort(-dear, axis=1)[:, :5]).all()
    for question, found in enumerate(two_stages(cheap, dear, 8, 5)):
        candidates = np.argsort(-cheap[question])[:8]
        assert list(found) == sorted(candidates, key=lambda n: -dear[question, n])[:5]


def test_two_from_two_shards_asked_for_one_by_hand():
    """The best is always found, the second with one half: .75. Asked for k, nothing is lost."""
    assert merged_recall(2, 2, 1) == pytest.approx(0.75)
    assert merged_recall(100, 10, 100) == merged_recall(10, 3, 10) == pytest.approx(1)
    assert merged_recall(100, 10, 10) == pytest.approx(0.8813, abs=1e-4)
    assert depth_for(1000, 100, 0.9999) == 22


def test_merged_recall_is_what_a_simulation_finds():
    """2,000 random placements of the best 50 over 5 shards, each asked for 12."""
    shard = np.random.default_rng(1).integers(0, 5, (2000, 50))
    better = np.array([[(row[:r] == row[r]).sum() for r in range(50)] for row in shard])
    assert (better < 12).mean() == pytest.approx(merged_recall(50, 5, 12), abs=0.005)


def corpus() -> tuple[np.ndarray, list[list[str]]]:
    counts = np.random.default_rng(2).poisson(0.4, (60, 12)) + np.eye(60, 12, dtype=int)
    return counts, [[f"w{c}" for c, n in enumerate(row) for _ in range(n)] for row in counts]


def test_bm25_of_one_index_equals_bm25s():
    """The same scores as the library's Lucene variant, for every word."""
    counts, words = corpus()
    (index := bm25s.BM25(method="lucene", k1=1.5, b=0.75)).index(words, show_progress=False)
    for column in range(12):
        ours = bm25(counts, np.array([column]), statistics(counts))
        assert ours == pytest.approx(index.get_scores([f"w{column}"]), rel=1e-4, abs=1e-6)


def test_global_statistics_make_shards_agree_with_one_index():
    """Exactly the same scores; with own statistics others."""
    counts, _ = corpus()
    query, owner = np.array([1, 4, 7]), np.arange(60) // 15
    whole = bm25(counts, query, statistics(counts))
    assert sharded(counts, owner, query, shared=True) == pytest.approx(whole)
    assert not np.allclose(sharded(counts, owner, query, shared=False), whole)


def test_a_hedge_is_never_later_than_waiting():
    """By hand: 5 stays, 40 becomes 17 + 9, 20 stays 20 because the copy takes 30."""
    times = hedged(np.array([5.0, 40.0, 20.0]), np.array([1.0, 9.0, 30.0]), 17.0)
    assert times.tolist() == [5.0, 26.0, 20.0]
    runs = simulate(10, together=0.5, queries=500)
    assert (runs["hedge"] <= runs["wait"]).all()


def test_hedging_helps_less_when_copies_pause_together():
    """99th percentile over 50 shards: independent copies far below half-common, that below none."""
    p99 = [
        np.percentile(times.max(axis=1), 99)
        for times in (
            simulate(50, 0.0, 4000)["hedge"],
            simulate(50, 0.5, 4000)["hedge"],
            simulate(50, 0.0, 4000)["wait"],
        )
    ]
    assert 2 * p99[0] < p99[1] < 0.8 * p99[2]


def test_the_cache_hits_as_often_as_pythons_lru_cache():
    """The same number of hits on the same stream, and more places never hit less often."""
    keys = np.random.default_rng(3).choice(500, 5000, p=popularity(500, 1.0)).tolist()
    rates = []
    for size in (10, 50, 200):
        cached = lru_cache(maxsize=size)(lambda key: key)
        for key in keys:
            cached(key)
        rates.append(lru_hits(keys, size))
        assert rates[-1] == cached.cache_info().hits / len(keys)
    assert rates == sorted(rates)


def test_first_time_queries_and_clearing_bound_the_hit_rate():
    """Without limit the misses are the distinct keys; emptied at each request nothing hits."""
    keys = np.random.default_rng(4).integers(0, 90, 300).tolist()
    assert lru_hits(keys, 1000) == pytest.approx(1 - len(set(keys)) / 300)
    assert lru_hits(keys, 1000, clear_every=1) == 0
    assert lru_hits(keys, 1000, clear_every=50) < lru_hits(keys, 1000)


def test_zipf_by_hand():
    """Exponent 1, three queries: 6/11, 3/11, 2/11."""
    assert popularity(3, 1.0) == pytest.approx([6 / 11, 3 / 11, 2 / 11])


def test_a_year_old_document_keeps_eighty_five_per_cent():
    """Half-life a year, weight 0.3; a new one keeps all, and none loses more than the weight."""
    kept = decayed(np.ones(3), np.array([0, 365, 1e6]), 365, 0.3)
    assert kept == pytest.approx([1, 0.85, 0.7])


def test_only_the_newest_version_of_each_key_stays():
    """Two keys with two and one versions: the older one of the pair is hidden."""
    left = newest_only(np.array([0.9, 0.8, 0.7]), np.array([0, 0, 1]), np.array([30, 3, 900]))
    assert left.tolist() == [-np.inf, 0.8, 0.7]


def test_the_bonus_and_its_break_even():
    """Liked topics move up by the bonus; 12 won inside and 9 lost outside break even at 43 %."""
    scores = personal(np.array([0.5, 0.45, 0.3]), np.array([1, 2, 2]), {2}, 0.1)
    assert scores == pytest.approx([0.5, 0.55, 0.4])
    assert break_even(12, 9) == pytest.approx(9 / 21)


def test_the_first_stage_that_loses_the_evidence():
    """One made-up question through every stage: absent, cut, filter, no list, too low, found."""
    parts = [{"doc": "x" * n, "text": f"text {n:02}"} for n in range(1, 41)]
    q = {
        "question": "odd",
        "doc": "x" * 3,
        "evidence": ["text 03"],
    }  # may read odd lengths only

    def ends(rank: int, early: bool, parts: list[dict] = parts, q: dict = q) -> str:
        others = iter(s for s in range(40, 0, -1) if s != 41 - rank)
        scores = [41 - rank if p["doc"] == q["doc"] else next(others) for p in parts]
        return lost_at(np.array(scores, dtype=float), parts, q, early)

    assert ends(1, True, [p for p in parts if p["doc"] != q["doc"]]) == "absent"
    assert ends(1, True, q=q | {"evidence": ["text 03 and more"]}) == "cut"
    assert ends(1, True) == ends(1, False) == ends(9, True) == "found"
    assert ends(11, False) == "no list" and ends(11, True) == "6-20"
    assert ends(40, True) == "6-20"  # half of the 40 are forbidden: still among twenty
    mostly_hidden = [p | {"doc": "yy"} if n < 12 and n != 2 else p for n, p in enumerate(parts)]
    assert ends(12, False, mostly_hidden) == "filter"


def test_an_analyser_that_keeps_commas_and_capitals_misses():
    """Split at spaces, 'Lists,' is not 'lists'."""
    parts, asked = (
        [{"text": "Lists, and more"}, {"text": "other text"}],
        [{"question": "lists"}],
    )
    assert keyword_scores(parts, asked, str.split).max() == 0

    def fold(text: str) -> list[str]:
        return text.lower().replace(",", " ").split()

    assert keyword_scores(parts, asked, fold)[0, 0] > 0
