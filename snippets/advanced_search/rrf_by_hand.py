"""Reciprocal rank fusion of ranked lists, and what its constant k decides."""

from collections import defaultdict
from collections.abc import Sequence


# --8<-- [start:rrf]
def rrf(
    lists: Sequence[Sequence[str]], k: float = 60, weights: Sequence[float] | None = None
) -> list[tuple[str, float]]:
    """Items with fused scores, best first; an item missing from a list gets nothing there."""
    scores: defaultdict[str, float] = defaultdict(float)
    for ranked, weight in zip(lists, weights or [1] * len(lists), strict=True):
        for rank, item in enumerate(ranked, 1):
            scores[item] += weight / (k + rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


# --8<-- [end:rrf]
if __name__ == "__main__":
    keyword = ["exact", "both", "k1", "k2", "k3"]
    vector = ["near", "v1", "v2", "v3", "both"]
    print("keyword:", *keyword, "\nvector: ", *vector, "\n")
    for k in (0, 1, 10, 60):
        best = "  ".join(f"{item} {score:.4f}" for item, score in rrf([keyword, vector], k)[:4])
        print(f"k = {k:2}   {best}")
    best = rrf([keyword, vector], 60, weights=[1, 3])[:3]
    print("k = 60, vector counts three times:", *(item for item, _ in best))
