"""Beam search: keep the best partial texts by summed log-probability, and close them at EOS."""

from collections.abc import Callable

import torch
from torch import Tensor

Beam = tuple[float, list[int]]  # score, token ids
Model = Callable[[Tensor], Tensor]  # ids (beams, t) -> log-probabilities (beams, vocabulary)


# --8<-- [start:beam-search]
def beam_search(next_log_probs: Model, prompt: list[int], width: int, eos: int, max_new: int,
                alpha: float = 1.0) -> list[Beam]:  # fmt: skip
    """The `width` best finished texts, best first, by log-probability / length**alpha."""
    live: list[Beam] = [(0.0, prompt)]  # unfinished: score is the plain sum
    done: list[Beam] = []  # finished: score is divided by length**alpha
    for length in range(1, max_new + 1):
        log_p = next_log_probs(torch.tensor([ids for _, ids in live]))
        total = torch.tensor([score for score, _ in live])[:, None] + log_p
        # Twice the width: if all of the best end here, there are others to go on with.
        values, flat = total.flatten().topk(min(2 * width, total.numel()))
        parents, live = live, []
        for rank, (value, i) in enumerate(zip(values.tolist(), flat.tolist(), strict=True)):
            parent, token = divmod(i, log_p.size(1))
            ids = [*parents[parent][1], token]
            if token == eos or length == max_new:
                if rank < width:
                    done.append((value / length**alpha, ids))
            elif len(live) < width:
                live.append((value, ids))
        done = sorted(done, reverse=True)[:width]  # descending: done[0] is the best
        if not live or len(done) == width and live[0][0] / length**alpha <= done[-1][0]:
            break  # no unfinished text scores above the worst finished one
    return done


# --8<-- [end:beam-search]
if __name__ == "__main__":
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(vocab_size=20, hidden_size=32, intermediate_size=64,
                         initializer_range=0.3, num_hidden_layers=2,
                         num_attention_heads=4)  # fmt: skip
    model = LlamaForCausalLM(config).eval()

    @torch.no_grad()
    def next_log_probs(ids: Tensor) -> Tensor:
        return model(ids).logits[:, -1].log_softmax(dim=-1)

    prompt, eos = [3, 14, 15], 2
    print("width alpha  score  tokens  equal to transformers")
    for width, alpha in ((1, 1.0), (2, 1.0), (4, 1.0), (4, 0.0), (4, 2.0)):
        score, ids = beam_search(next_log_probs, prompt, width, eos, 12, alpha)[0]
        theirs = model.generate(
            torch.tensor([prompt]), do_sample=False, num_beams=width, length_penalty=alpha,
            max_new_tokens=12, eos_token_id=eos, pad_token_id=0)  # fmt: skip
        same = theirs[0, : len(ids)].tolist() == ids
        print(f"{width:5} {alpha:5.1f} {score:6.2f} {len(ids) - 3:7}  {same}")
