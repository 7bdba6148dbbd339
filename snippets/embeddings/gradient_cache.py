"""GradCache: the gradient of a large contrastive batch with the memory of a small one."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize


def info_nce(queries: Tensor, passages: Tensor, tau: float = 0.05) -> Tensor:
    """Cross-entropy over the batch: row i's positive is column i, the rest are negatives."""
    return cross_entropy(queries @ passages.T / tau, torch.arange(len(queries)))


# --8<-- [start:cache]
def cached_step(
    encode: Callable[[Tensor], Tensor], queries: Tensor, passages: Tensor, chunk: int
) -> Tensor:
    """Add the gradient of the whole batch, encoding `chunk` rows at a time; the loss."""
    with torch.no_grad():  # 1. all vectors, no graph kept
        vectors = [torch.cat([encode(c) for c in x.split(chunk)]) for x in (queries, passages)]
    leaves = [v.requires_grad_() for v in vectors]
    loss = info_nce(*leaves)
    loss.backward()  # 2. the gradient of each vector: the cache, small
    for texts, leaf in zip((queries, passages), leaves):
        for part, gradient in zip(texts.split(chunk), leaf.grad.split(chunk)):
            encode(part).backward(gradient)  # 3. encode again with a graph, chain rule
    return loss.detach()


# --8<-- [end:cache]
def gradients(model: nn.Module) -> Tensor:
    """All gradients in one vector; they are set back to zero."""
    flat = torch.cat([p.grad.flatten() for p in model.parameters()])
    model.zero_grad()
    return flat


if __name__ == "__main__":
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(32, 64), nn.Tanh(), nn.Linear(64, 16)).double()
    queries, passages = torch.randn(2, 64, 32, dtype=torch.float64)

    def encode(x: Tensor) -> Tensor:
        """Unit vectors of one tower."""
        return normalize(model(x), dim=1)

    info_nce(encode(queries), encode(passages)).backward()
    whole = gradients(model)
    cached_step(encode, queries, passages, chunk=8)
    cached = gradients(model)
    for q, p in zip(queries.split(8), passages.split(8)):  # accumulation: 7 negatives a row
        (info_nce(encode(q), encode(p)) / 8).backward()
    split = gradients(model)
    print("batch of 64              negatives a row   rows with a graph   equal gradient")
    ways = (("whole", 63, 128, whole), ("accumulated, 8 x 8", 7, 16, split),
            ("cached, chunks of 8", 63, 8, cached))  # fmt: skip
    for name, negatives, rows, found in ways:
        print(f"{name:22}{negatives:18}{rows:20}{str(torch.allclose(found, whole)):>17}")
