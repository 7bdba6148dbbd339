"""Cells in the plane: the nearest neighbour of a query near a border lies across it."""

import matplotlib.pyplot as plt
import numpy as np
from scipy.spatial import Voronoi, voronoi_plot_2d


def nearest(points: np.ndarray, query: np.ndarray) -> int:
    """Index of the nearest point."""
    return int(((points - query) ** 2).sum(axis=1).argmin())


# --8<-- [start:bisector]
def bisector(query: np.ndarray, own: np.ndarray, other: np.ndarray) -> float:
    """Distance from `query`, in the cell of `own`, to the border with the cell of `other`."""
    gap = ((query - other) ** 2).sum() - ((query - own) ** 2).sum()
    return float(gap / (2 * np.linalg.norm(own - other)))


# --8<-- [end:bisector]
if __name__ == "__main__":
    rng = np.random.default_rng(3)
    points = rng.random((160, 2)) * (16, 8)
    centroids = points[rng.choice(160, 9, replace=False)]
    for _ in range(20):
        cell = np.array([nearest(centroids, p) for p in points])
        centroids = np.array([points[cell == c].mean(axis=0) for c in range(9)])
    cell = np.array([nearest(centroids, p) for p in points])
    # The query whose miss is largest, and not hidden by its neighbour in the figure.
    grid = np.stack(np.meshgrid(np.arange(1, 15.1, 0.25), np.arange(1, 7.1, 0.25)), -1).reshape(
        -1, 2
    )
    own = np.array([nearest(centroids, q) for q in grid])
    far = np.linalg.norm(grid[:, None] - points, axis=2)
    inside = np.where(cell == own[:, None], far, np.inf)
    missed = np.where(far.min(axis=1) > 0.4, inside.min(axis=1) - far.min(axis=1), 0)
    pick = int(missed.argmax())
    query, home = grid[pick], own[pick]
    best, found = int(far[pick].argmin()), int(inside[pick].argmin())
    print(f"query in cell {home}, its nearest neighbour in cell {cell[best]}")
    print(
        f"nearest of all {far[pick, best]:.2f}, nearest in the own cell {far[pick, found]:.2f}"
    )
    edge = bisector(query, centroids[home], centroids[cell[best]])
    print(f"distance to the border between the two cells {edge:.2f}")
    wrong = cell[far.argmin(axis=1)] != own
    print(f"of {len(grid)} queries on a grid, neighbour in another cell: {wrong.mean():.0%}")
    fig, ax = plt.subplots(figsize=(7, 3.7))
    style = dict(show_vertices=False, show_points=False, line_alpha=0.6)
    frame = np.array([(x, y) for x in (-99, 115) for y in (-99, 107)])  # closes outer cells
    cells = Voronoi(np.vstack([centroids, frame]))
    voronoi_plot_2d(cells, ax, line_colors=plt.rcParams["text.color"], **style)
    probed = cell == home
    ax.scatter(*points[~probed].T, s=9, color="C0", alpha=0.5, label="vectors not compared")
    ax.scatter(*points[probed].T, s=16, color="C3", label="vectors compared")
    ax.scatter(*centroids.T, s=45, marker="x", color="C2", label="centroids")
    ax.scatter(*query, s=90, marker="*", color="C1", label="query", zorder=3)
    for end, style, name in ((best, "-", "nearest"), (found, ":", "found with one probe")):
        ax.plot(*np.stack([query, points[end]]).T, style, color="C1", label=name)
    ax.set(xlim=(0, 16), ylim=(0, 8), aspect="equal", xticks=[], yticks=[])
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    fig.savefig("voronoi_border.svg")
