"""Two traps of embedders made from decoders: the padding side, and what a token can see."""

import torch
from torch import Tensor
from transformers import Qwen3Config, Qwen3Model


# --8<-- [start:pool]
def last_token(hidden: Tensor, mask: Tensor) -> Tensor:
    """The state of each text's last real token, (batch, width), for padding on either side."""
    if mask[:, -1].all():  # left padding, or none: every text ends in the last column
        return hidden[:, -1]
    return hidden[torch.arange(len(hidden)), mask.sum(1) - 1]


# --8<-- [end:pool]
def batched(texts: list[Tensor], side: str) -> tuple[Tensor, Tensor]:
    """Token ids (batch, longest) padded with 0 on one side, and the attention mask."""
    width = max(len(t) for t in texts)
    ids, mask = torch.zeros(2, len(texts), width, dtype=torch.long)
    for row, text in enumerate(texts):
        where = slice(0, len(text)) if side == "right" else slice(width - len(text), width)
        ids[row, where], mask[row, where] = text, 1
    return ids, mask


@torch.inference_mode()
def changed(model: Qwen3Model, ids: Tensor, causal: bool) -> int:
    """How many tokens' final states change when the last token is replaced."""
    other = ids.clone()
    other[:, -1] += 1
    see_all = torch.zeros(1, 1, ids.shape[1], ids.shape[1])  # added to the scores: no mask
    a, b = (model(x, attention_mask=None if causal else see_all).last_hidden_state
            for x in (ids, other))  # fmt: skip
    return int(((a - b).abs().amax(-1) > 1e-4).sum())


if __name__ == "__main__":
    torch.manual_seed(0)
    config = Qwen3Config(vocab_size=100, hidden_size=64, intermediate_size=128, head_dim=16,
                         num_hidden_layers=2, num_attention_heads=4,
                         num_key_value_heads=2)  # fmt: skip
    model = Qwen3Model(config).eval()
    texts = [torch.arange(1, 4), torch.arange(10, 18)]  # 3 tokens and 8
    with torch.inference_mode():
        alone = [model(t[None]).last_hidden_state[0, -1] for t in texts]
        print("same vector as the text alone?    short text   long text")
        for side in ("left", "right"):
            ids, mask = batched(texts, side)
            hidden = model(ids, attention_mask=mask).last_hidden_state
            real = last_token(hidden, mask)
            for name, pooled in (("[:, -1]", hidden[:, -1]), ("last real", real)):
                same = [torch.allclose(p, a, atol=1e-4) for p, a in zip(pooled, alone)]
                print(f"padded {side:6} {name:10}{str(same[0]):>21}{str(same[1]):>12}")
    for causal in (True, False):
        n = changed(model, texts[1][None], causal)
        print(f"new last token, causal mask {causal!s:5}: {n} of 8 token states change")
