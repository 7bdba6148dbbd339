"""When to sync a log: syncs against acknowledged rows that a power failure takes away."""

import numpy as np


# --8<-- [start:policies]
def syncs(arrivals: np.ndarray, policy: str, every: float) -> tuple[np.ndarray, np.ndarray]:
    """Times of the syncs, and for each write the time of its acknowledgement."""
    if policy == "each":  # sync, then answer: one sync a write
        return arrivals, arrivals
    ticks = np.arange(every, arrivals[-1] + 2 * every, every)
    done = ticks[np.searchsorted(ticks, arrivals)]  # the first sync at or after each write
    return np.unique(done), (done if policy == "group" else arrivals)


def lost(arrivals: np.ndarray, policy: str, every: float, failures: np.ndarray) -> np.ndarray:
    """Writes acknowledged before each power failure and not yet synced then."""
    at, acknowledged = syncs(arrivals, policy, every)
    last = at[np.maximum(np.searchsorted(at, failures, side="right") - 1, 0)]
    promised = np.searchsorted(np.sort(acknowledged), failures, side="right")
    return promised - np.searchsorted(arrivals, last, side="right")


# --8<-- [end:policies]
if __name__ == "__main__":
    rng = np.random.default_rng(0)
    arrivals = np.cumsum(rng.exponential(1 / 1000, 60_000))  # a minute of 1,000 writes a second
    failures = rng.uniform(5, 55, 400)
    print("sync         syncs a second   wait, ms   lost: answer after   answer at once")
    for every in (0.0, 0.001, 0.01, 0.1, 1.0):
        name, group, early = ("each write", "each", "each") if not every else (
            f"{every * 1000:.0f} ms", "group", "early")  # fmt: skip
        at, answered = syncs(arrivals, group, every)
        wait = (answered - arrivals).mean() * 1000
        gone = [lost(arrivals, policy, every, failures).mean() for policy in (group, early)]
        rate = len(at) / arrivals[-1]
        print(f"{name:12}{rate:15.0f}{wait:11.0f}{gone[0]:21.0f}{gone[1]:17.0f}")
