"""How deep must each shard be asked? The merged list's expected recall, by binomials."""

import numpy as np
from scipy.stats import binom


# --8<-- [start:depth]
def merged_recall(k: int, shards: int, depth: int) -> float:
    """Expected share of the true top k, if each shard returns its `depth` best and documents
    are spread by a hash: rank r is lost when `depth` better ones lie in the same shard."""
    return float(binom.cdf(depth - 1, np.arange(k), 1 / shards).mean())


def depth_for(k: int, shards: int, wanted: float) -> int:
    """The least depth with that expected recall; k is always enough."""
    return next(d for d in range(1, k + 1) if merged_recall(k, shards, d) >= wanted)


# --8<-- [end:depth]
if __name__ == "__main__":
    print("top 100 from 10 shards, hashed    asked of each    returned    recall")
    for depth in (5, 10, 15, 20, 25, 100):
        print(f"{depth:46}{10 * depth:12,}{merged_recall(100, 10, depth):11.4f}")
    print("\n   k   shards   k / shards   depth for .99   for .9999   always enough")
    for k, shards in ((10, 4), (10, 100), (100, 4), (100, 100), (1000, 10), (1000, 100)):
        depths = [depth_for(k, shards, wanted) for wanted in (0.99, 0.9999)]
        print(f"{k:4}{shards:9}{k / shards:13g}{depths[0]:16}{depths[1]:12}{k:16,}")
