"""TF-IDF by hand on three short texts: counts, rarity, length, cosine."""

import math
from collections import Counter

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "the cat chased the dog all day"]
QUERY = "cat on mat"


# --8<-- [start:tfidf]
def idf(texts: list[list[str]]) -> dict[str, float]:
    """ln(N / n) + 1 with one imaginary document that holds every term (scikit-learn's)."""
    holding = Counter(term for terms in texts for term in set(terms))
    return {t: math.log((1 + len(texts)) / (1 + n)) + 1 for t, n in holding.items()}


def vector(terms: list[str], rarity: dict[str, float]) -> dict[str, float]:
    """Count times rarity, scaled to length one; unknown terms are dropped."""
    weights = {t: n * rarity[t] for t, n in Counter(terms).items() if t in rarity}
    norm = math.sqrt(sum(w * w for w in weights.values())) or 1.0
    return {t: w / norm for t, w in weights.items()}


def cosine(a: dict[str, float], b: dict[str, float]) -> float:
    return sum(weight * b.get(term, 0.0) for term, weight in a.items())


# --8<-- [end:tfidf]
if __name__ == "__main__":
    texts = [text.split() for text in TEXTS]
    rarity = idf(texts)
    print("rarity:", "  ".join(f"{t} {rarity[t]:.2f}" for t in ("the", "cat", "on", "mat")))
    query = vector(QUERY.split(), rarity)
    for text, terms in zip(TEXTS, texts):
        print(f"{cosine(query, vector(terms, rarity)):.2f}  {text}")
