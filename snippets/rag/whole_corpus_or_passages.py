"""Dollars for 1,000 questions: the corpus in each prompt, the same cached, or passages."""

import matplotlib.pyplot as plt
import numpy as np

# GPT-6.1 Sol, dollars per million tokens, 2026-10-13; above 272,000 tokens double.
FRESH, WRITE, CACHED, OUTPUT, LONG = 2.00, 2.50, 0.10, 10.00, 272_000
QUESTION, ANSWER = 300, 250  # tokens: instructions and question; the answer. A passage: 150


def dollars(corpus: float, passages: int, per_write: float = 0) -> float:
    """1,000 questions with `passages` tokens, or the corpus, cached for `per_write` each."""
    if passages:
        return (FRESH * (passages + QUESTION) + OUTPUT * ANSWER) / 1e3
    price = CACHED + WRITE / per_write if per_write else FRESH  # of a corpus token
    dear, dear_out = (2, 1.5) if corpus + QUESTION > LONG else (1, 1)
    return (dear * (price * corpus + FRESH * QUESTION) + dear_out * OUTPUT * ANSWER) / 1e3


def break_even(passages: int, per_write: float) -> float:
    """Corpus tokens at which the cached corpus costs as much as the passages."""
    return passages * FRESH / (CACHED + WRITE / per_write)


SIZES = {"these 24 topics": 46_430, "a handbook": 200_000, "a small wiki": 900_000}

if __name__ == "__main__":
    print(
        f"{'dollars for 1,000 questions':28}{'tokens':>9}{'all':>8}{'cached':>9}"
        f"{'20 pass.':>9}{'3 pass.':>8}"
    )
    for name, size in SIZES.items():
        row = dollars(size, 0), dollars(size, 0, 20), dollars(size, 3_000), dollars(size, 450)
        print(f"{name:28}{size:9,}{row[0]:8.0f}{row[1]:9.0f}{row[2]:9.1f}{row[3]:8.1f}")
    print("\nthe cached corpus is cheaper than passages below, in tokens")
    for per_write in (2, 20, 200):
        few, many = break_even(450, per_write), break_even(3_000, per_write)
        print(
            f"  {per_write:3} questions a cache: {few:7,.0f} (3 passages)"
            f" {many:7,.0f} (20 passages)"
        )
    fig, ax = plt.subplots()
    sizes = np.geomspace(1_000, 1_000_000, 200)
    for label, passages, per_write in (
        ("whole corpus", 0, 0),
        ("whole corpus, cached for 20 questions", 0, 20),
        ("20 passages", 3_000, 0),
        ("3 passages", 450, 0),
    ):
        ax.plot(sizes, [dollars(s, passages, per_write) for s in sizes], label=label)
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="tokens of the corpus",
        ylabel="dollars for 1,000 questions",
    )
    ax.set_title("What the context costs, by the size of what is known")
    ax.legend(fontsize=9)
    fig.savefig("whole_corpus_or_passages.svg")
