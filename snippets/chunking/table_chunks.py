"""A table cut into chunks that each keep title and header; the table can be read back."""

from collections.abc import Iterator

TITLE = "Results by segment, 2025, million euros (audited)"
HEADER = ["Segment", "Revenue", "Profit", "Staff", "Note"]
ROWS = [
    ["Ports", "412", "38", "1,204", "sold: June 2026"], ["Rail", "198", "", "877", ""],
    ["Road", "305", "21", "2,310", ""], ["Energy", "", "12", "96", "first year"],
    ["Leasing", "77", "9", "", ""], ["Group", "992", "80", "4,487", "after elimination"],
]  # fmt: skip
Row = list[str]


# --8<-- [start:chunk]
def chunk_table(title: str, header: Row, rows: list[Row], limit: int = 200) -> Iterator[str]:
    """Whole rows, packed up to `limit` characters; each cell carries its column's name."""
    chunk = title
    for row in rows:
        pairs = zip(header, row, strict=True)
        line = "; ".join(f"{name}: {cell}" for name, cell in pairs if cell)
        if chunk != title and len(chunk) + 1 + len(line) > limit:
            yield chunk
            chunk = title
        chunk += "\n" + line
    yield chunk


def read_back(chunks: list[str], header: Row) -> list[Row]:
    """The rows that the chunks hold; a missing name is an empty cell."""
    rows = []
    for line in (line for chunk in chunks for line in chunk.split("\n")[1:]):
        cells = dict(pair.split(": ", 1) for pair in line.split("; "))
        rows.append([cells.get(name, "") for name in header])
    return rows


# --8<-- [end:chunk]
if __name__ == "__main__":
    chunks = list(chunk_table(TITLE, HEADER, ROWS))
    print("\n\n".join(chunks))
    plain = "\n".join(" | ".join(row) for row in [HEADER, *ROWS])
    print(f"\n{len(chunks)} chunks, longest {max(map(len, chunks))} characters, all equal when",
          "read back:", read_back(chunks, HEADER) == ROWS)  # fmt: skip
    print(f"characters: {sum(map(len, chunks))} against {len(plain)} for the bare table")
