"""What docs/advanced-search/reranking.md claims."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import ndcg_score
from transformers import AutoTokenizer

from snippets.advanced_search.llm_reranker import two_scores
from snippets.advanced_search.pairwise_order import order, prefers_a
from snippets.advanced_search.rank_losses import listwise, pairwise, pointwise
from snippets.advanced_search.ranking_cascade import cascade
from snippets.advanced_search.rerank_budget import fitting, milliseconds
from snippets.advanced_search.rerank_calls import bubble_passes, sliding_windows
from snippets.advanced_search.rerank_ceiling import perfect, rerank
from snippets.advanced_search.train_reranker import fit, overlap
from snippets.advanced_search.truncated_evidence import MINILM, read_part


@pytest.fixture
def a_list() -> tuple[np.ndarray, np.ndarray]:
    """Twelve candidates with random scores, three of them good."""
    scores = np.random.default_rng(0).normal(size=12) * 2
    good = np.zeros(12, int)
    good[[1, 6, 9]] = 1
    return scores, good


def test_a_perfect_second_stage_is_right_exactly_when_the_candidates_hold_an_answer():
    """Its success at one passage is the first stage's recall; nothing enters or leaves the list."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        good = rng.random(30) < 0.05
        candidates = rng.permutation(30)[:8].tolist()
        again = rerank(candidates, perfect(good))
        assert sorted(again) == sorted(candidates)
        assert good[again[0]] == good[candidates].any()


def test_equal_scores_keep_the_first_stages_order():
    """A reranker that says nothing changes nothing."""
    assert rerank([5, 2, 9], {2: 1.0, 5: 1.0, 9: 1.0}) == [5, 2, 9]


def test_pairwise_training_is_logistic_regression_on_gaps():
    """The same weights as scikit-learn's, without intercept, on the gaps and their negatives."""
    gaps = np.random.default_rng(1).normal(size=(400, 3)) + [0.8, 0.2, -0.4]
    ours = fit(gaps, steps=3000)
    model = LogisticRegression(C=1 / (0.01 * 800), fit_intercept=False, tol=1e-8)
    model.fit(np.concatenate([gaps, -gaps]), np.repeat([1, 0], 400))
    assert ours == pytest.approx(model.coef_[0], abs=1e-3)


def test_overlap_by_hand():
    """Share of the words by rarity, with endings cut to five letters, and pairs of neighbours."""
    texts = ["a lambda statement", "the statements of a loop", "a", "nothing here"]
    share, pairs = overlap("a lambda statements", texts)
    rare = {"a": np.log(4 / 4), "lambd": np.log(4 / 2), "state": np.log(4 / 3)}
    whole = sum(rare.values())
    assert share == pytest.approx([1, rare["state"] / whole, 0, 0])
    assert pairs.tolist() == [2, 0, 0, 0]


def test_gradients_equal_automatic_ones(a_list):
    """Pointwise is binary cross-entropy, RankNet a softplus over pairs, ListNet softmax cross-entropy."""
    scores, good = a_list
    y = torch.tensor(good, dtype=torch.float64)
    losses = {
        pointwise: lambda s: torch.nn.functional.binary_cross_entropy_with_logits(s, y),
        pairwise: lambda s: torch.nn.functional.softplus(
            -(s[y == 1][:, None] - s[y == 0][None])
        ).sum(),
        listwise: lambda s: torch.nn.functional.cross_entropy(s[None], (y / y.sum())[None]),
    }
    for ours, loss in losses.items():
        s = torch.tensor(scores, requires_grad=True)
        loss(s).backward()
        assert ours(scores, good) == pytest.approx(s.grad.numpy())


def test_lambdarank_weighs_a_pair_by_the_change_of_ndcg(a_list):
    """The weights are scikit-learn's nDCG before minus after each swap."""
    scores, good = a_list
    expected = np.zeros(12)
    for i in np.flatnonzero(good == 1):
        for j in np.flatnonzero(good == 0):
            swapped = scores.copy()
            swapped[[i, j]] = swapped[[j, i]]
            change = abs(ndcg_score([good], [scores]) - ndcg_score([good], [swapped]))
            push = change / (1 + np.exp(scores[i] - scores[j]))
            expected[[i, j]] += -push, push
    assert pairwise(scores, good, weigh=True) == pytest.approx(expected)


def test_the_hand_case_of_the_losses():
    """0.98 against 0.40 for the wrong one on top, 0.27 against 0.003 for the one below."""
    scores = np.array([3.0, 2.5, 2.0, 1.0, 0.5, 0.0, -1.0, -2.0])
    good = np.array([0, 1, 0, 0, 0, 0, 1, 0])
    assert 1 / (1 + np.exp(-4)) == pytest.approx(0.98, abs=0.005)
    ideal = 1 + 1 / np.log2(3)
    assert (1 - 1 / 3) / ideal * 0.982 == pytest.approx(0.40, abs=0.005)
    last = pairwise(scores[[6, 7]], np.array([1, 0]))
    assert last == pytest.approx([-0.269, 0.269], abs=1e-3)
    swap = (1 / 3 - 1 / np.log2(9)) / ideal
    assert swap == pytest.approx(0.011, abs=5e-4)
    assert swap * 0.269 == pytest.approx(0.003, abs=5e-4)
    force = -pairwise(scores, good, weigh=True)
    assert force.argmax() == 6 and force.argmin() == 0


