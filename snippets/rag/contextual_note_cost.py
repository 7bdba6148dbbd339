"""What a note for every passage costs, with and without a prompt cache."""


# --8<-- [start:cost]
def note_cost(document: int, price: dict[str, float], cached: bool) -> float:
    """Dollars per million document tokens; prices are dollars per million tokens."""
    passage, prompt, note = 800, 50, 100  # tokens, as in the published case
    passages = document / passage
    fresh = passages * (passage + prompt) * price["input"] + passages * note * price["output"]
    again = passages * document * price["read" if cached else "input"]
    once = document * price["write"] if cached else 0  # the document is written to the cache
    return (fresh + again + once) / document


# --8<-- [end:cost]
if __name__ == "__main__":
    haiku = {"input": 0.25, "output": 1.25, "write": 0.30, "read": 0.03}  # September 2024
    print("document tokens   no cache   cache   (dollars per million document tokens)")
    for size in (2_000, 8_000, 32_000, 128_000):
        plain, cached = (note_cost(size, haiku, c) for c in (False, True))
        print(f"{size:15,}{plain:11.2f}{cached:8.2f}")
