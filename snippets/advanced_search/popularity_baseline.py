"""A recommender that always shows the best-sellers: good hit rate, poor coverage."""

import numpy as np


# --8<-- [start:metrics]
def hit_rate(lists: np.ndarray, held_out: np.ndarray) -> float:
    """Share of users whose held-out item is in their list (users, k)."""
    return float((lists == held_out[:, None]).any(axis=1).mean())


def coverage(lists: np.ndarray, items: int) -> float:
    """Share of the catalogue that anybody is shown."""
    return len(np.unique(lists)) / items


def head_share(lists: np.ndarray, popularity: np.ndarray) -> float:
    """Share of what is shown that belongs to the most popular tenth of the items."""
    head = np.argsort(-popularity)[: len(popularity) // 10]
    return float(np.isin(lists, head).mean())


# --8<-- [end:metrics]
if __name__ == "__main__":
    rng = np.random.default_rng(0)
    users, items, k = 600, 200, 10
    groups, likes = rng.integers(8, size=users), rng.integers(8, size=items)
    wish = (1 / np.arange(1, items + 1)) * np.where(groups[:, None] == likes, 12, 1)
    wish /= wish.sum(axis=1, keepdims=True)  # popular items, and those of the user's own taste
    bought = np.array([rng.choice(items, 9, replace=False, p=row) for row in wish])
    seen, held_out = np.zeros((users, items), bool), bought[:, -1]
    np.put_along_axis(seen, bought[:, :-1], True, axis=1)
    popularity = seen.sum(axis=0)
    best_sellers = np.where(seen, -1, popularity)
    alike = (seen @ seen.T.astype(float)) ** 2  # users with many purchases in common count more
    np.fill_diagonal(alike, 0)
    neighbours = np.where(seen, -1, alike @ seen)
    random = np.where(seen, -1, rng.random((users, items)))
    systems = {"best-sellers": best_sellers, "similar users": neighbours, "random": random}
    print("list of 10          hit rate  coverage  from the most popular tenth")
    for name, score in systems.items():
        lists = np.argsort(-score, axis=1, kind="stable")[:, :k]
        row = hit_rate(lists, held_out), coverage(lists, items), head_share(lists, popularity)
        print(f"{name:18}{row[0]:10.2f}{row[1]:10.2f}{row[2]:14.2f}")
