"""Pack the parts of a prompt into a token budget by priority, and cut where it hurts least."""

from dataclasses import dataclass


# --8<-- [start:pack]
@dataclass(frozen=True)
class Part:
    name: str
    tokens: int
    priority: int  # 0 is must-have, then 1, 2, …
    least: int = 0  # fewer than this are useless: leave the part out
    most: int = 1 << 30  # never grant more than this
    keep: str = "head"  # which end survives a cut: "head" or "tail"


def pack(parts: list[Part], budget: int) -> dict[str, int]:
    """Tokens granted to each part, served in order of priority."""
    granted = {}
    for part in sorted(parts, key=lambda p: p.priority):  # stable: ties in prompt order
        fits = min(part.tokens, part.most, budget)
        if part.priority == 0 and fits < part.tokens:
            raise ValueError(f"{part.name} does not fit: {part.tokens} > {budget} left")
        granted[part.name] = fits if fits >= part.least else 0
        budget -= granted[part.name]
    return {part.name: granted[part.name] for part in parts}  # back in prompt order


def cut(tokens: list[int], part: Part, granted: int) -> list[int]:
    """The granted tokens: the head of a document, the tail of a history."""
    return tokens[:granted] if part.keep == "head" else tokens[len(tokens) - granted :]


# --8<-- [end:pack]
PROMPT = [  # in the order in which they stand in the prompt
    Part("system rules", 600, priority=0),
    Part("tool definitions", 900, priority=0),
    Part("user profile", 150, priority=4, least=150),
    Part("documents", 12_000, priority=3, least=800),
    Part("history", 9_000, priority=2, least=400, most=2_000, keep="tail"),
    Part("question", 120, priority=0),
]

if __name__ == "__main__":
    windows = 32_768, 8_192, 4_096, 2_816
    print("window, 1,024 of it for output" + "".join(f"{w:9,}" for w in windows))
    plans = [pack(PROMPT, window - 1024) for window in windows]
    for part in PROMPT:
        cells = "".join(f"{plan[part.name]:9,}" for plan in plans)
        print(f"{part.name:18} priority {part.priority}  {cells}")
