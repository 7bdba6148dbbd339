"""A two-step tree: greedy takes the wrong road, and a wrongly sorted beam returns its worst."""

from math import exp, log

Beam = tuple[float, tuple[str, ...]]  # summed log-probability, words
TREE = {
    (): {"old": 0.5, "ship": 0.4, "end": 0.1},
    ("old",): {"man": 0.4, "sea": 0.3, "house": 0.3},
    ("ship",): {"sank": 0.9, "came": 0.1},
    ("end",): {"came": 0.6, "of": 0.4},
}


def extend(beams: list[Beam]) -> list[Beam]:
    """Every beam with every next word; the probabilities multiply, so their logarithms add."""
    return [
        (score + log(p), (*words, word))
        for score, words in beams
        for word, p in TREE[words].items()
    ]


def beam_search(width: int, steps: int = 2) -> list[Beam]:
    """The best `width` sequences found, best first; width 1 is greedy search."""
    beams: list[Beam] = [(0.0, ())]
    for _ in range(steps):
        beams = sorted(extend(beams), reverse=True)[:width]  # descending: beams[0] is the best
    return beams


def beam_search_worst_first(width: int, steps: int = 2) -> list[Beam]:
    """WRONG, as often published: keeps the right beams, but beams[0] is the worst of them."""
    beams: list[Beam] = [(0.0, ())]
    for _ in range(steps):
        beams = sorted(extend(beams))[-width:]  # ascending: the best is beams[-1]
    return beams


if __name__ == "__main__":
    print("width | best beam       p    | element 0 after an ascending sort")
    for width in (1, 2, 3):
        (best, words), (worst, bad) = beam_search(width)[0], beam_search_worst_first(width)[0]
        print(f"{width:5} | {' '.join(words):13} {exp(best):.2f} | ", end="")
        print(f"{' '.join(bad):13} {exp(worst):.2f}")
    product, total = 0.3**1000, 1000 * log(0.3)
    print(f"\n1,000 tokens at 0.3: product {product}, sum of logarithms {total:.0f}")
