"""The ranking metrics in a few lines each, on one list of ten."""

import math
from collections.abc import Sequence


# --8<-- [start:metrics]
def precision(relevant: Sequence[int], k: int) -> float:
    """Share of the first k that is relevant; an entry is 0 or a positive grade, best first."""
    return sum(r > 0 for r in relevant[:k]) / k


def recall(relevant: Sequence[int], k: int, total: int) -> float:
    """Share of all `total` relevant documents that is among the first k."""
    return sum(r > 0 for r in relevant[:k]) / total


def reciprocal_rank(relevant: Sequence[int]) -> float:
    """1 / place of the first relevant one, 0 if there is none."""
    return next((1 / place for place, r in enumerate(relevant, 1) if r > 0), 0.0)


def average_precision(relevant: Sequence[int], total: int) -> float:
    """Precision at each relevant place, summed, over the number of relevant documents."""
    return sum(precision(relevant, n) for n, r in enumerate(relevant, 1) if r > 0) / total


def dcg(grades: Sequence[float]) -> float:
    """Gains divided by the logarithm of their place plus one."""
    return sum(grade / math.log2(place + 1) for place, grade in enumerate(grades, 1))


def ndcg(grades: Sequence[float], judged: Sequence[float], k: int) -> float:
    """DCG of the first k over that of the best order of ALL judged documents."""
    best = dcg(sorted(judged, reverse=True)[:k])
    return dcg(grades[:k]) / best if best else 0.0


# --8<-- [end:metrics]
if __name__ == "__main__":
    grades = [0, 2, 0, 1, 0, 0, 2, 0, 0, 0]  # what stands at places 1 to 10
    judged = [2, 2, 1, 1]  # one relevant document was not found
    print(f"precision@5 {precision(grades, 5):.2f}   recall@5 {recall(grades, 5, 4):.2f}")
    print(f"precision@10 {precision(grades, 10):.2f}  recall@10 {recall(grades, 10, 4):.2f}")
    print(f"reciprocal rank {reciprocal_rank(grades):.2f}")
    print(f"average precision {average_precision(grades, 4):.2f}")
    print(f"nDCG@5 {ndcg(grades, judged, 5):.2f}  nDCG@10 {ndcg(grades, judged, 10):.2f}")
