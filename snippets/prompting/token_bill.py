"""What one API request costs by kind of token, at dated list prices."""

from dataclasses import dataclass


# --8<-- [start:bill]
@dataclass(frozen=True)
class Price:
    """List price in US dollars per million tokens, on the day it was read."""

    name: str
    read_on: str
    fresh: float  # input that no cache knew
    write: float  # input stored in the cache for later
    cached: float  # input found in the cache
    output: float


@dataclass(frozen=True)
class Usage:
    """Tokens of one request; every input token belongs to exactly one kind."""

    fresh: int
    write: int
    cached: int
    answer: int
    reasoning: int = 0  # never shown to the user, and billed as output


def bill(usage: Usage, price: Price) -> dict[str, float]:
    """Dollars of one request for each kind of token."""
    rate = {"answer": price.output, "reasoning": price.output}
    rate |= {kind: getattr(price, kind) for kind in ("fresh", "write", "cached")}
    return {kind: getattr(usage, kind) * dollars / 1e6 for kind, dollars in rate.items()}


# OpenAI, Anthropic, DeepSeek and Groq publish these; sources stand below the answer
PRICES = (
    Price("Claude Opus 5.5", "2026-10-24", 4, 5, 0.20, 20),
    Price("GPT-6.1 Sol", "2026-10-13", 2, 2.5, 0.10, 10),
    Price("DeepSeek-Flash off-peak", "2026-10-27", 0.15, 0.15, 0.003, 0.60),  # V4.1
    Price("gpt-oss-120b at Groq", "2026-05-20", 0.15, 0.15, 0.075, 0.60),
    Price("Claude Haiku 5.5", "2026-10-24", 0.10, 0.125, 0.01, 0.50),
)
ASSISTANT = Usage(fresh=1192, write=1000, cached=6000, answer=400, reasoning=624)
# --8<-- [end:bill]

if __name__ == "__main__":
    print(f"{ASSISTANT.fresh + ASSISTANT.write + ASSISTANT.cached} tokens in, 1024 out")
    print("$ for 1,000 requests, 2026   fresh write cache answer reason total output")
    for price in PRICES:
        part = {kind: 1000 * dollars for kind, dollars in bill(ASSISTANT, price).items()}
        total = sum(part.values())
        f, w, c, a, r = (part[k] for k in ("fresh", "write", "cached", "answer", "reasoning"))
        row = f"{f:6.2f}{w:6.2f}{c:6.2f}{a:7.2f}{r:7.2f}{total:6.2f}{(a + r) / total:7.0%}"
        print(f"{price.name:23} {price.read_on[5:]}{row}")
