"""Three penalties for repetition, and logit bias, each as arithmetic on logits."""

import torch
from torch import Tensor


# --8<-- [start:penalties]
def repetition(logits: Tensor, seen: Tensor, theta: float) -> Tensor:
    """CTRL's penalty as libraries apply it: always downwards, once for each token seen."""
    score = logits[seen]
    return logits.scatter(0, seen, torch.where(score > 0, score / theta, score * theta))


def frequency_and_presence(
    logits: Tensor, generated: Tensor, frequency: float = 0.0, presence: float = 0.0
) -> Tensor:
    """OpenAI's pair: one grows with every occurrence, the other is paid once."""
    counts = torch.bincount(generated, minlength=len(logits))
    return logits - frequency * counts - presence * (counts > 0)


def logit_bias(logits: Tensor, bias: dict[int, float]) -> Tensor:
    """Add a constant to chosen token ids: -100 in effect bans one, +100 forces it."""
    ids = torch.tensor(list(bias), dtype=torch.long)
    return logits.index_add(0, ids, logits.new_tensor(list(bias.values())))


# --8<-- [end:penalties]
if __name__ == "__main__":
    base = torch.tensor([3.0, 1.0, -1.0, -2.0], dtype=torch.float64)
    history = torch.tensor([0, 0, 0, 2])  # token 0 three times, token 2 once
    print("                 logits of tokens 0 to 3         probability of token 0")
    for shift in (0, 10):
        if shift:
            print(f"The same distribution, every logit {shift} higher:")
        logits = base + shift
        rows = {
            "none": logits,
            "repetition 1.3": repetition(logits, history, 1.3),
            " on log-probs": repetition(logits.log_softmax(0), history, 1.3),
            "frequency 0.5": frequency_and_presence(logits, history, frequency=0.5),
            "presence 0.5": frequency_and_presence(logits, history, presence=0.5),
            "bias {1: +2}": logit_bias(logits, {1: 2.0}),
        }
        for name, row in rows.items():
            cells = "".join(f"{x:7.2f}" for x in row.tolist())
            print(f"{name:15}{cells}{row.softmax(0)[0]:20.3f}")
