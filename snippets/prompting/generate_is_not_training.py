"""Generation reads a GPT-2's weights; only a loss and an optimiser step change them."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import GPT2Config, GPT2LMHeadModel

TEXT = "The future of artificial intelligence is written one token at a time. "


# --8<-- [start:generate-and-train]
@torch.no_grad()
def generate(model: GPT2LMHeadModel, ids: Tensor, max_new: int, eos: int = -1) -> Tensor:
    """ids (1, t) -> (1, at most t + max_new): greedy, each new token read once (KV cache)."""
    cache, unread = None, ids
    for _ in range(max_new):
        out = model(unread, past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        unread = out.logits[:, -1].argmax(dim=-1, keepdim=True)  # (1, 1): the strategy
        ids = torch.cat([ids, unread], dim=1)
        if unread.item() == eos:
            break
    return ids


def next_token_loss(model: GPT2LMHeadModel, ids: Tensor) -> Tensor:
    """Pretraining's objective: each position is asked for the token after it."""
    logits = model(ids).logits[:, :-1]  # (batch, t - 1, vocabulary); the last has no target
    return cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())


# --8<-- [end:generate-and-train]
if __name__ == "__main__":
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=256, n_embd=64, n_layer=2, n_head=4,
                        bos_token_id=None, eos_token_id=None)  # fmt: skip
    model = GPT2LMHeadModel(config).eval()  # random weights, tokens are bytes, no dropout
    ids = torch.tensor([list((TEXT * 2).encode())])
    prompt = ids[:, :10]  # "The future"
    start = {name: p.clone() for name, p in model.named_parameters()}

    def report(stage: str) -> None:
        changed = sum(not p.equal(start[name]) for name, p in model.named_parameters())
        with torch.no_grad():
            loss = next_token_loss(model, ids).item()
        print(f"{stage:22}{changed:3} of {len(start)} tensors changed, loss {loss:.1f}")

    report("new model")
    generate(model, prompt, 59)
    report("after generating")
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(80):
        optimizer.zero_grad()
        next_token_loss(model, ids).backward()
        optimizer.step()
    report("after 80 steps")
    print(bytes(generate(model, prompt, 59)[0].tolist()).decode(errors="replace"))
