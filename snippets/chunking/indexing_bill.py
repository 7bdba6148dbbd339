"""What an index of a million pages costs to make, stage by stage, and to keep for a year."""

PAGES, TOKENS = 1_000_000, 500  # tokens of a page
# Dollars. Embedding: text-embedding-3-small, July 2026, per million tokens. The others are
# assumptions: parsing a page, tokens of a model's note for a chunk, a GB of memory a month.
EMBED, PARSE, SCANNED, VISION = 0.02, 0.0, 0.2, 0.0015
NOTE_IN, NOTE_OUT, MEMORY = 0.10, 0.40, 3.00


def embedding_dollars(tokens: float, price: float = EMBED, overlap: float = 0.0) -> float:
    """Dollars to embed if each chunk repeats a share `overlap` of its neighbour."""
    return tokens / (1 - overlap) * price / 1e6


def vector_gb(chunks: float, size: int, bytes_each: int = 4) -> float:
    """Gigabytes of the raw vectors, without an index structure around them."""
    return chunks * size * bytes_each / 1e9


if __name__ == "__main__":
    tokens = PAGES * TOKENS
    chunks = tokens / 250
    rows = {
        "read pages of text": PAGES * (1 - SCANNED) * PARSE,
        "read scanned pages by a vision model": PAGES * SCANNED * VISION,
        "embed": embedding_dollars(tokens),
        "embed with 20 % overlap": embedding_dollars(tokens, overlap=0.2),
        "a model's 60-word note for each chunk": chunks * (250 * NOTE_IN + 80 * NOTE_OUT) / 1e6,
        "memory for a year, 1,536 components": 12 * MEMORY * vector_gb(chunks, 1536),
        "memory for a year, 384 components int8": 12 * MEMORY * vector_gb(chunks, 384, 1),
    }
    print(f"{PAGES:,} pages, {tokens / 1e6:.0f} M tokens, {chunks / 1e6:.0f} M chunks of 250")
    for name, dollars in rows.items():
        print(f"  {name:40}{dollars:9,.0f} dollars")
