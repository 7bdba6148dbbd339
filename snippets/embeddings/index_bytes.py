"""Bytes of an index by architecture: passages of 180 tokens, and what each choice stores."""

TOKENS = 180  # of a passage
TERMS = {"BM25": 54, "SPLADE": 159}  # different terms a passage, as measured on this page

# --8<-- [start:bytes]
BYTES = {
    "one vector, 768 × float32": 768 * 4,
    "one vector, 768 × int8": 768,
    "BM25: id 4, count 1 a term": TERMS["BM25"] * (4 + 1),
    "SPLADE: id 4, weight 1 a term": TERMS["SPLADE"] * (4 + 1),
    "tokens, 128 × float16": TOKENS * 128 * 2,
    "tokens, centroid 4 + 2 bits": TOKENS * (4 + 128 * 2 // 8),
    "half the tokens, 2 bits": TOKENS // 2 * (4 + 128 * 2 // 8),
    "32 vectors, 128 × float16": 32 * 128 * 2,
    "FDE, 10,240 × float32": 10_240 * 4,
    "FDE, product-quantised 32 to 1": 10_240 * 4 // 32,
}
# --8<-- [end:bytes]


def gigabytes(name: str, passages: int) -> float:
    """Size of the index without ids, graphs or posting-list compression."""
    return BYTES[name] * passages / 1e9


if __name__ == "__main__":
    one = BYTES["one vector, 768 × float32"]
    print("stored for a passage             bytes   times one   GB, 10 million")
    for name, size in BYTES.items():
        print(f"{name:31}{size:7,}{size / one:11.1f}{gigabytes(name, 10_000_000):14,.0f}")
