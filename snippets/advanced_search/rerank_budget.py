"""How many candidates fit into a latency budget: operations against a processor's rate."""

MODELS = {  # parameters that work on every token (layers, without embedding tables)
    "MiniLM-L6, 11 M": 11e6,
    "BERT-base, 85 M": 85e6,
    "0.6 B decoder": 0.44e9,
    "4 B decoder": 3.6e9,
}


# --8<-- [start:budget]
def milliseconds(
    candidates: int, tokens: int, weights: float, rate: float, fixed: float = 5.0
) -> float:
    """Time to score all pairs in one batch: two operations a weight and token, plus a start."""
    return fixed + 1000 * 2 * weights * tokens * candidates / rate


def fitting(budget: float, tokens: int, weights: float, rate: float, fixed: float = 5.0) -> int:
    """The largest number of candidates inside the budget, in milliseconds."""
    return max(0, int((budget - fixed) * rate / (1000 * 2 * weights * tokens)))


# --8<-- [end:budget]
if __name__ == "__main__":
    rates = {"8 CPU cores": 0.4e12, "GPU": 150e12}  # operations a second that are reached
    print("question and passage: 200 tokens        0.4e12 a second        150e12 a second")
    print("model            operations a pair   100 take in 100 ms     100 take in 100 ms")
    for name, weights in MODELS.items():
        row = f"{name:17}{2 * weights * 200:15.1e}"
        for rate in rates.values():
            time = milliseconds(100, 200, weights, rate)
            row += f"{time:10,.0f} ms{fitting(100, 200, weights, rate):10,}"
        print(row)
