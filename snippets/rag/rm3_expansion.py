"""RM3 for BM25: add words of the first passages to the question; recall before and after."""

import json
from collections import Counter
from pathlib import Path

import bm25s
import numpy as np


# --8<-- [start:rm3]
def rm3(query: Counter, scores: np.ndarray, docs: list[list[str]], k: int, terms: int,
        keep: float) -> Counter:  # fmt: skip
    """Word weights: `keep` for the question's own words, the rest for words of the first k."""
    first = np.argsort(-scores, kind="stable")[:k]
    share = scores[first] / max(scores[first].sum(), 1e-9)  # a better passage counts more
    model: Counter = Counter()
    for d, p in zip(first, share, strict=True):
        for word, count in Counter(docs[d]).items():
            model[word] += p * count / len(docs[d])  # p(passage) x p(word | passage)
    top = sorted(model, key=lambda w: (-round(model[w], 9), w))[:terms]
    weights = Counter({w: keep * n / query.total() for w, n in query.items()})
    for w in top:
        weights[w] += (1 - keep) * model[w] / sum(model[t] for t in top)
    return weights


# --8<-- [end:rm3]
def weighted(index: bm25s.BM25, weights: Counter, size: int) -> np.ndarray:
    """BM25 is a sum over words: the weight of a word multiplies its part of the sum."""
    parts = [n * index.get_scores([w]) for w, n in weights.items() if w in index.vocab_dict]
    return sum(parts, np.zeros(size)).round(9)


def main() -> None:
    lines = Path("python_passages.jsonl").read_text("utf-8").splitlines()
    texts = [" ".join(json.loads(line)["text"].split()) for line in lines]
    lines = Path("python_questions.jsonl").read_text("utf-8").splitlines()
    asked = [q for q in map(json.loads, lines) if q["evidence"] and q["split"] == "test"]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    plain = {"stopwords": "en", "return_ids": False, "show_progress": False}
    docs, index = bm25s.tokenize(texts, **plain), bm25s.BM25()
    index.index(docs, show_progress=False)
    words = bm25s.tokenize([q["question"] for q in asked], **plain)
    first = [weighted(index, Counter(w), len(docs)) for w in words]
    print(f"{f'{len(asked)} test questions':34}  @1  @5 @20   wins, losses at 5")
    for keep in (1.0, 0.9, 0.7, 0.5):
        both = zip(words, first, strict=True)
        new = [
            weighted(index, rm3(Counter(w), s, docs, 10, 10, keep), len(docs)) for w, s in both
        ]
        order = np.argsort(-np.array(new), axis=1, kind="stable")
        r = np.take_along_axis(good, order, 1).argmax(1) + 1
        base = r if keep == 1 else base  # noqa: F821
        wins, losses = ((r <= 5) & (base > 5)).sum(), ((r > 5) & (base <= 5)).sum()
        counts = "".join(f"{(r <= n).sum():4}" for n in (1, 5, 20))
        print(f"10 passages, 10 words, keep {keep:<6}{counts}   +{wins} -{losses}")


if __name__ == "__main__":
    main()
