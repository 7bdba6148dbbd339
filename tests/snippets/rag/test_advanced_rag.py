"""Claims of docs/rag/advanced-rag.md."""

import json
from math import comb
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from snippets.rag.contextual_headers import with_headers
from snippets.rag.contextual_note_cost import note_cost
from snippets.rag.corrective_loop import corrective
from snippets.rag.graph_walk import name_graph, names, walk
from snippets.rag.judge_error import break_even, expected
from snippets.rag.sentence_window import send
from snippets.rag.small_to_big import children, parent_scores


def read(name):
    with open(name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


# Small to big
def test_the_best_child_decides_where_the_mean_would_decide_otherwise():
    """Parent A wins by best child, .62 against .40; B would win by the mean, .39 against .28."""
    scores = np.array([[0.62, 0.10, 0.12, 0.40, 0.38, 0.39]])
    parent = np.array([0, 0, 0, 1, 1, 1])
    assert parent_scores(scores, parent).tolist() == [[0.62, 0.40]]
    means = scores.reshape(2, 3).mean(axis=1)
    assert means.round(2).tolist() == [0.28, 0.39]


@pytest.mark.parametrize("size", [0, 250])
def test_children_lose_no_word_and_every_parent_has_some(size, data_folder):
    """Joined again, the children are the passage with its white space flattened."""
    passages = read("python_passages.jsonl")
    for passage in passages:
        parts = children(passage["text"], size)
        assert parts and " ".join(parts) == " ".join(passage["text"].split())
    if size:
        packed = [c for p in passages for c in children(p["text"], size)]
        alone = [c for p in passages for c in children(p["text"], 0)]
        assert len(packed) < len(alone)


def test_a_window_stays_in_its_document_and_overlaps_are_sent_once():
    """Two hits side by side with a window of one become one run; the other document stays out."""
    units = [("a", "a0"), ("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b0"), ("b", "b1")]
    assert send([1, 2], units, width=1, budget=100) == ["a0 a1 a2 a3"]
    assert send([3], units, width=1, budget=100) == ["a2 a3"]
    assert send([0, 5], units, width=0, budget=100) == ["a0", "b1"]


@pytest.mark.parametrize("budget", [0, 3, 4, 6, 8])
def test_a_window_never_exceeds_its_budget(budget):
    """Characters of the sentences sent, joints aside, stay within the budget."""
    units = [("a", f"s{n}") for n in range(6)]
    sent = send([2, 5, 0], units, width=1, budget=budget)
    assert sum(len(s) for run in sent for s in run.split()) <= budget


# Contextual retrieval
def test_headers_name_the_title_and_the_heading_above(data_folder):
    """A passage without a heading of its own carries the last one before it."""
    docs = [
        {"doc": "d", "text": "Title\n*****\n\nfirst"},
        {"doc": "d", "text": "Part\n====\n\nsecond"},
        {"doc": "d", "text": "third"},
        {"doc": "e", "text": "fourth"},
    ]
    headed = with_headers(docs, {"d": "Title", "e": "Other"})
    assert [text.split("\n")[0] for text in headed] == [
        "Title",
        "Title > Part",
        "Title > Part",
        "Other",
    ]
    passages = read("python_passages.jsonl")
    titles = {d["id"]: d["title"] for d in read("python_reference.jsonl")}
    for passage, text in zip(passages, with_headers(passages, titles)):
        assert text.startswith(titles[passage["doc"]]) and text.endswith(passage["text"])


def test_the_published_price_of_notes():
    """8,000 tokens, prices of 2024: 1.02 dollars a million with the cache, 2.92 without."""
    haiku = {"input": 0.25, "output": 1.25, "write": 0.30, "read": 0.03}
    assert note_cost(8000, haiku, True) == pytest.approx((2400 + 2400 + 2125 + 1250) / 8000)
    assert round(note_cost(8000, haiku, True), 2) == 1.02
    assert round(note_cost(8000, haiku, False), 2) == 2.92


def test_the_reading_grows_with_the_square_of_the_document():
    """Per token the cached cost is a line in the document's length."""
    haiku = {"input": 0.25, "output": 1.25, "write": 0.30, "read": 0.03}
    costs = [note_cost(size, haiku, True) for size in (8_000, 16_000, 24_000)]
    assert costs[2] - costs[1] == pytest.approx(costs[1] - costs[0])
    assert costs[1] > costs[0]


# GraphRAG
def test_the_graph_of_names_against_counting_by_hand():
    """Names are identifiers in quotes; an edge weighs the passages that mention both."""
    found = [
        names('"__eq__()" and "__hash__()", not "two words"'),
        names('"__hash__" or "__eq__"'),
    ]
    assert found == [{"__eq__", "__hash__"}] * 2
    assert name_graph(found)["__eq__"]["__hash__"]["weight"] == 2


def test_the_walk_equals_the_linear_system():
    """Personalised PageRank is the solution of r = (1 - α) s + α Pᵀ r."""
    found, hits = [{"x"}, {"x", "y"}, {"y"}, set()], {0: 0.7, 1: 0.3}
    nodes = [0, 1, 2, "x", "y"]
    graph = nx.Graph([(0, "x"), (1, "x"), (1, "y"), (2, "y")])
    matrix = nx.to_numpy_array(graph, nodelist=nodes)
    matrix /= matrix.sum(axis=1, keepdims=True)
    start = np.array([0.7, 0.3, 0, 0, 0])
    exact = np.linalg.solve(np.eye(5) - 0.5 * matrix.T, 0.5 * start)
    assert walk(found, hits) == pytest.approx([*exact[:3], 0], abs=1e-5)
    assert walk(found, hits)[2] > 0  # reached through a name, though the search missed it


# Corrective loop
def test_the_loop_stops_at_the_first_accepted_result_and_abstains_without_one():
    """Searches after an accepted one are never run."""
    spent = []
    searches = [lambda n=n: spent.append(n) or [n] for n in range(3)]
    assert corrective(searches, lambda found: found == [1]) == ([1], 2)
    assert spent == [0, 1]
    assert corrective(searches, lambda found: False) == (None, 3)


@pytest.mark.parametrize("error", [0.0, 0.1, 0.3, 0.5])
def test_rescued_and_spoiled_equal_the_loop_with_a_random_judge(error):
    """The formula against the loop itself, run with a judge that errs at random."""
    draw, runs = np.random.default_rng(0), 1500
    rescued = spoiled = 0
    for dense, keyword, count in ((1, 1, 52), (1, 0, 15), (0, 1, 7), (0, 0, 7)):
        for _ in range(count * runs):
            judge = lambda good: bool(good) != (draw.random() < error)  # noqa: E731
            found, _ = corrective([lambda: dense, lambda: keyword], judge)
            rescued += not dense and bool(found)
            spoiled += dense and not found
    assert (rescued / runs, spoiled / runs) == pytest.approx(expected(error), abs=0.35)


def test_the_break_even_solves_the_quadratic():
    """45 e² + 29 e - 7 = 0 has its positive root at .19."""
    root = (-29 + (29**2 + 4 * 45 * 7) ** 0.5) / 90
    assert break_even() == pytest.approx(root)
    assert round(root, 2) == 0.19


def test_what_the_agent_reads_and_what_a_page_image_stores():
    """25,000 tokens for four steps; 262,144 bytes for 1,024 patches, 114 times three passages."""
    context, added, steps = 2_000, 1_500, 4
    assert sum(context + i * added for i in range(steps + 1)) == 25_000
    page, text = np.zeros((1024, 128), np.float16).nbytes, np.zeros((3, 384), np.float16).nbytes
    assert (page, text, round(page / text)) == (262_144, 2_304, 114)


# What was printed
def printed(name):
    return (Path(__file__).parents[3] / "snippets/rag" / f"{name}.out").read_text("utf-8")


def test_the_four_kinds_of_questions_behind_the_judge_s_error_rate():
    """67 found by dense search and 7 rescued by a perfect judge are the counts of the formula."""
    rows = {
        line[:14].strip(): line[14:].split() for line in printed("corrective_loop").split("\n")
    }
    assert rows["perfect"][:4] == [str(52 + 15 + 7), "7", "0", "7"]
    assert rows["accepts all"][0] == str(52 + 15)


def test_small_to_big_sharpens_the_top_and_hardly_widens_the_list():
    """Single sentences: first places 37 to 44, at five 67 to 70 with six won and three lost."""
    rows = {
        line[:18].strip(): line[18:].split() for line in printed("small_to_big").split("\n")
    }
    assert rows["whole passages"] == ["309", "37", "55", "67", "71", "0", "0"]
    assert rows["sentences"] == ["1943", "44", "61", "70", "74", "6", "3"]
    won, lost = int(rows["sentences"][5]), int(rows["sentences"][6])
    assert 2 * sum(comb(won + lost, n) for n in range(lost + 1)) / 2 ** (won + lost) > 0.5
