"""Word vectors without a network: count neighbours, weigh by PMI, factorise (LSA's idea)."""

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np


def cooccurrences(texts: list[list[str]], vocabulary: list[str], window: int) -> np.ndarray:
    """How often each word of the vocabulary stands within `window` words of each other."""
    index = {word: number for number, word in enumerate(vocabulary)}
    counts = np.zeros((len(vocabulary), len(vocabulary)))
    for words in texts:
        for i, word in enumerate(words):
            for other in words[max(0, i - window) : i] + words[i + 1 : i + 1 + window]:
                if word in index and other in index:
                    counts[index[word], index[other]] += 1
    return counts


# --8<-- [start:embed]
def ppmi(counts: np.ndarray) -> np.ndarray:
    """log(seen / expected by chance); what is seen less often than by chance counts 0."""
    chance = np.outer(counts.sum(1), counts.sum(0)) / counts.sum()
    return np.log(np.maximum(counts / chance, 1.0))


def factorise(matrix: np.ndarray, dim: int) -> np.ndarray:
    """Unit rows of U sqrt(S): the best `dim`-dimensional summary of the matrix."""
    u, s, _ = np.linalg.svd(matrix)
    vectors = u[:, :dim] * np.sqrt(s[:dim])
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


# --8<-- [end:embed]
def neighbours(vectors: np.ndarray, word: int, k: int) -> list[int]:
    """The k nearest others by cosine."""
    return [int(i) for i in np.argsort(-(vectors @ vectors[word])) if i != word][:k]


if __name__ == "__main__":
    lines = Path("python_reference.jsonl").read_text("utf-8").splitlines()
    texts = [re.findall(r"[a-z_]+", json.loads(line)["text"].lower()) for line in lines]
    seen = Counter(word for words in texts for word in words)
    vocabulary = [word for word, count in seen.most_common() if count >= 15]
    counts = cooccurrences(texts, vocabulary, window=4)
    vectors = factorise(ppmi(counts), dim=50)
    print(f"{sum(seen.values()):,} words of text, {len(vocabulary)} words seen 15 times")
    print(f"a word meets {np.count_nonzero(counts) / len(counts):.0f} others on average\n")
    for word in ("raises", "keyword", "import", "function", "false", "tuple", "async"):
        near = [vocabulary[i] for i in neighbours(vectors, vocabulary.index(word), 3)]
        print(f"{word:10}{seen[word]:4} times   {', '.join(near)}")
