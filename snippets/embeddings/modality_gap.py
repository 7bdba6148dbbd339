"""The modality gap by temperature, and what it does to an index of pictures and captions."""

import matplotlib.pyplot as plt
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize, one_hot

INK = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]]).double()
CAPTIONS = torch.cartesian_prod(torch.arange(10), torch.arange(4), torch.arange(4))
WORDS = torch.cat([one_hot(CAPTIONS[:, i]) for i in range(3)], 1).double()
EVERY, PICTURE = torch.arange(160), torch.arange(160) * 7 % 16 < 8  # 80 kept as pictures


def paint(grey: Tensor, caption: Tensor) -> Tensor:
    ink, paper = (INK[CAPTIONS[caption, i], :, None, None] for i in (1, 2))
    return (grey[:, None] * ink + (1 - grey[:, None]) * paper / 2).flatten(1)


def train(pool: Tensor, scale: float) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    image = nn.Sequential(nn.Linear(192, 128), nn.ReLU(), nn.Linear(128, 32)).double()
    text, target = nn.Linear(18, 32).double(), torch.arange(64)
    optimiser = torch.optim.AdamW([*image.parameters(), *text.parameters()], lr=3e-3)
    for _ in range(150):
        batch = torch.randperm(160)[:64]
        drawn = pool[CAPTIONS[batch, 0], torch.randint(100, (64,))]
        logits = scale * normalize(image(paint(drawn, batch))) @ normalize(text(WORDS[batch])).T
        optimiser.zero_grad()
        (cross_entropy(logits, target) + cross_entropy(logits.T, target)).backward()
        optimiser.step()
    return image, text


# --8<-- [start:search]
def mixed_search(asked: Tensor, stored: Tensor, texts: Tensor, centre: bool) -> str:
    """Right first hits where the index holds the picture, and where it holds the caption."""
    a, b = (stored.mean(0), texts.mean(0)) if centre else (0, 0)
    index = torch.where(PICTURE[:, None], normalize(stored - a), normalize(texts - b))
    right = (normalize(asked - a) @ index.T).argmax(1) == EVERY
    return f"{right[PICTURE].sum()} and {right[~PICTURE].sum()} of 80"


# --8<-- [end:search]
if __name__ == "__main__":
    grey, label = (torch.tensor(a) for a in load_digits(return_X_y=True))
    pool = torch.stack([grey[label == d][:160].view(-1, 8, 8) / 16 for d in range(10)])
    fig, axes = plt.subplots(1, 3, figsize=(7, 2.7))
    print("scale   gap   captions only   mixed: pictures, captions   mixed, centred")
    for scale, ax in zip((5, 30, 100), axes, strict=True):
        image, text = train(pool[:, :100], scale)
        drawn = [pool[CAPTIONS[:, 0], n] for n in (120 + EVERY % 10, 140 + EVERY % 9)]
        with torch.no_grad():  # drawings that no training batch held
            stored, asked = (normalize(image(paint(grey, EVERY))) for grey in drawn)
            texts = normalize(text(WORDS))
        gap, alone = stored.mean(0) - texts.mean(0), (asked @ texts.T).argmax(1) == EVERY
        raw, mended = (mixed_search(asked, stored, texts, c) for c in (False, True))
        print(f"{scale:5}{gap.norm():6.1f}{alone.sum():10} of 160{raw:>25}{mended:>21}")
        ax.hist([(points @ gap / gap.norm()).numpy() for points in (stored, texts)], bins=14)
        ax.set(title=f"scale {scale}, gap {gap.norm():.1f}", xlabel="along the gap")
    axes[2].legend(["pictures", "captions"], loc="upper center")
    fig.savefig("modality_gap.svg")
