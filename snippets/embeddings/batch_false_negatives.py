"""In-batch negatives on real labels: how often is another row's passage an answer too?"""

import json
from collections import Counter
from math import comb
from pathlib import Path

import matplotlib.pyplot as plt


# --8<-- [start:collisions]
def expected_rows_hit(groups: list[int], batch: int) -> float:
    """Expected rows of a random batch that meet a second row of their own group."""
    pairs = sum(groups)
    hit = sum(size * (1 - comb(pairs - size, batch - 1) / comb(pairs - 1, batch - 1))
              for size in groups)  # fmt: skip
    return batch * hit / pairs


# --8<-- [end:collisions]
def groups_by(key: str, rows: list[dict]) -> list[int]:
    """How many rows share each value of `key`."""
    return sorted(Counter(row[key] for row in rows).values(), reverse=True)


if __name__ == "__main__":
    questions, passages = (
        [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]
        for name in ("python_questions.jsonl", "python_passages.jsonl")
    )
    flat = [" ".join(p["text"].split()) for p in passages]
    rows = []
    for q in (q for q in questions if q["evidence"]):
        passage = next(i for i, f in enumerate(flat) if any(e in f for e in q["evidence"]))
        rows.append({"passage": passage, "topic": passages[passage]["doc"]})
    print(f"{len(rows)} labelled pairs of a question and its passage")
    print("expected rows of a batch with another row of the same   passage     topic")
    sizes = (8, 16, 32, 64, 128)
    for batch in sizes:
        hit = [expected_rows_hit(groups_by(key, rows), batch) for key in ("passage", "topic")]
        print(f"{batch:5} rows{hit[0]:53.1f}{hit[1]:10.1f}")
    for key in ("passage", "topic"):
        line = [expected_rows_hit(groups_by(key, rows), b) / b for b in range(2, 163)]
        plt.plot(range(2, 163), line, label=f"same {key}")
    plt.gca().set(xlabel="batch size", ylabel="share of rows hit", ylim=(0, 1.02))
    plt.legend()
    plt.savefig("batch_false_negatives.svg")
