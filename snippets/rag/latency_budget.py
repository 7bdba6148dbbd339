"""A latency budget in percentiles: medians do not add up, and neither do 95th percentiles."""

import matplotlib.pyplot as plt
import numpy as np

# Median and 95th percentile in milliseconds: assumptions, to be replaced by your own traces.
STAGES = {"rewrite query": (280, 700), "embed query": (15, 40), "vector search": (20, 60),
          "keyword search": (12, 45), "rerank 50": (90, 200),
          "first token": (420, 1100)}  # fmt: skip
Z95 = 1.6449  # 95th percentile of the standard normal distribution


def draws(
    stages: dict[str, tuple[float, float]], count: int = 200_000
) -> dict[str, np.ndarray]:
    """Independent log-normal latencies (count,) with the given medians and 95th percentiles."""
    generator = np.random.default_rng(0)
    return {name: median * np.exp(np.log(p95 / median) / Z95 * generator.standard_normal(count))
            for name, (median, p95) in stages.items()}  # fmt: skip


def plans(t: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Time to the first token under three plans, (count,) each."""
    searches = t["embed query"] + t["vector search"], t["keyword search"]
    rest = t["rerank 50"] + t["first token"]
    return {
        "one after the other": t["rewrite query"] + sum(searches) + rest,
        "searches in parallel": t["rewrite query"] + np.maximum(*searches) + rest,
        "and no rewrite": np.maximum(*searches) + rest,
    }


if __name__ == "__main__":
    medians, p95s = (sum(column) for column in zip(*STAGES.values()))
    print(f"{'milliseconds':26}{'median':>8}{'p95':>8}")
    print(f"{'sum of the stages':26}{medians:8}{p95s:8}")
    found = plans(draws(STAGES))
    for name, times in found.items():
        print(f"{name:26}{np.median(times):8.0f}{np.percentile(times, 95):8.0f}")
    fig, ax = plt.subplots(figsize=(7, 3))
    for name, times in found.items():
        ax.plot(np.sort(times)[::2000], np.linspace(0, 1, 100, endpoint=False), label=name)
    ax.axhline(0.95, color="#1d1f21", linewidth=0.8, linestyle=":")
    ax.axvline(p95s, color="#c4500a", linewidth=0.8, linestyle="--")
    ax.text(p95s - 20, 0.05, "sum of the p95", ha="right", fontsize=9)
    ax.set(xlim=(300, 2400), xlabel="milliseconds to the first token", ylabel="share of all",
           title="What users wait")  # fmt: skip
    ax.legend(fontsize=9, loc="lower center", bbox_to_anchor=(0.6, 0.15))
    fig.savefig("latency_budget.svg")
