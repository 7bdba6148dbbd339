"""After how many requests does fine-tuning cost less arithmetic than examples in the prompt?"""


# --8<-- [start:break-even]
def prompt_flops(weights: float, shots: int, tokens: int, requests: float) -> float:
    """2 operations a weight and token, in every request that reads the examples."""
    return 2 * weights * shots * tokens * requests


def training_flops(weights: float, examples: int, tokens: int, epochs: int) -> float:
    """6 operations a weight and token: 2 forward, 4 backward."""
    return 6 * weights * examples * tokens * epochs


def break_even(examples: int, epochs: int, shots: int, read: float = 1.0) -> float:
    """Requests until both are equal, if a share `read` reads the examples, the rest a cache."""
    return 3 * examples * epochs / (shots * read)


# --8<-- [end:break-even]
if __name__ == "__main__":
    print("fine-tuning on 1,000 examples for 3 epochs, against examples in every prompt")
    print("shots  requests to break even: no cache  prefix cached in 9 requests of 10")
    for shots in (1, 4, 16, 64, 256, 1000):
        equal = [break_even(1000, 3, shots, read) for read in (1.0, 0.1)]
        print(f"{shots:5d}{equal[0]:34,.0f}{equal[1]:35,.0f}")
    many = prompt_flops(8e9, 1000, 100, 1)
    print(f"1,000 shots of 100 tokens, 8e9 weights: {many:.1e} operations for one request")
