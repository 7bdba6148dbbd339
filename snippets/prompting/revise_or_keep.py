"""When more thinking hurts: revision as a two-state chain of repairing and breaking answers."""

import matplotlib.pyplot as plt


# --8<-- [start:revision]
def after(rounds: int, start: float, repair: float, damage: float) -> float:
    """Chance of a right answer when each round repairs a wrong one or damages a right one."""
    accuracy = start
    for _ in range(rounds):
        accuracy = accuracy * (1 - damage) + (1 - accuracy) * repair
    return accuracy


def limit(repair: float, damage: float) -> float:
    """Where it ends, whatever the start: inflow repair, outflow damage."""
    return repair / (repair + damage)


# --8<-- [end:revision]
TASKS = {  # name: first answer right, a round repairs, a round damages (invented)
    "hard, checkable": (0.20, 0.30, 0.02),
    "hard, no check": (0.20, 0.10, 0.10),
    "easy, no check": (0.95, 0.10, 0.10),
}

if __name__ == "__main__":
    rounds = [0, 1, 2, 4, 8, 16]
    print("rounds           " + "".join(f"{r:8}" for r in rounds) + "   limit")
    fig, axes = plt.subplots(figsize=(7, 3))
    for name, (start, repair, damage) in TASKS.items():
        line = [after(r, start, repair, damage) for r in rounds]
        end = limit(repair, damage)
        print(f"{name:17}" + "".join(f"{a:8.0%}" for a in line) + f"{end:8.0%}")
        curve = [after(r, start, repair, damage) for r in range(17)]
        axes.plot(range(17), curve, marker=".", label=name)
    axes.set(
        ylim=(0, 1.02), xlabel="rounds of revision", title="Chance that the answer is right"
    )
    axes.legend(loc="lower right", ncols=1)
    fig.savefig("revise_or_keep.svg")
