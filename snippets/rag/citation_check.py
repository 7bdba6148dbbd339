"""Check a citation: does the cited passage hold the quoted words? Match against overlap."""

import json
import re
from collections import defaultdict


def words(text: str) -> list[str]:
    """Lower case, without punctuation, quotation marks or line breaks."""
    return re.findall(r"\w+", text.lower())


# --8<-- [start:check]
def check(quote: str, number: int, passages: list[str]) -> str:
    """Verdict on a quotation cited as passage `number` (counted from 1)."""
    inside = [f" {' '.join(words(quote))} " in f" {' '.join(words(p))} " for p in passages]
    if not 1 <= number <= len(passages):
        return "no such passage"
    if len(words(quote)) < 4:
        return "too short to prove anything"
    if inside[number - 1]:
        return "verified"
    return f"wrong number, is in {inside.index(True) + 1}" if any(inside) else "not found"


def overlap(quote: str, number: int, passages: list[str]) -> float:
    """Share of the quotation's words that occur anywhere in the cited passage."""
    there = set(words(passages[number - 1]))
    return sum(w in there for w in words(quote)) / len(words(quote))


# --8<-- [end:check]
def negated(sentence: str) -> str:
    """The same sentence with its first auxiliary or verb "is" turned into its opposite."""
    return re.sub(r"\b(is|are|can|may|must|will) (not )?",
                  lambda m: m[1] + (" " if m[2] else " not "), sentence, count=1)  # fmt: skip


if __name__ == "__main__":
    passages = [json.loads(p)["text"] for p in open("python_passages.jsonl", encoding="utf-8")]
    rows = [json.loads(line) for line in open("python_questions.jsonl", encoding="utf-8")]
    counts = defaultdict(list)
    for q in (q for q in rows if q["split"] == "test" and q["evidence"]):
        quote = q["evidence"][0]
        home = next(n for n, p in enumerate(passages) if quote in " ".join(p.split()))
        prompt = [passages[home], passages[home - 1]]  # the right passage and its neighbour
        cases = {
            "as it stands": (quote, 1),
            "in capitals, quoted": (f"“{quote.upper()}”", 1),
            "wrong number": (quote, 2),
            "negated": (negated(quote), 1),
            "labelled answer": (q["answer"], 1),
        }
        for name, (text, number) in cases.items():
            if name != "negated" or text != quote:
                passed = check(text, number, prompt) == "verified"
                counts[name].append((passed, overlap(text, number, prompt) >= 0.8))
    print("quotation              cases  passed by match  passed by overlap 0.8")
    for name, verdicts in counts.items():
        match, loose = map(sum, zip(*verdicts, strict=True))
        print(f"{name:22}{len(verdicts):6}{match:17}{loose:23}")
