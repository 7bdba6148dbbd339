"""What a number of dimensions costs: bytes, bytes read per exact search, and the API's bill."""

GIB = 2**30


# --8<-- [start:bill]
def vector_bytes(count: int, dimensions: int, bits: int = 32, copies: int = 1) -> int:
    """Bytes of the vectors alone: no graph, no text, no metadata."""
    return count * dimensions * bits // 8 * copies


def embedding_price(count: int, tokens: int, dollars_per_million: float) -> float:
    """Dollars to embed `count` passages of `tokens` tokens once."""
    return count * tokens * dollars_per_million / 1e6


def encoder_flops(parameters: float, tokens: int) -> float:
    """About two operations per parameter and token; attention's square left out."""
    return 2 * parameters * tokens


# --8<-- [end:bill]
if __name__ == "__main__":
    passages, tokens = 10_000_000, 250
    print(f"{passages:,} passages of {tokens} tokens; GiB of vectors")
    print("dimensions   float32   float16      int8     1 bit")
    for d in (256, 384, 768, 1024, 1536, 3072, 4096):
        row = (vector_bytes(passages, d, bits) / GIB for bits in (32, 16, 8, 1))
        print(f"{d:10}" + "".join(f"{size:10.1f}" for size in row))
    print("\nto embed them once: dollars by price per million tokens")
    for price in (0.02, 0.06, 0.13, 0.20):
        print(f"  ${price:.2f} {embedding_price(passages, tokens, price):10,.0f}")
    print("\nor operations, by parameters, and hours at 100 TFLOP/s sustained")
    for name, size in (("MiniLM 11 M", 11e6), ("0.3 B", 0.3e9), ("0.6 B", 0.6e9), ("8 B", 8e9)):
        total = encoder_flops(size, tokens) * passages
        print(f"  {name:12}{total:8.1e}{total / 1e14 / 3600:9.2f}")
    print("\na query of 15 tokens, in millions of operations")
    print(f"  embed it, 0.6 B parameters   {encoder_flops(0.6e9, 15) / 1e6:10,.0f}")
    print(f"  compare with all, 1024 dims  {2 * passages * 1024 / 1e6:10,.0f}")
