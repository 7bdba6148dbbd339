"""One query, one list, three metrics, three winners, each with its line of equal score."""

import matplotlib.pyplot as plt
import numpy as np

QUERY = np.array([[2.0, 1.0]])
POINTS = {"short": (0.8, 0.4), "near": (2.2, 0.3), "long": (1.5, 4.5)}


# --8<-- [start:metrics]
def dot(q: np.ndarray, x: np.ndarray) -> np.ndarray:
    return q @ x.T


def cosine(q: np.ndarray, x: np.ndarray) -> np.ndarray:
    return dot(q, x) / np.linalg.norm(q, axis=1)[:, None] / np.linalg.norm(x, axis=1)


def minus_l2(q: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Negative squared distance, so that for all three more is better."""
    return 2 * dot(q, x) - (q**2).sum(1)[:, None] - (x**2).sum(1)


# --8<-- [end:metrics]
if __name__ == "__main__":
    metrics = {"cosine": cosine, "dot product": dot, "L2": minus_l2}
    items = np.array([*POINTS.values()])
    figure, axes = plt.subplots(1, 3, figsize=(9, 4.2), sharey=True)
    grid = np.stack(np.meshgrid(np.linspace(-0.5, 4, 60), np.linspace(-0.5, 5, 60)), axis=-1)
    for axis, (name, metric) in zip(axes, metrics.items()):
        scores = metric(QUERY, items)[0]
        print(f"{name:12}", *(f"{p} {s:.2f}  " for p, s in zip(POINTS, scores)),
              "winner:", list(POINTS)[scores.argmax()])  # fmt: skip
        field = metric(QUERY, grid.reshape(-1, 2)).reshape(60, 60)
        second = sorted(scores)[-2]  # whatever lies on the shaded side beats the second best
        x, y = np.moveaxis(grid, -1, 0)
        axis.contour(x, y, field, [second], colors="C1", linestyles="solid")
        axis.contourf(x, y, field, [second, 99], colors="C1", alpha=0.15)
        axis.annotate("", QUERY[0], (0, 0), arrowprops={"arrowstyle": "->", "color": "C0"})
        for p, (x, y) in POINTS.items():
            won = p == list(POINTS)[scores.argmax()]
            axis.plot(x, y, "*" if won else "o", ms=13 if won else 6, color="C2")
            axis.annotate(p, (x, y), (7, -11), textcoords="offset points")
        axis.set(title=name, aspect="equal")
    plt.savefig("metric_winners.svg")
