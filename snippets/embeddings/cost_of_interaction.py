"""Arithmetic per query: a bi-encoder, late interaction and a cross-encoder over n passages."""

import matplotlib.pyplot as plt

PARAMETERS = 85e6  # of BERT-base without its embedding table
QUERY, PASSAGE = 16, 180  # tokens
DIMENSION, TOKEN_DIMENSION = 768, 128


# --8<-- [start:cost]
def encoder(tokens: int) -> float:
    """Forward pass: two operations a parameter and token (attention scores left out)."""
    return 2 * PARAMETERS * tokens


def cost(name: str, passages: int) -> float:
    """Operations for one query against all `passages`, their vectors made beforehand."""
    if name == "bi-encoder":  # encode the query, one dot product a passage
        return encoder(QUERY) + 2 * DIMENSION * passages
    if name == "late interaction":  # encode the query, all pairs of token vectors
        return encoder(QUERY) + 2 * TOKEN_DIMENSION * QUERY * PASSAGE * passages
    return encoder(QUERY + PASSAGE) * passages  # cross-encoder: a forward pass a passage


# --8<-- [end:cost]
def main() -> None:
    names = ("bi-encoder", "late interaction", "cross-encoder")
    print("operations per query, every passage scored\n")
    print("passages  " + "".join(f"{name:>18}" for name in names))
    for passages in (1, 100, 10_000, 1_000_000):
        print(f"{passages:<10,}" + "".join(f"{cost(name, passages):18.1e}" for name in names))
    print("\ntwo stages over 1,000,000 passages: bi-encoder, then the best by")
    for name, keep in (("late interaction", 1000), ("cross-encoder", 100)):
        total = cost("bi-encoder", 1_000_000) + cost(name, keep)
        print(f"{name:17}{keep:5,} candidates {total:9.1e}")
    counts = [10**e for e in range(8)]
    for name in names:
        plt.loglog(counts, [cost(name, n) for n in counts], "o-", label=name)
    plt.minorticks_off()
    plt.gca().set(xlabel="passages scored for one query", ylabel="operations")
    plt.legend()
    plt.savefig("cost_of_interaction.svg")


if __name__ == "__main__":
    main()
