"""Team-draft interleaving against an A/B test: which sees the better ranker sooner?"""

import numpy as np

PLACES = 1 / np.arange(1, 11)  # chance that a reader looks at a place


# --8<-- [start:interleave]
def team_draft(
    a: list[int], b: list[int], rng: np.random.Generator
) -> tuple[list[int], list[str]]:
    """One list of ten: in each round a coin decides who picks first; picks keep their team."""
    shown, team = [], []
    while len(shown) < 10:
        for name in ("ab", "ba")[rng.integers(2)]:
            pick = next(d for d in (a if name == "a" else b) if d not in shown)
            shown.append(pick)
            team.append(name)
    return shown[:10], team[:10]


# --8<-- [end:interleave]
def clicks(shown: list[int], rng: np.random.Generator) -> np.ndarray:
    """Documents 0 to 5 are relevant: 80 % of those seen get a click, of the others 5 %."""
    good = np.array(shown[:10]) < 6
    return (rng.random(10) < PLACES) & (rng.random(10) < np.where(good, 0.8, 0.05))


def query(rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """Two rankings of 30 documents, 6 relevant; b is a little better than a."""
    truth = np.r_[np.ones(6), np.zeros(24)] * rng.normal(1.2, 0.8)  # easy and hard queries
    noise = rng.normal(size=30)
    ranked = [
        np.argsort(-(truth * skill + noise + 0.5 * rng.normal(size=30))) for skill in (1, 1.3)
    ]
    return ranked[0].tolist(), ranked[1].tolist()


if __name__ == "__main__":
    rng = np.random.default_rng(1)
    print("queries   A/B: b ahead   interleaved: b ahead   (of 200 experiments)")
    for size in (20, 60, 180):
        split = drafted = 0
        for _ in range(200):
            halves = [query(rng)[n % 2] for n in range(size)]  # every second query sees b
            hits = np.array([clicks(shown, rng).any() for shown in halves])
            credit = 0
            for _ in range(size):
                shown, team = team_draft(*query(rng), rng)
                credit += sum(1 if team[n] == "b" else -1
                              for n in np.flatnonzero(clicks(shown, rng)))  # fmt: skip
            split += hits[1::2].sum() > hits[::2].sum()
            drafted += credit > 0
        print(f"{size:7}{split:13}{drafted:21}")
