"""Four training stages, one model, four losses on the log-probabilities of tokens."""

import torch
import torch.nn.functional as F
from torch import Tensor

# A chat, and the probability that the model gives to each true token.
TOKENS = ["Capital", " of", " Peru", "?", " Lima", ".", "<end>"]
PROBABILITY = torch.tensor([0.01, 0.50, 0.02, 0.40, 0.25, 0.50, 0.80])
IS_REPLY = torch.tensor([0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0])


# --8<-- [start:losses]
def next_token_loss(log_p: Tensor, mask: Tensor) -> Tensor:
    """Mean of -ln p over the tokens that count: all (pretraining) or the reply (SFT)."""
    return -(log_p * mask).sum() / mask.sum()


def dpo_loss(chosen: Tensor, rejected: Tensor, reference: tuple[Tensor, Tensor],
             beta: float = 0.1) -> Tensor:  # fmt: skip
    """Log-probabilities of two whole replies: raise the preferred one above a frozen model."""
    margin = (chosen - reference[0]) - (rejected - reference[1])
    return -F.logsigmoid(beta * margin)


def policy_gradient_loss(log_p: Tensor, rewards: Tensor) -> Tensor:
    """Replies the model wrote itself, (n,): more of those that beat their group's mean."""
    advantage = (rewards - rewards.mean()) / rewards.std()
    return -(advantage * log_p).mean()


# --8<-- [end:losses]
if __name__ == "__main__":
    log_p = PROBABILITY.log()
    print("token    " + "".join(f"{t:>9}" for t in TOKENS))
    print("-ln p    " + "".join(f"{-x:9.2f}" for x in log_p))
    print(f"pretraining, all tokens:          {next_token_loss(log_p, torch.ones(7)):.2f}")
    print(f"fine-tuning, the reply only:      {next_token_loss(log_p, IS_REPLY):.2f}")
    start = torch.tensor([-12.0, -9.0])  # the longer, preferred reply is less probable
    for name, (chosen, rejected) in {"before": (-12.0, -9.0), "after": (-10.0, -14.0)}.items():
        pair = torch.tensor(chosen), torch.tensor(rejected)
        print(f"preferences (DPO), {name + ':':14} {dpo_loss(*pair, (start[0], start[1])):.2f}")
    replies = torch.tensor([-3.0, -4.0, -5.0, -6.0], requires_grad=True)
    policy_gradient_loss(replies, torch.tensor([1.0, 0.0, 0.0, 1.0])).backward()
    print("reinforcement, rewards 1 0 0 1; each reply's log-probability is pushed by")
    print("  " + "".join(f"{-g:+7.2f}" for g in replies.grad))
