"""The cost of a decoded token falls with the batch until memory is full: a roofline bound."""

# Llama-3-8B in bf16 on one H100 SXM; the price is Lambda's for a server of eight, 2026-09-20
WEIGHTS = 7.50e9  # read in every step: 8.03e9 less the input embedding table
CACHE = 131_072  # bytes of keys and values a token: 2 x 32 layers x 8 heads x 128 x 2 bytes
PEAK, BANDWIDTH, MEMORY = 989e12, 3.35e12, 80e9  # FLOP/s, bytes/s, bytes
DOLLARS_AN_HOUR = 3.99


def step_seconds(batch: int, context: int) -> float:
    """Least time for one new token in each of `batch` sequences: arithmetic or traffic."""
    flops = 2 * WEIGHTS * batch
    traffic = 2 * WEIGHTS + batch * context * CACHE  # weights once, each sequence its cache
    return max(flops / PEAK, traffic / BANDWIDTH)


def dollars_per_million(batch: int, context: int) -> float:
    """GPU rent for a million decoded tokens when the GPU is never idle."""
    return DOLLARS_AN_HOUR / 3600 * step_seconds(batch, context) / batch * 1e6


def largest_batch(context: int) -> int:
    """Sequences whose caches fit beside 16.06 GB of weights in 90 % of the memory."""
    return int((0.9 * MEMORY - 2 * 8.03e9) // (context * CACHE))


if __name__ == "__main__":
    print("context  batch  tokens/s each  tokens/s in all  $ per million")
    for context in (2048, 16384):
        for batch in (1, 4, 16, 64, largest_batch(context)):
            if batch > largest_batch(context):
                continue
            speed = 1 / step_seconds(batch, context)
            cost = dollars_per_million(batch, context)
            print(f"{context:7}{batch:7}{speed:15.0f}{batch * speed:17.0f}{cost:15.2f}")
