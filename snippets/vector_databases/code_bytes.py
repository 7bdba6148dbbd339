"""Bytes a vector under each code: the formula, faiss's own count, whole collections."""

import faiss
import numpy as np


def code_bytes(kind: str, d: int) -> float:
    """Bytes of one vector's code; d dimensions."""
    if kind.startswith("PQ"):
        return int(kind[2:])
    return {"Flat": 4 * d, "SQfp16": 2 * d, "SQ8": d, "SQ4": d / 2, "RaBitQ": d / 8 + 8}[kind]


def fixed_bytes(kind: str, d: int) -> int:
    """What the index keeps once: ranges, codebooks or the centre."""
    if kind.startswith("PQ"):
        return 256 * d * 4
    return {"SQ8": 2 * d * 4, "SQ4": 2 * d * 4, "RaBitQ": d * 4}.get(kind, 0)


def stored(kind: str, d: int, count: int) -> int:
    """What faiss writes for so many random vectors."""
    x = np.random.default_rng(0).random((count, d), dtype=np.float32)
    index = faiss.index_factory(d, kind)
    if kind.startswith("PQ"):
        index.is_trained = True  # for the size, codebooks of zeros will do
    else:
        index.train(x)
    index.add(x)
    return len(faiss.serialize_index(index))


def ram(kind: str, d: int, count: float, links: float, ids: int) -> float:
    """Bytes in memory: codes, and the links or ids of the index around them."""
    return count * (code_bytes(kind, d) + links + ids) + fixed_bytes(kind, d)


if __name__ == "__main__":
    print("2,000 vectors of 64    formula   faiss")
    for kind in ("Flat", "SQfp16", "SQ8", "SQ4", "PQ16", "RaBitQ"):
        formula = 2000 * code_bytes(kind, 64) + fixed_bytes(kind, 64)
        print(f"{kind:<20}{formula / 1000:8.0f} kB{stored(kind, 64, 2000) / 1000:5.0f} kB")
    d, gb = 1024, 1e9
    print(f"\n{d} dimensions          GB, codes alone         GB for 100 million in")
    print("            bytes       1 M   100 M     1 B     IVF lists  HNSW, M = 16")
    for kind in ("Flat", "SQfp16", "SQ8", "SQ4", "PQ128", "RaBitQ", "PQ64"):
        row = [ram(kind, d, n, 0, 0) / gb for n in (1e6, 1e8, 1e9)]
        row += [ram(kind, d, 1e8, 0, 8) / gb, ram(kind, d, 1e8, 144, 0) / gb]
        print(f"{kind:<8}{code_bytes(kind, d):9,.0f}{row[0]:10.2f}{row[1]:8.1f}{row[2]:8,.0f}"
              f"{row[3]:14.0f}{row[4]:14.0f}")  # fmt: skip
