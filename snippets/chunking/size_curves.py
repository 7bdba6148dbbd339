"""Recall against chunk size, as the two measurements print it: five chunks, or 1,000 tokens."""

import matplotlib.pyplot as plt

SIZES = (200, 400, 800, 1600, 3200)
RECALL = {  # (retriever, rule): tune, test
    ("dense", "first 5 chunks"): (
        (0.46, 0.70, 0.77, 0.74, 0.67),
        (0.48, 0.60, 0.83, 0.70, 0.72),
    ),
    ("BM25", "first 5 chunks"): (
        (0.38, 0.65, 0.73, 0.81, 0.85),
        (0.36, 0.52, 0.72, 0.77, 0.81),
    ),
    ("dense", "1,000 tokens"): ((0.68, 0.86, 0.78, 0.56, 0.36), (0.69, 0.77, 0.80, 0.49, 0.40)),
    ("BM25", "1,000 tokens"): ((0.54, 0.72, 0.74, 0.70, 0.58), (0.52, 0.67, 0.73, 0.63, 0.51)),
}


def best(retriever: str, rule: str, split: int) -> int:
    """The size with the highest recall on the tuning (0) or the test questions (1)."""
    recall = RECALL[retriever, rule][split]
    return SIZES[recall.index(max(recall))]


if __name__ == "__main__":
    print("best size, characters     tune   test")
    for retriever, rule in RECALL:
        print(f"{retriever:6}{rule:16}", *(f"{best(retriever, rule, s):7}" for s in (0, 1)))
    figure, panels = plt.subplots(1, 2, sharey=True)
    for (retriever, rule), (tune, test) in RECALL.items():
        panel, colour = (
            panels[int(rule == "1,000 tokens")],
            "C0" if retriever == "dense" else "C1",
        )
        panel.plot(SIZES, test, "o-", color=colour, label=retriever)
        panel.plot(SIZES, tune, ":", color=colour)
        panel.set(xscale="log", xlabel="largest chunk, characters", title=rule, ylim=(0.3, 1))
        panel.set_xticks(SIZES, map(str, SIZES))
        panel.minorticks_off()
    panels[0].set_ylabel("recall: solid test, dotted tune")
    panels[0].legend()
    figure.savefig("size_curves.svg")
