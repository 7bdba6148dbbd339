"""Gates before embedding: a chunk passes or is named with its reason; planted faults."""

import json
import re
from collections import Counter
from pathlib import Path

GATES = {
    "seen before": lambda t, seen: " ".join(t.split()) in seen,
    "empty": lambda t, seen: not t.strip(),
    "too short": lambda t, seen: 0 < len(t.split()) < 5,
    "replacement signs": lambda t, seen: bool(re.search("\ufffd|[ÃÂâ][\x80-\xbf€]", t)),
    "control characters": lambda t, seen: bool(re.search(r"[\x00-\x08\x0b-\x1f\x7f]", t)),
    "hardly letters": lambda t, seen: sum(map(str.isalpha, t)) < 0.25 * len("".join(t.split())),
    "words glued": lambda t, seen: bool(re.search("[a-z]{31}", t)),
    "repeated lines": lambda t, seen: max(Counter(re.findall(r"\S.*", t)).values()) > 4,
}  # fmt: skip


def faults(chunks: list[str]) -> list[tuple[int, str]]:
    """(number of the chunk, name of the first gate that it fails)."""
    seen: set[str] = set()
    out = []
    for number, chunk in enumerate(chunks):
        if name := next((n for n, fails in GATES.items() if fails(chunk, seen)), None):
            out.append((number, name))
        seen.add(" ".join(chunk.split()))
    return out


PLANTED = {
    "empty": " \n ", "too short": "See above.",
    "replacement signs": "The caf\ufffd opens at nine in the morning.",
    "control characters": "A table of all the values\x0c follows on page two.",
    "hardly letters": "12 | 0.4 | 99 | -- | 17 | 3.1 | 8 | == | a | 7",
    "repeated lines": "Page header\n" * 6,
    "words glued": "Revenueincreasedbytwelvepercentinthequarter of the year, said the board.",
}  # fmt: skip

if __name__ == "__main__":
    lines = Path("python_passages.jsonl").read_text("utf-8").splitlines()
    clean = [json.loads(line)["text"] for line in lines]
    print(
        f"{len(clean)} passages of the reference:",
        dict(Counter(name for _, name in faults(clean))) or "all pass",
    )
    planted = list(PLANTED.values()) + [clean[0]]
    found = [name for _, name in faults(clean + planted) if _ >= len(clean)]
    for expected, name in zip([*PLANTED, "seen before"], found, strict=True):
        print(f"  planted {expected:20} found as {name}")
