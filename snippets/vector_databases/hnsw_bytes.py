"""How many bytes an HNSW index takes: the formula, faiss's own count, and what it means."""

import faiss
import numpy as np


def link_bytes(m: int) -> float:
    """Expected: 2M ids of 4 bytes on layer 0, M on each of the 1 / (M - 1) further layers."""
    return 4 * (2 * m + m / (m - 1))


def index_bytes(count: int, code: float, m: int) -> float:
    """faiss in memory: code, links, an 8-byte offset and a 4-byte level for each vector."""
    return count * (code + link_bytes(m) + 12)


def stored(count: int, dimensions: int, m: int) -> int:
    """What faiss writes for random vectors."""
    index = faiss.IndexHNSWFlat(dimensions, m)
    index.hnsw.efConstruction = 20
    index.add(np.random.default_rng(0).random((count, dimensions), dtype=np.float32))
    return len(faiss.serialize_index(index))


if __name__ == "__main__":
    print("2,000 random vectors   formula    faiss")
    for dimensions, m in ((50, 8), (384, 16), (384, 32)):
        formula = index_bytes(2000, 4 * dimensions, m)
        print(f"d = {dimensions:3}, M = {m:2}      {formula / 1e6:9.2f}"
              f"{stored(2000, dimensions, m) / 1e6:9.2f} MB")  # fmt: skip
    print("\n768 dimensions   bytes a vector    links' share      1 M      1 billion")
    for name, code in (("float32", 3072), ("int8", 768), ("1 bit", 96)):
        for m in (16, 32):
            total = index_bytes(1, code, m)
            print(f"{name:8} M = {m}{total:14,.0f}{link_bytes(m) / total:17.0%}"
                  f"{total * 1e6 / 2**30:10.1f} GiB{total * 1e9 / 2**40:9.2f} TiB")  # fmt: skip
