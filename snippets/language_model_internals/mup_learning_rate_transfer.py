"""Learning-rate transfer: the best rate moves with the width, and under μP it stays."""

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

BASE, INPUTS, CLASSES = 32, 16, 8
DOUBLE = torch.float64  # large rates amplify rounding; so all processors print the same


# --8<-- [start:mup]
def network(width: int, mup: bool) -> tuple[nn.Sequential, list[float]]:
    """An MLP, and for each of its matrices the factor on Adam's learning rate."""
    sizes = [INPUTS, width, width, width, CLASSES]
    linears = [nn.Linear(m, n, bias=False, dtype=DOUBLE) for m, n in zip(sizes, sizes[1:])]
    for linear in linears:
        nn.init.normal_(linear.weight, std=linear.in_features**-0.5)
    if mup:
        nn.init.zeros_(linears[-1].weight)  # so that the start does not depend on the width
    shrink = BASE / width if mup else 1.0  # a matrix that reads a wide vector learns slower
    layers = [layer for linear in linears for layer in (linear, nn.ReLU())]
    return nn.Sequential(*layers[:-1]), [1.0, shrink, shrink, shrink]


# --8<-- [end:mup]
def final_loss(width: int, rate: float, mup: bool, steps: int = 30) -> float:
    """Mean loss of the last ten steps on a fixed classification task, fresh data each step."""
    torch.manual_seed(0)
    teacher = torch.randn(INPUTS, 32, dtype=DOUBLE)
    head = torch.randn(32, CLASSES, dtype=DOUBLE)
    model, factors = network(width, mup)
    pairs = zip(model.parameters(), factors, strict=True)
    adam = torch.optim.Adam(
        [{"params": p, "lr": rate * f} for p, f in pairs], betas=(0.9, 0.95)
    )
    data, losses = torch.Generator().manual_seed(1), []
    for _ in range(steps):
        x = torch.randn(64, INPUTS, generator=data, dtype=DOUBLE)
        loss = F.cross_entropy(model(x), ((x @ teacher).relu() @ head).argmax(1))
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    return sum(losses[-10:]) / 10


if __name__ == "__main__":
    powers = range(-11, -2, 2)
    fig, both = plt.subplots(1, 2, sharey=True)
    print("loss at a learning rate of", *(f"  2^{p:<3d}" for p in powers), "   best")
    for axes, mup, title in zip(both, (False, True), ("standard", "μP"), strict=True):
        for width in (32, 128, 512):
            losses = [final_loss(width, 2.0**p, mup) for p in powers]
            best = powers[losses.index(min(losses))]
            row = (f"{loss:6.1f}" for loss in losses)
            print(f"{title:9s} width {width:4d}        ", *row, f"    2^{best}")
            axes.plot(powers, losses, "o-", label=f"width {width}")
        axes.set(title=title, xlabel="log₂ of the learning rate", ylim=(0.4, 2.5))
    both[0].set_ylabel("loss after 30 steps")
    both[1].legend(fontsize=9)
    fig.savefig("mup_learning_rate_transfer.svg")
