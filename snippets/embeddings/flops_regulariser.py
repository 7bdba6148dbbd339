"""SPLADE's FLOPS penalty: what a search multiplies, against how many weights are not zero."""

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np


# --8<-- [start:flops]
def flops(weights: np.ndarray) -> float:
    """The penalty on a batch (n, vocabulary): squared mean weight of each term, added up."""
    return float((weights.mean(axis=0) ** 2).sum())


def products(queries: np.ndarray, documents: np.ndarray) -> float:
    """Multiplications for an average pair: terms that are not zero on both sides."""
    return float((queries > 0).mean(axis=0) @ (documents > 0).mean(axis=0))


# --8<-- [end:flops]
def term_weights(texts: list[str], terms: list[str]) -> np.ndarray:
    """log(1 + count) of each term in each text."""
    counts = [Counter(re.findall(r"\w+", text.lower())) for text in texts]
    return np.log1p([[count[term] for term in terms] for count in counts])


def main() -> None:
    spread, stacked = np.kron(np.eye(4), [1.0, 1.0, 1.0]), np.zeros((4, 12))
    stacked[:, :3] = 1  # every text uses the same three terms
    print("four texts of three terms    weights   L1   FLOPS   products a pair")
    for name, toy in (("each its own terms", spread), ("all the same terms", stacked)):
        numbers = f"{(toy > 0).sum():9}{toy.sum(axis=1).mean():7.1f}{flops(toy):8.2f}"
        print(f"{name:27}{numbers}{products(toy, toy):14.2f}")
    passages = [json.loads(x)["text"] for x in Path("python_passages.jsonl").open("rb")]
    asked = [json.loads(x)["question"] for x in Path("python_questions.jsonl").open("rb")]
    words = {word for text in passages for word in re.findall(r"\w+", text.lower())}
    documents, queries = (term_weights(t, sorted(words)) for t in (passages, asked))
    order = np.argsort(-(documents > 0).sum(axis=0), kind="stable")  # the commonest terms first
    print(f"\n{len(passages)} passages, {len(asked)} questions, {len(words):,} terms")
    print("                        weights a passage   FLOPS   products a pair")
    for gone in (0, 10, 50):
        kept = documents.copy()
        kept[:, order[:gone]] = 0
        row = f"{f'{gone} commonest left out':24}{(kept > 0).sum(axis=1).mean():13.1f}"
        print(f"{row}{flops(kept):13.2f}{products(queries, kept):13.2f}")


if __name__ == "__main__":
    main()
