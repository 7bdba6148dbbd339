"""The labelled questions that the chapters on retrieval share."""

import json
from collections import Counter

from tools.outputs import DATA


def lines(name: str) -> list[dict]:
    return [json.loads(x) for x in (DATA / name).read_text(encoding="utf-8").splitlines()]


def unlabelled(texts: dict[str, str], questions: list[dict]) -> list[str]:
    """Questions whose evidence does not stand, but for white space, in the topic that they name."""
    flat = {name: " ".join(text.split()) for name, text in texts.items()}
    return [
        q["question"]
        for q in questions
        if q["doc"]
        and not any(e in flat.get(q["doc"], "") for e in q["evidence"])
        or any(all(e not in text for text in flat.values()) for e in q["evidence"])
    ]


def test_every_label_stands_in_the_text():
    """At least 150 answerable questions, no two alike, each with evidence that stands word for word in its topic."""
    texts = {d["id"]: d["text"] for d in lines("python_reference.jsonl")}
    questions = lines("python_questions.jsonl")
    assert unlabelled(texts, questions) == []
    assert len({q["question"].lower() for q in questions}) == len(questions)
    styles = Counter(q["style"] for q in questions)
    assert styles.keys() == {"keyword", "natural", "paraphrase", "unanswerable"}
    assert len(questions) - styles["unanswerable"] >= 150
    assert all(bool(q["evidence"]) == bool(q["answer"]) == bool(q["doc"]) for q in questions)
    assert Counter(q["split"] for q in questions)["test"] >= 80


def test_a_wrong_label_is_named():
    """Evidence that stands nowhere, or only in another topic, is reported."""
    texts = {"a": "one\n  two", "b": "three"}
    good = {"question": "q", "doc": "a", "evidence": ["one two"]}
    assert unlabelled(texts, [good]) == []
    for planted in ({"evidence": ["two one"]}, {"evidence": ["three"]}, {"doc": "c"}):
        assert unlabelled(texts, [good | planted]) == ["q"]
