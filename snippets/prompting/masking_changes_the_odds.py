"""Masking token by token is not conditioning on the format: an enum answered the wrong way."""

from math import prod

END = "<end>"
Text = tuple[str, ...]
MODEL: dict[Text, dict[str, float]] = {  # the model's next-token probabilities
    (): {"no": 0.6, "yes": 0.4},
    ("no",): {"t sure": 0.95, END: 0.05},
    ("yes",): {", partly": 0.1, END: 0.9},
}
ENUM: list[Text] = [("no", END), ("yes", END)]  # what the schema allows


def probability(text: Text) -> float:
    """The free model's probability of a whole text."""
    return prod(MODEL[text[:i]][token] for i, token in enumerate(text))


# --8<-- [start:masking]
def allowed(prefix: Text) -> dict[str, float]:
    """The model's probabilities of the tokens that can still lead to a text of the schema."""
    return {token: p for token, p in MODEL[prefix].items()
            if any(text[: len(prefix) + 1] == (*prefix, token) for text in ENUM)}  # fmt: skip


def constrained(text: Text, future: dict[Text, float]) -> float:
    """Probability of `text` if each step weighs its tokens by `future`; {} is plain masking."""
    result = 1.0
    for i, token in enumerate(text):
        weights = {t: p * future.get((*text[:i], t), 1.0) for t, p in allowed(text[:i]).items()}
        result *= weights[token] / sum(weights.values())  # renormalised at every step
    return result


def learn(text: Text, future: dict[Text, float]) -> None:
    """ASAp: after a sample, record how much of each prefix's future the schema allows."""
    for i in reversed(range(len(text))):
        future[text[:i]] = sum(
            p * future.get((*text[:i], t), 1.0) for t, p in allowed(text[:i]).items()
        )


# --8<-- [end:masking]
if __name__ == "__main__":
    valid, future = sum(map(probability, ENUM)), {}
    columns = {"free model": list(map(probability, ENUM))}
    columns["given valid"] = [p / valid for p in columns["free model"]]
    columns["masking"] = [constrained(text, future) for text in ENUM]
    for text in ENUM:
        learn(text, future)
        columns[f"ASAp {text[0]} seen"] = [constrained(text, future) for text in ENUM]
    print("   " + "".join(f"{name:>15}" for name in columns))
    for i, text in enumerate(ENUM):
        print(f"{text[0]:3}" + "".join(f"{column[i]:15.3f}" for column in columns.values()))
    print(f"\nP(valid) = {valid:.2f}, so sampling until valid takes {1 / valid:.1f} tries")