def test_pairwise_and_listwise_ignore_a_shift_and_pointwise_does_not(a_list):
    """So only a pointwise term ties the scores of different questions together."""
    scores, good = a_list
    for loss in (pairwise, listwise):
        assert loss(scores + 5, good) == pytest.approx(loss(scores, good))
    assert not np.allclose(pointwise(scores + 5, good), pointwise(scores, good))


def test_a_sigmoid_loses_the_order_of_large_logits():
    """Above 18, 32-bit sigmoids are equal."""
    large = torch.tensor([18.0, 25.0, 40.0])
    assert len(set(torch.sigmoid(large).tolist())) == 1


def test_windows_find_the_ten_best_and_no_more_for_certain():
    """Nine calls over 100; with a perfect judge the best ten lead, the best twenty need not."""
    lost = 0
    for seed in range(20):
        start, calls = random.Random(seed).sample(range(100), 100), []
        found = sliding_windows(start, lambda window: calls.append(1) or sorted(window))
        assert len(calls) == 9 and found[:10] == list(range(10))
        assert sorted(found) == list(range(100))
        lost += set(found[:20]) != set(range(20))
    assert lost == 20


def test_bubble_passes_put_one_more_in_place_each():
    """After n passes the n best lead, at 99 + 98 + … calls; ten passes over 100 are 945."""
    start, calls = random.Random(1).sample(range(100), 100), []
    found = bubble_passes(start, lambda a, b: calls.append(1) or a < b, 10)
    assert found[:10] == list(range(10)) and len(calls) == 945


def test_the_budget_by_hand():
    """BERT-base, 100 pairs of 200 tokens: 28 ms at 150e12, 8.5 s at 0.4e12; and backwards."""
    assert milliseconds(100, 200, 85e6, 150e12) == pytest.approx(28, abs=0.5)
    assert milliseconds(100, 200, 85e6, 0.4e12) == pytest.approx(8505)
    for n in (1, 7, 300):
        time = milliseconds(n, 180, 11e6, 1e12)
        assert fitting(time + 1e-6, 180, 11e6, 1e12) == n
    assert fitting(3, 200, 85e6, 150e12) == 0


def test_a_cascade_that_drops_nothing_is_its_last_stage_and_a_narrow_one_loses_for_good():
    """Earlier orders do not matter when all pass; what an early stage drops never returns."""
    rng = np.random.default_rng(2)
    first, last = rng.random((2, 50))
    left, scored = cascade([first, last], [50, 10])
    assert left.tolist() == np.argsort(-last)[:10].tolist() and scored == [50, 50]
    first[last.argmax()] = -1
    left, scored = cascade([first, last], [20, 5])
    assert last.argmax() not in left and scored == [50, 20]


def test_what_is_read_is_a_beginning_that_fits():
    """Question and read part are within the limit; nothing is cut when there is room."""
    tokenizer = AutoTokenizer.from_pretrained(MINILM)
    passage = "The with statement wraps the execution of a block. " * 20
    for limit in (32, 64, 128):
        part = read_part("What does with do?", passage, limit, tokenizer)
        assert passage.startswith(part) and len(part) < len(passage)
        assert len(tokenizer("What does with do?", part).input_ids) <= limit
    whole = read_part("What does with do?", passage.strip(), 512, tokenizer)
    assert whole == passage.strip()


@pytest.mark.model
def test_the_likelihood_equals_one_token_at_a_time(smollm2):
    """The one-pass score is the mean of separate next-token log-probabilities."""
    model, tokenizer = smollm2
    passage, question = "A tuple cannot be changed.", "Can a tuple change?"
    ours, _ = two_scores(question, passage, model, tokenizer)
    ids = tokenizer.encode(f"Passage: {passage}\nQuestion:", add_special_tokens=False)
    total, asked = 0.0, tokenizer.encode(f" {question}", add_special_tokens=False)
    for token in asked:
        with torch.inference_mode():
            logits = model(torch.tensor([ids])).logits[0, -1]
        total += logits.log_softmax(0)[token].item()
        ids.append(token)
    assert ours == pytest.approx(total / len(asked), abs=1e-3)


@pytest.mark.model
def test_the_question_is_likelier_after_a_passage_about_it(smollm2):
    """The signal that query likelihood ranks by."""
    model, tokenizer = smollm2
    question = "How long do cats sleep?"
    about, other = (
        two_scores(question, text, model, tokenizer)[0]
        for text in ("Cats sleep twelve hours a day.", "The bank opens at nine.")
    )
    assert about > other + 0.3


@pytest.mark.model
def test_the_small_model_answers_a_in_both_orders(smollm2, data_folder):
    """For a question of the corpus the letter depends on the place, not on the passage."""
    model, tokenizer = smollm2
    rows = [json.loads(line) for line in Path("python_questions.jsonl").open(encoding="utf-8")]
    q = [q for q in rows if q["split"] == "test" and q["evidence"]][6]
    lines = Path("python_passages.jsonl").open(encoding="utf-8")
    texts = [" ".join(json.loads(line)["text"].split()) for line in lines]
    near = [texts[n] for n in order([q["question"]])[0]]
    right, wrong = (
        next(t for t in near if any(e in t for e in q["evidence"]) is kind)
        for kind in (True, False)
    )
    for a, b in ((right, wrong), (wrong, right)):
        assert prefers_a(q["question"], a, b, model, tokenizer) > 0.1
