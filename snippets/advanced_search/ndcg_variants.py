"""nDCG is a family: gain, ideal list and depth change the number, and can change the winner."""

import math
from collections.abc import Callable

LISTS = {
    "one perfect": [3, 0, 0, 0, 0],
    "three good": [2, 2, 2, 0, 0],
    "nothing better": [1, 1, 0, 0, 0],
}
JUDGED = [3, 2, 2, 2, 1, 1]


# --8<-- [start:variants]
def linear(grade: int) -> float:
    return grade


def exponential(grade: int) -> float:
    return 2**grade - 1  # grade 3 counts 7, grade 2 counts 3


def ndcg(grades: list[int], ideal: list[int], k: int, gain: Callable[[int], float]) -> float:
    """`ideal`: the grades that the best list could show, in any order."""

    def dcg(row: list[int]) -> float:
        return sum(gain(g) / math.log2(place + 1) for place, g in enumerate(row[:k], 1))

    return dcg(grades) / dcg(sorted(ideal, reverse=True))


# --8<-- [end:variants]
if __name__ == "__main__":
    print("nDCG@5            linear  exponential   ideal: only what it found")
    for name, grades in LISTS.items():
        row = ndcg(grades, JUDGED, 5, linear), ndcg(grades, JUDGED, 5, exponential)
        print(f"{name:16}{row[0]:8.2f}{row[1]:13.2f}{ndcg(grades, grades, 5, linear):22.2f}")
