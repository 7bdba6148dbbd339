"""What thinking tokens cost: FLOPs, cache and waiting time against a direct answer."""

from dataclasses import dataclass


# --8<-- [start:cost]
@dataclass(frozen=True)
class Model:
    weights: float  # parameters each token is multiplied with (the embedding is looked up)
    layers: int
    width: int  # query heads x head size
    cache: int  # bytes of keys and values a token, bf16


LLAMA_8B = Model(weights=7.50e9, layers=32, width=4096, cache=131_072)
LLAMA_70B = Model(weights=69.5e9, layers=80, width=8192, cache=327_680)


def attention_flops(model: Model, prompt: int, new: int) -> float:
    """q·k and weight·v over everything so far: 4 x width FLOPs a layer and earlier token."""
    pairs = (
        new * prompt + new * (new + 1) / 2
    )  # token i sees the prompt, itself and i - 1 others
    return 4 * model.layers * model.width * pairs


def flops(model: Model, prompt: int, new: int) -> float:
    """To generate `new` tokens one at a time after a prompt already in the cache."""
    return 2 * model.weights * new + attention_flops(model, prompt, new)


# --8<-- [end:cost]
def tokens_for(budget: float, model: Model, prompt: int) -> int:
    """How many tokens a budget of FLOPs buys."""
    few, many = 0, int(budget / model.weights)
    while many - few > 1:  # flops() grows with every token: bisect
        middle = (few + many) // 2
        few, many = (middle, many) if flops(model, prompt, middle) <= budget else (few, middle)
    return few


if __name__ == "__main__":
    prompt, answer, speed = 500, 300, 60
    direct = flops(LLAMA_8B, prompt, answer)
    print("8B model, prompt 500, answer 300, decoding at 60 tokens a second")
    print("thinking   TFLOP  x direct  attention  cache MiB  wait, seconds")
    for thinking in (0, 1_000, 8_000, 32_000):
        new = thinking + answer
        total = flops(LLAMA_8B, prompt, new)
        share = attention_flops(LLAMA_8B, prompt, new) / total
        cache = (prompt + new) * LLAMA_8B.cache / 2**20
        print(f"{thinking:8,} {total / 1e12:7.0f} {total / direct:9.1f} {share:10.0%} "
              f"{cache:10,.0f} {thinking / speed:14.0f}")  # fmt: skip
    large = flops(LLAMA_70B, prompt, answer)
    print(f"the 70B's direct answer, {large / 1e12:.0f} TFLOP, buys the 8B "
          f"{tokens_for(large, LLAMA_8B, prompt):,} tokens")  # fmt: skip
