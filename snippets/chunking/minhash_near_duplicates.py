"""MinHash from scratch: equal minima estimate the Jaccard similarity, bands find the pairs."""

import hashlib
import json
from itertools import combinations

import numpy as np

PRIME, MASK = np.uint64((1 << 61) - 1), np.uint64((1 << 32) - 1)


# --8<-- [start:minhash]
def shingles(text: str, size: int = 3) -> set[str]:
    """All runs of `size` words."""
    words = text.lower().split()
    return {" ".join(words[i : i + size]) for i in range(max(1, len(words) - size + 1))}


def hash_functions(count: int, seed: int = 1) -> np.ndarray:
    """(2, count): a and b of random functions h(x) = ((a x + b) mod 2^64 mod p) mod 2^32."""
    draw = np.random.RandomState(seed).randint
    pairs = [[draw(low, PRIME, dtype=np.uint64) for low in (1, 0)] for _ in range(count)]
    return np.array(pairs, dtype=np.uint64).T


def minhash(items: set[str], functions: np.ndarray) -> np.ndarray:
    """Signature (count,): under each function the smallest value of all items."""
    hashes = b"".join(hashlib.sha1(item.encode()).digest()[:4] for item in items)
    x = np.frombuffer(hashes, dtype="<u4").astype(np.uint64)[:, None]  # (items, 1)
    return ((functions[0] * x + functions[1]) % PRIME & MASK).min(0)


def candidates(signatures: list[np.ndarray], bands: int) -> set[tuple[int, int]]:
    """Pairs (i < j) whose signatures agree in every row of at least one band."""
    found = set()
    for band in range(bands):
        buckets: dict[bytes, list[int]] = {}
        for i, signature in enumerate(signatures):
            buckets.setdefault(np.split(signature, bands)[band].tobytes(), []).append(i)
        found.update(pair for members in buckets.values() for pair in combinations(members, 2))
    return found


# --8<-- [end:minhash]
if __name__ == "__main__":
    with open("python_passages.jsonl", encoding="utf-8") as lines:
        words = [json.loads(line)["text"].split() for line, _ in zip(lines, range(150))]
    for drop in (10, 20, 40):  # near-copies: every tenth (…) word lost
        words += [[w for n, w in enumerate(text) if n % drop] for text in words[:150:10]]
    sets = [shingles(" ".join(text)) for text in words]
    signatures = [minhash(items, hash_functions(128)) for items in sets]
    true = {(i, j): len(sets[i] & sets[j]) / len(sets[i] | sets[j])
            for i, j in combinations(range(len(sets)), 2)}  # fmt: skip
    alike = {pair for pair, jaccard in true.items() if jaccard >= 0.7}
    errors = [abs((signatures[i] == signatures[j]).mean() - true[i, j]) for i, j in alike]
    print(f"{len(sets)} passages, {len(true):,} pairs, {len(alike)} of Jaccard 0.7 and more")
    print(f"mean error of the estimate for those: {np.mean(errors):.2f}")
    print("bands of rows   candidates   found of those")
    for bands in (8, 16, 32):
        found = candidates(signatures, bands)
        print(f"{bands:5} of {128 // bands:<5}{len(found):11}{len(found & alike):17}")
