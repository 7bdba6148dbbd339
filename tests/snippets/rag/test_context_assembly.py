"""Claims of docs/rag/context-assembly.md."""

import json
from datetime import date
from itertools import combinations

import numpy as np
import pytest
import torch
from langchain_core.vectorstores.utils import maximal_marginal_relevance

from snippets.rag import answers_by_k, evidence_position
from snippets.rag.ask_if_enough import surplus
from snippets.rag.assemble_context import Block, assemble, prompt, size
from snippets.rag.citation_check import check, negated, overlap
from snippets.rag.citation_scores import ANSWER, citation_scores, judge
from snippets.rag.compress_to_sentences import END, extract
from snippets.rag.conflict_in_prompt import FACTS, RULE, prefers
from snippets.rag.mmr import directions, mmr
from snippets.rag.mmr_with_duplicates import distinct
from snippets.rag.passages_against_tokens import by_depth
from snippets.rag.resolve_conflicts import Statement, resolve
from snippets.rag.sufficiency_gate import choose, missing


@pytest.fixture(scope="module")
def vectors(data_folder):
    return np.load("python_vectors.npy").astype(np.float64)


def read(name):
    with open(name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


# Assembly
def block(number, text, doc="a"):
    return Block(doc, number, number, text)


def test_a_copy_is_dropped_and_a_neighbour_is_joined_in_reading_order():
    """Nine tenths of its words known: out. The passage before it in the same text: joined."""
    ranked = [
        block(5, "one two three four five six seven eight nine ten"),
        block(90, "one two three four five six seven eight nine eleven", doc="copy"),
        block(4, "the passage that stands before number five"),
        block(6, "a neighbour by number only", doc="another text"),
    ]
    first, other = assemble(ranked, budget=1000)
    assert (first.first, first.last) == (4, 5)
    assert first.text.index("before") < first.text.index("ten")
    assert other.doc == "another text"


def test_a_copy_of_a_part_of_a_joined_block_is_still_a_copy():
    """Containment is asked, not similarity of the whole: a copy of one half is found."""
    left = "alpha beta gamma delta epsilon zeta eta theta iota kappa"
    right = "un deux trois quatre cinq six sept huit neuf dix onze douze"
    kept = assemble([block(1, left), block(2, right), block(7, left, doc="mirror")], 1000)
    assert [(b.first, b.last) for b in kept] == [(1, 2)]


@pytest.mark.parametrize("budget", [0, 5, 12, 20, 1000])
def test_the_budget_is_never_exceeded_and_a_shorter_passage_may_still_fit(budget):
    """What does not fit is skipped, and the next one tried."""
    long, short = " ".join(f"word{n}" for n in range(40)), "a few other words"
    kept = assemble([block(1, "the best of all"), block(5, long), block(9, short)], budget)
    assert sum(size(b.text) for b in kept) <= budget
    if budget == 20:
        assert [b.first for b in kept] == [1, 9]


def test_the_best_block_stands_last_and_keeps_its_number():
    """Rank 1 is source 1 and comes last in the prompt."""
    text = prompt([block(1, "best"), block(5, "second")])
    assert text.index('id="2"') < text.index('id="1"')
    assert text.index("second") < text.index("best")


# How many
def test_recall_never_falls_and_the_useful_share_is_a_mean(vectors):
    """Against counting question by question."""
    rng = np.random.default_rng(0)
    relevant, tokens = rng.random((12, 30)) < 0.1, rng.integers(1, 99, 30)
    ranking = np.array([rng.permutation(30) for _ in range(12)])
    last = 0
    for k in (1, 3, 10, 30):
        hits, useful, cost = by_depth(relevant, tokens, ranking, k)
        assert hits == sum(any(r[n] for n in o[:k]) for r, o in zip(relevant, ranking))
        assert useful == pytest.approx(
            np.mean([r[n] for r, o in zip(relevant, ranking) for n in o[:k]])
        )
        assert cost == pytest.approx(np.mean([sum(tokens[n] for n in o[:k]) for o in ranking]))
        assert hits >= last
        last = hits


# MMR
@pytest.mark.parametrize("weight", [1.0, 0.8, 0.5, 0.2, 0.0])
def test_mmr_equals_langchain(vectors, weight):
    """The function from scratch picks the same rows in the same order as langchain_core's."""
    rng = np.random.default_rng(0)
    for query in vectors[rng.integers(0, len(vectors), 12)] + rng.normal(0, 0.03, (12, 384)):
        query = query / np.linalg.norm(query)
        some = vectors[rng.permutation(len(vectors))[:40]]
        some = some / np.linalg.norm(some, axis=1, keepdims=True)
        assert mmr(query, some, weight, 8) == maximal_marginal_relevance(query, some, weight, 8)


def test_mmr_by_hand():
    """At equal weights: 0.5 · 0.91 − 0.5 · 0.82 for C beats B and D; at 0.3 D beats C."""
    query, passages = directions(0)[0], directions(10, 12, -25, 70)
    second = {w: mmr(query, passages, w, 2)[1] for w in (1.0, 0.9, 0.7, 0.5, 0.3)}
    assert second == {1.0: 1, 0.9: 1, 0.7: 2, 0.5: 2, 0.3: 3}
    to_query, to_a = np.cos(np.radians([12, 25, 70])), np.cos(np.radians([2, 35, 60]))
    assert np.argmax(0.5 * to_query - 0.5 * to_a) == 1


def test_weight_one_is_plain_ranking(vectors):
    """With all weight on relevance MMR returns the nearest k."""
    query = vectors[7]
    nearest = np.argsort(-(vectors @ query), kind="stable")[:10]
    assert mmr(query, vectors, 1.0, 10) == nearest.tolist()


def test_distinct_keeps_rank_and_no_two_alike(vectors):
    """The filter keeps the nearest, and any left-out better one resembles a kept one."""
    query, threshold = vectors[100], 0.6
    kept = distinct(query, vectors, threshold, 6)
    scores = vectors @ query
    assert list(scores[kept]) == sorted(scores[kept], reverse=True)
    assert all(vectors[a] @ vectors[b] < threshold for a, b in combinations(kept, 2))
    out = [n for n in range(len(vectors)) if scores[n] > scores[kept[-1]] and n not in kept]
    assert out and all((vectors[kept] @ vectors[n]).max() >= threshold for n in out)


def test_distinct_removes_exact_copies_and_nothing_else(vectors):
    """Below a similarity of one, a doubled corpus gives what the single one gives."""
    query = vectors[3] + 0.1 * vectors[200]
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    once = distinct(query, unit, 0.999, 5)
    twice = distinct(query, np.vstack([unit, unit]), 0.999, 5)
    assert [n % len(unit) for n in twice] == [n % len(unit) for n in once]


# Compression
def test_all_sentences_give_the_passage_back(data_folder):
    """Keeping everything loses white space only."""
    for row in read("python_passages.jsonl")[::20]:
        cut = [" ".join(s.split()) for s in END.split(row["text"]) if s.strip()]
        shown = extract([cut], lambda s: 0.0, keep=999, around=0)[0]
        assert shown.replace(" … ", " ", 1).split() == row["text"].split()


def test_extraction_by_hand():
    """The best sentence, its neighbours, an ellipsis where something is left out."""
    passages = [["a.", "b.", "c.", "d.", "e."], ["f.", "g."]]
    score = {"b.": 3.0, "g.": 2.0}
    assert extract(passages, lambda s: score.get(s, 0), 1, 0) == [" … b.", ""]
    assert extract(passages, lambda s: score.get(s, 0), 1, 1)[0].endswith("a. b. c.")
    assert extract(passages, lambda s: score.get(s, 0), 2, 0) == [" … b.", " … g."]
    score["e."] = 1.0
    assert extract(passages, lambda s: score.get(s, 0), 3, 0)[0] == " … b. … e."


# Citations
PASSAGES = ["The limit is 20 MB for each\nfile, not for the whole.", "Refunds take 14 days."]


def test_a_wrong_citation_fails():
    """The right words under the wrong number, a made-up quotation and a missing number fail."""
    assert check("the limit is 20 MB for each file", 1, PASSAGES) == "verified"
    assert check("the limit is 20 MB for each file", 2, PASSAGES) == "wrong number, is in 1"
    assert check("the limit is 50 MB for each file", 1, PASSAGES) == "not found"
    assert check("Refunds take 14 days", 3, PASSAGES) == "no such passage"
    assert check("Refunds", 2, PASSAGES).startswith("too short")


def test_overlap_cannot_see_a_negation(data_folder):
    """A negated quotation keeps its words: overlap passes it and the string match does not."""
    quote = negated("The limit is 20 MB for each file")
    assert quote == "The limit is not 20 MB for each file"
    assert overlap(quote, 1, PASSAGES) == 1.0
    assert check(quote, 1, PASSAGES) == "not found"


def test_half_a_word_is_no_match():
    """Whole words are compared: 20 MB is not found in 120 MB."""
    assert check("20 MB for each file", 1, ["At most 120 MB for each file."]) == "not found"


def test_citation_scores_by_hand():
    """Three of five statements supported; four of six citations useful; ALCE's conditions."""
    assert citation_scores(ANSWER, judge) == pytest.approx((3 / 5, 4 / 6))
    assert citation_scores([("x", [])], judge) == (0.0, 0.0)
    either = lambda passages, statement: bool(passages & {1, 2})  # noqa: E731
    assert citation_scores([("x", [1, 2])], either) == (1.0, 1.0)  # both support: none in vain


# Conflicts
def test_the_rule_takes_what_is_in_force_then_authority_then_the_date():
    """A newer wiki does not beat a policy, nor a policy that begins later."""
    old = Statement("refund", "30", "policy", 3, date(2023, 1, 1))
    new = Statement("refund", "14", "policy", 3, date(2026, 3, 1))
    wiki = Statement("refund", "60", "wiki", 1, date(2026, 10, 9))
    later = Statement("refund", "10", "policy", 3, date(2027, 1, 1))
    statements = [wiki, later, old, new]
    assert resolve(statements, date(2026, 11, 28))["refund"] == ([new], [wiki, later, old])
    assert resolve(statements, date(2025, 1, 1))["refund"][0] == [old]
    assert resolve(statements, date(2027, 1, 1))["refund"][0] == [later]
    assert resolve(statements, date(2020, 1, 1))["refund"][0] == []


def test_equal_rank_is_not_decided():
    """Two sources of equal rank and date are both kept: a person has to decide."""
    a = Statement("limit", "20", "handbook", 2, date(2026, 6, 1))
    b = Statement("limit", "50", "notes", 2, date(2026, 6, 1))
    assert resolve([a, b], date(2026, 11, 28))["limit"] == ([a, b], [])


# Gate
def test_counts_behind_risk_and_coverage():
    """Missing evidence among the surest, and the lowest threshold that keeps the risk."""
    signal = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    enough = np.array([True, False, True, True, False])
    assert missing(signal, enough).tolist() == [0, 1, 1, 1, 2]
    assert choose(signal, enough, 0.25) == 0.6  # 1 of 4
    assert choose(signal, enough, 0.0) == 0.9
    assert choose(signal, enough, 0.4) == 0.5
    assert choose(signal, ~np.ones(5, bool), 0.1) == np.inf


# SmolLM2
@pytest.mark.model
def test_scores_behind_a_growing_cache_equal_scores_of_the_whole_text(smollm2):
    """Keeping the cache and cropping question and answer changes no log-probability."""
    model, tokenizer = smollm2
    steps = ["<|im_start|>user\nText:\n", "The sky is green here.\n", "Water is red.\n"]
    table = answers_by_k.score(model, tokenizer, "What is green?", ["sky", "water"], steps)
    text = (
        "".join(steps) + answers_by_k.ASK.format("What is green?") + "<|im_start|>assistant\n"
    )
    for option, cached in zip(("sky", "water"), table[-1], strict=True):
        ids = [tokenizer(t).input_ids for t in (*steps, text[len("".join(steps)) :], option)]
        flat = torch.tensor([[n for part in ids for n in part]])
        with torch.no_grad():
            logits = model(flat).logits[0, -len(ids[-1]) - 1 : -1].log_softmax(-1)
        whole = logits.gather(1, torch.tensor([ids[-1]]).T).mean().item()
        assert cached == pytest.approx(whole, abs=1e-3)


@pytest.mark.model
def test_the_evidence_alone_raises_the_score_of_the_answer(smollm2, data_folder):
    """For each of four questions the labelled answer is likelier with its evidence than without."""
    model, tokenizer = smollm2
    rows = [q for q in read("python_questions.jsonl") if q["split"] == "test"]
    rows = [
        q for q in rows if q["answer"] in ("__main__", "SystemExit", "RuntimeError", ".pdbrc")
    ]
    for q in rows:
        asked = (q["question"].capitalize(), q["answer"])
        alone = evidence_position.score(model, tokenizer, q["evidence"][:1], *asked)
        assert alone > evidence_position.score(model, tokenizer, [""], *asked) + 1


@pytest.mark.model
def test_one_document_is_followed_and_dates_do_not_decide_between_two(smollm2):
    """Each document alone is followed; with both and the rule, the newer one not always."""
    model, tokenizer = smollm2
    alone, newest = 0, 0
    for start, question, *values in FACTS[:6]:
        written = [f"Document of 2 March 2021: {start} {values[0]}.",
                   f"Document of 5 June 2026: {start} {values[1]}."]  # fmt: skip
        asked = f"Question: {question}"
        for which in (0, 1):
            text = f"{written[which]}\n{asked}"
            alone += prefers(model, tokenizer, text, start, values) == which
        both = "\n".join([*written, RULE + asked])
        newest += prefers(model, tokenizer, both, start, values)
    assert alone == 12
    assert newest < 6


@pytest.mark.model
def test_asking_the_model_is_no_gate(smollm2, data_folder):
    """SmolLM2 does not say Yes more surely to the evidence than to a text about something else."""
    model, tokenizer = smollm2
    rows = [
        q for q in read("python_questions.jsonl") if q["split"] == "tune" and q["evidence"]
    ][:8]
    texts = [p["text"] for p in read("python_passages.jsonl")]
    right = 0
    for q in rows:
        home = next(t for t in texts if q["evidence"][0] in " ".join(t.split()))
        other = texts[(texts.index(home) + 1) % len(texts)]
        question = q["question"].capitalize().rstrip("?") + "?"
        scores = [surplus(model, tokenizer, t, question) for t in (home, other)]
        right += scores[0] > scores[1]
    assert right < 8
