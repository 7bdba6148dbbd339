"""A tiny CLIP on real digits: two towers, a symmetric loss, a fifth of the captions unseen."""

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize, one_hot

COLOURS = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]]).double()
CAPTIONS = torch.cartesian_prod(torch.arange(10), torch.arange(4), torch.arange(4))
WORDS = torch.cat([one_hot(CAPTIONS[:, i]) for i in range(3)], 1).double()  # (160, 18)


def paint(grey: Tensor, caption: Tensor) -> Tensor:
    """Digits in the caption's ink, on paper dimmed to half of its second colour."""
    ink, paper = (COLOURS[CAPTIONS[caption, i], :, None, None] for i in (1, 2))
    return grey[:, None] * ink + (1 - grey[:, None]) * paper / 2  # (n, 3, 8, 8)


# --8<-- [start:clip]
def clip_loss(images: Tensor, texts: Tensor, scale: Tensor) -> Tensor:
    """Row i of the images belongs to row i of the texts; all other pairs are negatives."""
    logits = scale * normalize(images) @ normalize(texts).T  # (n, n) cosines, sharpened
    target = torch.arange(len(logits))
    return (cross_entropy(logits, target) + cross_entropy(logits.T, target)) / 2


def train(grey: Tensor, label: Tensor, seen: Tensor, steps: int) -> tuple[nn.Module, ...]:
    """Image tower, text tower and log of the scale, from batches of 64 distinct captions."""
    torch.manual_seed(0)
    hidden = nn.Sequential(nn.Flatten(), nn.Linear(192, 128), nn.ReLU())
    image_tower = nn.Sequential(hidden, nn.Linear(128, 32))
    text_tower = nn.Linear(18, 32)  # the sum of three word vectors
    towers = nn.ModuleList([image_tower, text_tower]).double()
    log_scale = nn.Parameter(torch.tensor(1 / 0.07).double().log())
    optimiser = torch.optim.AdamW([*towers.parameters(), log_scale], lr=3e-3)
    of_digit = torch.stack([torch.where(label == d)[0][:120] for d in range(10)])
    for _ in range(steps):
        batch = seen[torch.randperm(len(seen))[:64]]
        drawn = grey[of_digit[CAPTIONS[batch, 0], torch.randint(120, (64,))]]
        images, texts = image_tower(paint(drawn, batch)), text_tower(WORDS[batch])
        optimiser.zero_grad()
        clip_loss(images, texts, log_scale.exp().clamp(max=100)).backward()
        optimiser.step()
    return image_tower, text_tower, log_scale


# --8<-- [end:clip]
if __name__ == "__main__":
    grey, label = (torch.tensor(a) for a in load_digits(return_X_y=True))
    grey = grey.view(-1, 8, 8) / 16
    new, seen = torch.randperm(160, generator=torch.Generator().manual_seed(1)).split([32, 128])
    truth = label[1400:] * 16 + torch.arange(397) * 7 % 16  # a caption for each later digit
    unseen = torch.isin(truth, new)
    print("steps   scale   seen: right of 326   unseen: right of 71   unseen only offered")
    for steps in (0, 100, 400):
        image_tower, text_tower, log_scale = train(grey[:1400], label[:1400], seen, steps)
        with torch.no_grad():
            texts = normalize(text_tower(WORDS))
            cosines = normalize(image_tower(paint(grey[1400:], truth))) @ texts.T
        right, among = cosines.argmax(1) == truth, new[cosines[:, new].argmax(1)] == truth
        counts = [int(n.sum()) for n in (right[~unseen], right[unseen], among[unseen])]
        print(f"{steps:5}{log_scale.exp():8.1f}{counts[0]:15}{counts[1]:22}{counts[2]:22}")
