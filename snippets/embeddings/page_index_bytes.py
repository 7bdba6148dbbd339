"""What a million page images cost to store and to score, by kind of vector."""

# name, vectors a page, numbers a vector, bits a number
KINDS = [
    ("one vector, 1,024 x 16 bits", 1, 1024, 16),
    ("one vector, 1,024 x 1 bit", 1, 1024, 1),
    ("1,030 patches, 128 x 16 bits", 1030, 128, 16),
    ("  pooled by 3", 344, 128, 16),
    ("  1 bit", 1030, 128, 1),
    ("  pooled by 3, 1 bit", 344, 128, 1),
]


def page_bytes(vectors: int, numbers: int, bits: int) -> int:
    """Bytes of one page's vectors, without the index around them."""
    return vectors * numbers * bits // 8


def products(vectors: int, query_vectors: int) -> int:
    """Dot products to score one page exactly: every query vector meets every page vector."""
    return vectors * query_vectors


if __name__ == "__main__":
    print("stored                          bytes a page   1 M pages   products, 20 tokens")
    for name, vectors, numbers, bits in KINDS:
        size = page_bytes(vectors, numbers, bits)
        asked = 20 if vectors > 1 else 1
        print(f"{name:30}{size:14,}{size / 1e3:9,.1f} GB{products(vectors, asked):16,}")
