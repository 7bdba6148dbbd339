"""Matryoshka training on images of digits: every prefix of the vector is trained."""

import matplotlib.pyplot as plt
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import normalize

NEST = (2, 4, 8, 16, 32)


# --8<-- [start:loss]
def contrastive(vectors: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """InfoNCE with labels: images of the same digit are the positives of each image."""
    unit, itself = normalize(vectors, dim=1), torch.eye(len(labels), dtype=torch.bool)
    log_p = (unit @ unit.T / 0.1).masked_fill(itself, -torch.inf).log_softmax(dim=1)
    same = (labels[:, None] == labels) & ~itself
    return -(log_p.masked_fill(~same, 0).sum(1) / same.sum(1)).mean()


def nested(vectors: torch.Tensor, labels: torch.Tensor, sizes: tuple[int, ...]) -> torch.Tensor:
    """The same loss on every prefix, averaged; one size is ordinary training."""
    return sum(contrastive(vectors[:, :size], labels) for size in sizes) / len(sizes)


# --8<-- [end:loss]
def train(
    sizes: tuple[int, ...], images: torch.Tensor, labels: torch.Tensor
) -> torch.nn.Module:
    """A small network whose vector is as wide as the largest size."""
    torch.manual_seed(0)
    layers = torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, max(sizes))
    network = torch.nn.Sequential(*layers).double()
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    for _ in range(300):
        batch = torch.randint(len(labels), (128,))
        optimiser.zero_grad()
        nested(network(images[batch]), labels[batch], sizes).backward()
        optimiser.step()
    return network


if __name__ == "__main__":
    images, labels = (torch.tensor(a) for a in load_digits(return_X_y=True))
    images, known, new = images / 16, slice(0, 900), slice(900, None)
    curves: dict[str, list[float]] = {"plain": [], "matryoshka": [], "one network a size": []}
    plain, matryoshka = (train(s, images[known], labels[known]) for s in (NEST[-1:], NEST))
    for size in NEST:
        alone = train((size,), images[known], labels[known])
        for network, curve in zip((plain, matryoshka, alone), curves.values()):
            unit = normalize(network(images)[:, :size], dim=1)
            nearest = (unit[new] @ unit[known].T).argmax(dim=1)  # 1-nearest-neighbour
            curve.append((labels[known][nearest] == labels[new]).double().mean().item())
    print("first dimensions    " + "".join(f"{size:6}" for size in NEST))
    for (name, curve), marker in zip(curves.items(), "osx"):
        print(f"{name:20}" + "".join(f"{share:6.2f}" for share in curve))
        plt.plot(NEST, curve, marker=marker, label=name)
    plt.gca().set(xscale="log", xlabel="dimensions kept", ylabel="right among 897 new images")
    plt.xticks(NEST, NEST)
    plt.minorticks_off()
    plt.legend()
    plt.savefig("matryoshka_digits.svg")
