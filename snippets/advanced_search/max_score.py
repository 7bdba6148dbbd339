"""Skip postings that cannot reach the top ten: MaxScore, the same result for less reading."""

import heapq
import json
import math
import re
from collections import Counter, defaultdict

Lists = dict[str, dict[int, float]]  # term -> document -> its share of the score


# --8<-- [start:maxscore]
def exhaustive(query: list[str], lists: Lists) -> tuple[dict[int, float], int]:
    """All scores, and the postings read."""
    scores: Counter = Counter()
    for term in query:
        scores.update(lists[term])  # adds
    return dict(scores), sum(len(lists[term]) for term in query)


def max_score(query: list[str], lists: Lists, k: int) -> tuple[list[tuple[float, int]], int]:
    """The k best as (score, document), best first, and the postings read."""
    terms = sorted(query, key=lambda t: -max(lists[t].values()))  # strongest term first
    bounds = [max(lists[t].values()) for t in terms]
    best: list[tuple[float, int]] = []  # a heap: the worst of the best on top
    seen, read = set(), 0
    for number, term in enumerate(terms):
        if len(best) == k and sum(bounds[number:]) <= best[0][0]:
            break  # a document with only the weaker terms cannot get in
        for document in lists[term].keys() - seen:
            seen.add(document)
            score, rest = 0.0, sum(bounds[number:])
            for other, bound in zip(terms[number:], bounds[number:]):
                if len(best) == k and score + rest <= best[0][0]:
                    break  # not even the upper bounds of what is left would do
                read, rest = read + 1, rest - bound
                score += lists[other].get(document, 0.0)
            else:
                heapq.heappush(best, (score, -document))
                best = heapq.nlargest(k, best)[::-1]
    return sorted(((s, -d) for s, d in best), reverse=True), read


# --8<-- [end:maxscore]
if __name__ == "__main__":
    texts = [json.loads(x)["text"] for x in open("python_passages.jsonl", encoding="utf-8")]
    documents = [re.findall(r"\w+", text.lower()) for text in texts]
    lists: Lists = defaultdict(dict)
    for number, terms in enumerate(documents):
        norm = 1.2 * (0.25 + 0.75 * len(terms) * len(texts) / sum(map(len, documents)))
        for term, count in Counter(terms).items():
            lists[term][number] = count / (count + norm)
    for term, holding in lists.items():
        idf = math.log(1 + (len(texts) - len(holding) + 0.5) / (len(holding) + 0.5))
        lists[term] = {document: idf * share for document, share in holding.items()}
    print("query                                      k  postings   looked up  same scores")
    for query in ("nonlocal statement", "what does the nonlocal statement do", "the of a in"):
        for k in (1, 10):
            scores, all_read = exhaustive(query.split(), lists)
            best, read = max_score(query.split(), lists, k)
            gap = sum(heapq.nlargest(k, scores.values())) - sum(score for score, _ in best)
            print(f"{query:38}{k:6}{all_read:10}{read:12}{abs(gap) < 1e-9!s:>13}")
