"""One sentence is inserted near the top: how many chunks have to be embedded again?"""

import hashlib
import json
import zlib
from collections.abc import Callable
from pathlib import Path

NEW = "This paragraph was added by somebody who read the page yesterday.\n\n"


def fixed(text: str, size: int = 800) -> list[str]:
    """Cut every `size` characters."""
    return [text[i : i + size] for i in range(0, len(text), size)]


def packed(text: str, size: int = 800) -> list[str]:
    """Paragraphs packed in order up to `size` characters."""
    chunks: list[str] = []
    for paragraph in text.split("\n\n"):
        if chunks and len(chunks[-1]) + 2 + len(paragraph) <= size:
            chunks[-1] += "\n\n" + paragraph
        else:
            chunks.append(paragraph)
    return chunks


def by_content(text: str, least: int = 400, most: int = 1200) -> list[str]:
    """End a chunk behind a paragraph of even checksum, so that borders move with the text."""
    chunks, current = [], ""
    for paragraph in text.split("\n\n"):
        if current and len(current) + len(paragraph) > most:
            chunks, current = chunks + [current], ""
        current += ("\n\n" if current else "") + paragraph
        if len(current) >= least and zlib.crc32(paragraph.encode()) % 2 == 0:
            chunks, current = chunks + [current], ""
    return chunks + [current] if current else chunks


def to_embed(cut: Callable, old: str, new: str) -> tuple[int, int]:
    """(chunks of `new` that `old` did not have, all chunks of `new`), compared by hash."""
    known = {hashlib.sha256(chunk.encode()).digest() for chunk in cut(old)}
    chunks = cut(new)
    return sum(hashlib.sha256(chunk.encode()).digest() not in known for chunk in chunks), len(
        chunks
    )


if __name__ == "__main__":
    lines = Path("python_reference.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    print("way to cut      chunks   to embed after one insertion in each of 24 topics")
    for cut in (fixed, packed, by_content):
        changed, total = 0, 0
        for text in texts:
            at = text.index("\n\n", len(text) // 20) + 2
            new, count = to_embed(cut, text, text[:at] + NEW + text[at:])
            changed, total = changed + new, total + count
        print(f"{cut.__name__:14}{total:8}{changed:11} ({changed / total:.0%})")
