"""Tokens read and written to index one million tokens of documents, by chunking method."""

import math


# --8<-- [start:cost]
def per_million(document: int, chunk: int, window: int = 550) -> dict[str, list[float]]:
    """{method: [embedder reads, LLM reads, LLM reads from cache, LLM writes]}, in tokens.

    One document of `document` tokens in chunks of `chunk`, scaled to a million tokens.
    """
    note, rule, chunks = 75, 100, math.ceil(document / chunk)  # note per chunk, instruction
    work = {
        "fixed, recursive, structure": [document, 0, 0, 0],
        "semantic (each sentence embedded)": [2 * document, 0, 0, 0],
        "late chunking, windows half shared": [2 * document, 0, 0, 0],
        "LLM finds borders, window of 550": [document, chunks * (window + rule), 0, chunks * 5],
        "propositions, rewritten once": [1.3 * document, document + chunks * rule, 0,
                                         1.3 * document],
        "context notes, no cache": [document + chunks * note,
                                    chunks * (document + chunk + rule), 0, chunks * note],
        "context notes, document cached": [document + chunks * note,
                                           document + chunks * (chunk + rule),
                                           (chunks - 1) * document, chunks * note],
    }  # fmt: skip
    return {name: [t * 1e6 / document for t in tokens] for name, tokens in work.items()}


def price(
    tokens: list[float],
    embed: float = 0.02,
    read: float = 1.0,
    cached: float = 0.1,
    write: float = 5.0,
) -> float:
    """Dollars, at prices per million tokens: embedding, input, cached input, output."""
    return sum(t * p for t, p in zip(tokens, (embed, read, cached, write), strict=True)) / 1e6


# --8<-- [end:cost]
def main() -> None:
    chunks = 10  # Anthropic's case: 8,000-token documents, chunks of 800, its prices of 2024
    case = 8000 * 0.30 + chunks * (8000 * 0.03 + (800 + 50) * 0.25 + 100 * 1.25)
    print(f"context notes in the case of September 2024: {case / 8000:.2f} dollars a million\n")
    for document in (8_000, 32_000):
        print(f"documents of {document:,} tokens, chunks of 400; million tokens, dollars")
        print(f"{'method':36}embed   read  cached  write  dollars")
        for method, tokens in per_million(document, 400).items():
            columns = "".join(f"{t / 1e6:7.2f}" for t in tokens)
            print(f"{method:34}{columns}{price(tokens):9.2f}")


if __name__ == "__main__":
    main()
