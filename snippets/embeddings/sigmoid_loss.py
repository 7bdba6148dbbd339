"""SigLIP's loss: every pair is a yes/no question, so the sum can be taken block by block."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, logsigmoid, normalize


# --8<-- [start:loss]
def sigmoid_loss(logits: Tensor) -> Tensor:
    """Square logits, matches on the diagonal; summed over pairs, divided by the images."""
    sign = 2 * torch.eye(len(logits)) - 1  # +1 on the diagonal, -1 elsewhere
    return -logsigmoid(sign * logits).sum() / len(logits)


def in_blocks(images: Tensor, texts: Tensor, scale: float, bias: float, size: int) -> float:
    """The same loss with never more than `size` x `size` logits in memory at once."""
    total = 0.0
    for i in range(0, len(images), size):
        for j in range(0, len(texts), size):  # in training, j's texts arrive from a neighbour
            logits = scale * images[i : i + size] @ texts[j : j + size].T + bias
            sign = 2 * torch.eye(size) - 1 if i == j else -torch.ones(size, size)
            total -= float(logsigmoid(sign * logits).sum())
    return total / len(images)


# --8<-- [end:loss]
if __name__ == "__main__":
    torch.manual_seed(0)
    images, texts = normalize(torch.randn(64, 32)), normalize(torch.randn(64, 32))
    logits = 10 * images @ texts.T - 10
    print("64 pairs, whole matrix against blocks of 8")
    chunked = in_blocks(images, texts, scale=10, bias=-10, size=8)
    print(f"  sigmoid: {sigmoid_loss(logits):.3f} and {chunked:.3f}")
    blocks = [logits[i : i + 8, i : i + 8] for i in range(0, 64, 8)]
    parts = torch.stack([cross_entropy(block, torch.arange(8)) for block in blocks])
    whole = cross_entropy(logits, torch.arange(64))
    print(f"  softmax: {whole:.3f} and {parts.mean():.3f} (diagonal blocks: an easier task)")
    print("\nuntrained, cosines near 0: loss an image (share of it from negatives)")
    print(" batch   softmax (ln n)   sigmoid, bias 0   sigmoid, bias -10")
    for n in (8, 1024, 32768):
        cells = []
        for bias in (0.0, -10.0):
            yes, no = (-logsigmoid(torch.tensor(s * bias)).double() for s in (1, -1))
            total = yes + (n - 1) * no
            cells.append(f"{total:9.2f} ({(n - 1) * no / total:4.0%})")
        print(f"{n:6}{torch.tensor(n).log():14.2f}   {cells[0]}   {cells[1]}")
