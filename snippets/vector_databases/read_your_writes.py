"""A leader, replicas that lag, and four rules for reading: what a client misses."""

import numpy as np


# --8<-- [start:cluster]
class Cluster:
    """A leader with a log; each replica has applied a prefix of it."""

    def __init__(self, replicas: int, seed: int = 0) -> None:
        self.log: list[str] = []  # who wrote; the n-th write has log sequence number n
        self.applied = [0] * replicas
        self.rng = np.random.default_rng(seed)

    def write(self, who: str) -> int:
        """Append, and answer with the log sequence number."""
        self.log.append(who)
        return len(self.log)

    def replicate(self) -> None:
        """Each replica applies up to five more writes, at times none."""
        steps = self.rng.integers(0, 6, len(self.applied))
        self.applied = [min(a + int(n), len(self.log)) for a, n in zip(self.applied, steps)]

    def read(self, at_least: int) -> tuple[int, bool]:
        """How far a replica is that has applied `at_least`; if there is none, the leader."""
        fit = [a for a in self.applied if a >= at_least]
        return (int(self.rng.choice(fit)), False) if fit else (len(self.log), True)


# --8<-- [end:cluster]
def run(rule: str, rounds: int = 5000) -> list[float]:
    """Reads that miss the own write, are older than the last, ask the leader; writes behind."""
    cluster, mine, seen, out = Cluster(3), 0, 0, []
    for turn in range(rounds):
        cluster.write("another")
        newest = cluster.write("mine" if turn % 4 == 0 else "another")
        mine = newest if turn % 4 == 0 else mine
        cluster.replicate()
        need = {"any replica": 0, "session": max(mine, seen), "at most 3 behind": newest - 3,
                "newest": newest}[rule]  # fmt: skip
        at, led = cluster.read(need)
        out.append((at < mine, at < seen, led, newest - at))
        seen = max(seen, at)
    return np.mean(out, axis=0).tolist()


if __name__ == "__main__":
    print("rule               own write missed   back in time   from the leader   lag")
    for rule in ("any replica", "at most 3 behind", "session", "newest"):
        missed, back, led, lag = run(rule)
        print(f"{rule:19}{missed:16.0%}{back:15.0%}{led:18.0%}{lag:6.1f}")
