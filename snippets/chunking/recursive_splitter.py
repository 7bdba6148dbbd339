"""A recursive character splitter from scratch, compared with langchain-text-splitters' own."""

import json
import re
from pathlib import Path

from langchain_text_splitters import RecursiveCharacterTextSplitter

SEPARATORS = ("\n\n", "\n", " ", "")  # paragraph, line, word, character


# --8<-- [start:split]
def merge(pieces: list[str], size: int, overlap: int) -> list[str]:
    """Pack pieces in order up to `size`; begin the next with up to `overlap` of the last."""
    chunks, window = [], []
    for piece in pieces:
        if window and len("".join(window)) + len(piece) > size:
            chunks.append("".join(window))
            while window and (len("".join(window)) > overlap
                              or len("".join(window)) + len(piece) > size):  # fmt: skip
                window.pop(0)
        window.append(piece)
    chunks = [c.strip() for c in [*chunks, "".join(window)]]
    return [c for c in chunks if c]


def split(text: str, size: int, overlap: int = 0, separators: tuple = SEPARATORS) -> list[str]:
    """Cut at the coarsest separator present; what is too long at the next finer one."""
    rank = next(i for i, s in enumerate(separators) if s in text)  # "" is in every text
    separator, finer = separators[rank], separators[rank + 1 :]
    # the separator stays at the head of the piece that follows it
    pieces = re.split(f"(?={re.escape(separator)})", text) if separator else list(text)
    chunks, waiting = [], []
    for piece in pieces:
        if len(piece) < size:
            waiting.append(piece)
        else:
            chunks += merge(waiting, size, overlap)
            waiting = []
            chunks += split(piece, size, overlap, finer) if finer else [piece]
    return chunks + merge(waiting, size, overlap)


# --8<-- [end:split]
def main() -> None:
    texts = [
        json.loads(x)["text"] for x in Path("python_reference.jsonl").open(encoding="utf-8")
    ]
    print("  size  overlap  chunks  mean  longest  texts equal to the library")
    for size, overlap in ((200, 0), (400, 0), (800, 0), (800, 80), (800, 200), (1600, 400)):
        library = RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=overlap)
        ours = [split(text, size, overlap) for text in texts]
        same = sum(o == library.split_text(t) for o, t in zip(ours, texts, strict=True))
        sizes = [len(c) for chunks in ours for c in chunks]
        print(f"{size:6}{overlap:9}{len(sizes):8}{sum(sizes) / len(sizes):6.0f}{max(sizes):9}"
              f"{same:7} of {len(texts)}")  # fmt: skip


if __name__ == "__main__":
    main()
