"""The same temperature and the same filter, in two orders: not the same distribution."""

import torch
from torch import Tensor
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    MinPLogitsWarper,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

LOGITS = torch.tensor([[0.40, 0.25, 0.15, 0.10, 0.06, 0.04]], dtype=torch.float64).log()


def both_orders(filter_: LogitsProcessor, t: float) -> tuple[Tensor, Tensor]:
    """Probabilities with the temperature before the filter, and after it."""
    heat = TemperatureLogitsWarper(t)
    orders = (LogitsProcessorList([heat, filter_]), LogitsProcessorList([filter_, heat]))
    before, after = (chain(None, LOGITS.clone()).softmax(-1)[0] for chain in orders)
    return before, after


if __name__ == "__main__":
    print(f"temperature 2.0, then      kept{'top token':>12}")
    for filter_, name in (
        (TopKLogitsWarper(3), "top-k 3"),
        (TopPLogitsWarper(0.75), "top-p 0.75"),
        (MinPLogitsWarper(0.2), "min-p 0.2"),
    ):
        before, after = both_orders(filter_, 2.0)
        print(f"  {name:12} temperature first {(before > 0).sum():3}{before[0]:9.3f}")
        print(f"  {'':12} temperature last  {(after > 0).sum():3}{after[0]:9.3f}")
