"""How often a boundary cuts an evidence sentence: arithmetic against a count on the corpus."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np


# --8<-- [start:cut]
def cut_chance(span: int, size: int, overlap: int) -> float:
    """Chance that no window (one starts every `size - overlap`) holds the whole span."""
    return min(1.0, max(0, span - 1 - overlap) / (size - overlap))


def is_cut(start: int, span: int, size: int, overlap: int) -> bool:
    """The last window that starts at or before the span is the one that reaches farthest."""
    return start % (size - overlap) + span > size


# --8<-- [end:cut]
def main() -> None:
    docs = [json.loads(x) for x in Path("python_reference.jsonl").open(encoding="utf-8")]
    asked = [json.loads(x) for x in Path("python_questions.jsonl").open(encoding="utf-8")]
    texts = [" ".join(d["text"].split()) for d in docs]
    sentences = [e for q in asked for e in q["evidence"]]
    places = [(next(t for t in texts if e in t).index(e), len(e)) for e in sentences]
    lengths = np.array([length for _, length in places])
    print(f"{len(places)} evidence sentences of {lengths.min()} to {lengths.max()} characters,")
    print(f"median {np.median(lengths):.0f}. Cut: expected, counted")
    print("\nwindow   no overlap    10 %        20 %        50 %      80 characters")
    sizes = (200, 400, 800, 1600)
    for size in sizes:
        row = f"{size:6}"
        for overlap in (0, size // 10, size // 5, size // 2, 80):
            expected = sum(cut_chance(n, size, overlap) for n in lengths)
            counted = sum(is_cut(start, n, size, overlap) for start, n in places)
            row += f"{expected:8.1f}{counted:4}"
        print(row)
    figure, panels = plt.subplots(1, 2, sharey=True)
    lines, dots = np.arange(200, 1601, 50), np.arange(200, 1601, 200)
    for panel, overlaps in zip(panels, ((0, 0.1, 0.2, 0.5), (0, 40, 80, 120)), strict=True):
        for n, o in enumerate(overlaps):
            label = f"{o:.0%}" if o < 1 else f"{o} characters"
            pairs = [(c, int(o * c) if o < 1 else o) for c in lines]
            chance = [np.mean([cut_chance(n, c, o) for n in lengths]) for c, o in pairs]
            panel.plot(lines, chance, color=f"C{n}", label=label)
            pairs = [(c, int(o * c) if o < 1 else o) for c in dots]
            count = [np.mean([is_cut(a, n, c, o) for a, n in places]) for c, o in pairs]
            panel.plot(dots, count, "o", color=f"C{n}", markersize=4)
        panel.set(xlabel="window, characters")
        panel.legend(title="overlap")
    panels[0].set_ylabel("share of sentences cut")
    figure.savefig("boundary_cuts.svg")


if __name__ == "__main__":
    main()
