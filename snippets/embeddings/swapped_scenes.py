"""Red three and blue five, or blue three and red five? What negatives teach two towers."""

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize, one_hot

INK = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]]).double()


def scenes(n: int) -> Tensor:  # rows (digit, ink, digit, ink), no digit or ink twice
    pairs = [torch.rand(n, k).topk(2).indices for k in (10, 4)]
    return torch.stack(pairs, 2).flatten(1)


def draw(scene: Tensor, pool: Tensor) -> Tensor:
    pick = torch.randint(pool.shape[1], (2, len(scene), 1))
    a, b = (pool[scene[:, [i]], p] * INK[scene[:, i + 1], :, None, None]
            for i, p in zip((0, 2), pick, strict=True))  # fmt: skip
    left = (torch.rand(len(scene)) < 0.5)[:, None, None, None]
    return torch.where(left, torch.cat([a, b], -1), torch.cat([b, a], -1)).flatten(1)


# --8<-- [start:train]
def words(scene: Tensor, bag: bool, swap: bool = False) -> Tensor:
    """One-hot words in order (n, 28), or counted in a bag; `swap` exchanges the two inks."""
    order = scene[:, [0, 3, 2, 1] if swap else [0, 1, 2, 3]].T
    x = torch.cat([one_hot(w, n) for w, n in zip(order, (10, 4, 10, 4), strict=True)], 1)
    return (x[:, :14] + x[:, 14:] if bag else x).double()


def train(pool: Tensor, bag: bool, size: int, swaps: bool) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    image, text = (nn.Sequential(nn.Linear(n, 128), nn.ReLU(), nn.Linear(128, 32)).double()
                   for n in (384, 14 if bag else 28))  # fmt: skip
    weights, target = [*image.parameters(), *text.parameters()], torch.arange(size)
    optimiser = torch.optim.AdamW(weights, lr=3e-3)
    for _ in range(400):
        scene = scenes(size)
        captions = torch.cat([words(scene, bag), words(scene, bag, swap=True)][: 1 + swaps])
        logits = 20 * normalize(image(draw(scene, pool))) @ normalize(text(captions)).T
        optimiser.zero_grad()  # a swapped caption has no picture: only ever a wrong answer
        (cross_entropy(logits, target) + cross_entropy(logits[:, :size].T, target)).backward()
        optimiser.step()
    return image, text


# --8<-- [end:train]
if __name__ == "__main__":
    grey, label = (torch.tensor(a) for a in load_digits(return_X_y=True))
    pool = torch.stack([grey[label == d][:160].view(-1, 8, 8) / 16 for d in range(10)])
    print("caption   batch   swaps added   right of 100   its swap: lower, same, higher")
    for bag, size, swaps in ((1, 16, 0), (0, 16, 0), (0, 16, 1), (0, 64, 0)):
        image, text = train(pool[:, :130], bool(bag), size, bool(swaps))
        scene = scenes(400)
        with torch.no_grad():
            shown = normalize(image(draw(scene, pool[:, 130:])))
            true, false = (normalize(text(words(scene, bool(bag), s))) for s in (False, True))
        found = (shown[:100] @ true[:100].T).argmax(1) == torch.arange(100)
        sign = (shown * (true - false)).sum(1).sign().tolist()
        print(f"{('list', 'bag')[bag]:7}{size:8}{('no', 'yes')[swaps]:>14}{found.sum():15}"
              f"{sign.count(1):18}, {sign.count(0)}, {sign.count(-1)}")  # fmt: skip
