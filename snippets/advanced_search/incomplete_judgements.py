"""Unjudged is not irrelevant: a better system loses when only another's results were judged."""

import numpy as np


# --8<-- [start:bpref]
def precision(ranked: np.ndarray, judged: dict[int, bool], k: int) -> float:
    """Precision at k with everything unjudged counted as wrong."""
    return sum(judged.get(int(d), False) for d in ranked[:k]) / k


def condensed(ranked: np.ndarray, judged: dict[int, bool], k: int) -> float:
    """Precision at k of the list without its unjudged documents."""
    return precision(np.array([d for d in ranked if int(d) in judged]), judged, k)


# --8<-- [end:bpref]
def ranking(relevant: np.ndarray, skill: float, rng: np.random.Generator) -> np.ndarray:
    """Documents by relevance times skill plus noise, best first."""
    return np.argsort(-(skill * relevant + rng.normal(size=len(relevant))))


if __name__ == "__main__":
    rng, rows = np.random.default_rng(0), []
    for _ in range(200):  # questions, each with 1,000 documents of which 40 are relevant
        relevant = np.zeros(1000, bool)
        relevant[:40] = True
        old, new = ranking(relevant, 1.8, rng), ranking(relevant, 2.2, rng)
        pools = {"everything": range(1000), "top 20 of the old system": old[:20],
                 "top 20 of both": [*old[:20], *new[:20]]}  # fmt: skip
        rows.append([f(system, {int(d): bool(relevant[d]) for d in pool}, 10)
                     for pool in pools.values()
                     for f in (precision, condensed) for system in (old, new)])  # fmt: skip
    means = np.array(rows).mean(axis=0).reshape(3, 2, 2)
    print("precision@10, mean of 200     unjudged wrong    unjudged left out")
    print("judged                           old     new         old     new")
    for name, (plain, short) in zip(pools, means):
        print(f"{name:28}{plain[0]:9.2f}{plain[1]:8.2f}{short[0]:12.2f}{short[1]:8.2f}")
