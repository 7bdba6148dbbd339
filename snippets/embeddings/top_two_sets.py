"""How many pairs of documents can be the two nearest to some query, in how many dimensions?"""

from itertools import combinations

import numpy as np
from scipy.spatial import ConvexHull


# --8<-- [start:pairs]
def possible_pairs(documents: np.ndarray) -> set[tuple[int, int]]:
    """Pairs of unit vectors that are the top two of some query: the edges of their hull."""
    facets = ConvexHull(documents).simplices
    return {pair for facet in facets.tolist() for pair in combinations(sorted(facet), 2)}


def curve(count: int) -> np.ndarray:
    """Documents in four dimensions: (t, t², t³, t⁴) for t from -1 to 1."""
    return np.linspace(-1, 1, count)[:, None] ** np.arange(1, 5)


def query_for(a: float, b: float) -> np.ndarray:
    """-(t - a)²(t - b)² without its constant: highest at a and b, lower at every other t."""
    return -np.polynomial.polynomial.polypow([a * b, -(a + b), 1], 2)[1:]


# --8<-- [end:pairs]
def found(count: int, kind: type) -> float:
    """Share of all pairs that their own query finds when the documents are stored as `kind`."""
    exact, right = curve(count), 0
    stored = exact.astype(kind).astype(float)
    for a, b in combinations(range(count), 2):
        scores = stored @ query_for(exact[a, 0], exact[b, 0])
        right += set(np.argsort(-scores)[:2].tolist()) == {a, b}
    return right / (count * (count - 1) / 2)


if __name__ == "__main__":
    n = 20
    print(f"{n} random unit vectors: of {n * (n - 1) // 2} pairs, those that a query can find")
    for d in (2, 3, 4, 6, 8, 10):
        vectors = np.random.default_rng(d).standard_normal((n, d))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        print(f"  {d:2} dimensions {len(possible_pairs(vectors)):5}")
    print("\nfour dimensions, documents on a curve: share of all pairs that are found")
    print("documents     pairs   float64   float32   float16")
    for n in (10, 20, 40, 80):
        shares = "".join(f"{found(n, k):10.2f}" for k in (np.float64, np.float32, np.float16))
        print(f"{n:9}{n * (n - 1) // 2:10}{shares}")
