"""Sample a simulated solver n times: an oracle, tests that leak, or a vote pick the answer."""

import matplotlib.pyplot as plt
import torch


# --8<-- [start:selection]
def oracle(p: torch.Tensor, n: int) -> torch.Tensor:
    """Coverage, pass@n: some sample is right. p: (problems,) chance that one sample is."""
    return 1 - (1 - p) ** n


def verified(p: torch.Tensor, n: int, leak: float) -> torch.Tensor:
    """Answer with a sample that passes tests which also pass a share `leak` of wrong ones."""
    accepted = p + (1 - p) * leak  # of one sample, right or wrong
    return (1 - (1 - accepted) ** n) * p / accepted  # some sample passes; the one used is right


def vote(answers: torch.Tensor, n: int, generator: torch.Generator) -> torch.Tensor:
    """Share of problems where the most frequent of n samples is answer 0, the right one."""
    samples = torch.multinomial(answers, n, replacement=True, generator=generator)
    counts = torch.zeros_like(answers).scatter_add_(1, samples, torch.ones_like(samples) * 1.0)
    ties = torch.rand(counts.shape, generator=generator) / 2  # less than a vote: broken by lot
    return ((counts + ties).argmax(1) == 0).float()


# --8<-- [end:selection]
def solver(problems: int, generator: torch.Generator) -> torch.Tensor:
    """(problems, 6) chances of six answers, the right one first: easy and hopeless problems."""
    weights = torch.rand(problems, 6, generator=generator).log().neg() ** 1.5  # a few dominate
    weights[:, 0] *= 3
    return weights / weights.sum(1, keepdim=True)


if __name__ == "__main__":
    generator = torch.Generator().manual_seed(0)
    answers = solver(20_000, generator)
    right = answers[:, 0]
    sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256]
    rows = []
    for n in sizes:
        picked = vote(answers, n, generator)
        methods = (oracle(right, n), verified(right, n, 0.1), picked)
        rows.append([accuracy.mean().item() for accuracy in methods])
    print("samples  oracle  tests that leak 10%  majority vote")
    for n, (best, leaky, most) in zip(sizes, rows, strict=True):
        print(f"{n:7} {best:7.1%} {leaky:20.1%} {most:14.1%}")
    modal = (answers.argmax(1) == 0).float().mean().item()
    ceiling = (right / (right + (1 - right) * 0.1)).mean().item()
    print(f"ceilings   100% {ceiling:20.1%} {modal:14.1%}")
    fig, axes = plt.subplots(figsize=(7, 3.4))
    for name, line in zip(("oracle (pass@n)", "leaky tests", "majority vote"), zip(*rows)):
        axes.plot(sizes, line, marker="o")
        axes.text(290, line[-1], name, va="center")
    axes.set_xscale("log", base=2)
    axes.set(xticks=sizes, xticklabels=sizes, xlim=(0.9, 1500), ylim=(0, 1.05),
             xlabel="samples a problem", title="Problems answered correctly")  # fmt: skip
    fig.savefig("repeated_sampling.svg")
