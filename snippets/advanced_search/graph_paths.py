"""Questions as paths through a graph of triples, and what one missing edge in ten does."""

import random
from collections import defaultdict

import matplotlib.pyplot as plt

Triple = tuple[str, str, str]
Edges = dict[tuple[str, str], set[str]]
CHAIN = ["founded by", "born in", "lies on", "flows into"]


def world(size: int) -> list[Triple]:
    rng = random.Random(0)
    triples = [(f"firm {i}", "founded by", f"person {i}") for i in range(size)]
    triples += [(f"person {i}", "born in", f"town {rng.randrange(40)}") for i in range(size)]
    triples += [(f"town {i}", "lies on", f"river {rng.randrange(20)}") for i in range(40)]
    return triples + [(f"river {i}", "flows into", f"sea {i % 4}") for i in range(20)]


# --8<-- [start:follow]
def index(triples: list[Triple]) -> Edges:
    """From (subject, relation) to objects, and from (object, '~' + relation) to subjects."""
    edges = defaultdict(set)
    for subject, relation, target in triples:
        edges[subject, relation].add(target)
        edges[target, "~" + relation].add(subject)
    return edges


def follow(edges: Edges, start: set[str], path: list[str]) -> set[str]:
    """All nodes at the end of the path. No search, no model: a look-up for every step."""
    for relation in path:
        start = {target for node in start for target in edges.get((node, relation), ())}
    return start


# --8<-- [end:follow]
if __name__ == "__main__":
    triples, back = world(200), ["~" + relation for relation in reversed(CHAIN)]
    print("edges missing    1 hop   2 hops   3 hops   4 hops   firms of sea 0")
    for missing in (0, 0.05, 0.1, 0.2):
        whole, firms = [0] * 4, 0
        for seed in range(200):
            rng = random.Random(seed)
            edges = index([t for t in triples if rng.random() >= missing])
            for hops in range(4):
                whole[hops] += bool(follow(edges, {f"firm {seed}"}, CHAIN[: hops + 1]))
            firms += len(follow(edges, {"sea 0"}, back))
        shares = [n / 200 for n in whole]
        print(f"{missing:13}", *(f"{share:8.2f}" for share in shares), f"{firms / 200:16.0f}")
        line = plt.plot(range(1, 9), [(1 - missing) ** h for h in range(1, 9)], ":")[0]
        plt.plot(range(1, 5), shares, "o", c=line.get_color(), label=f"{missing:.0%}")
    plt.legend(title="edges missing")
    plt.xlabel("hops of the question")
    plt.ylabel("chains that are whole")
    plt.savefig("graph_paths.svg")
