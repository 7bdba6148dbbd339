"""Pages of one to nine digits: one averaged vector a page against a vector a patch (MaxSim)."""

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize, one_hot

INK = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]]).double()
KIND = torch.arange(40)  # what a query names: digit KIND // 4 in ink KIND % 4
WORDS = torch.cat([one_hot(KIND // 4), one_hot(KIND % 4)], 1).double()  # two words a query
WHOLE = one_hot(KIND).double()  # or one symbol a query, sharing nothing with the others


def draw(n: int, things: int, pool: Tensor) -> tuple[Tensor, Tensor]:
    """Pages (n, things, 192) of coloured digits, one a patch, and the kinds on them."""
    kind = torch.rand(n, 40).topk(things).indices
    grey = pool[kind // 4, torch.randint(pool.shape[1], kind.shape)]
    return (grey[:, :, None] * INK[kind % 4][..., None, None]).flatten(2), kind


# --8<-- [start:score]
def score(patches: Tensor, queries: Tensor, late: bool) -> Tensor:
    """(pages, queries): the best patch's cosine, or the cosine of the patches' mean."""
    vectors = patches if late else patches.mean(1, keepdim=True)
    return (normalize(vectors, dim=-1) @ queries.T).amax(1)


# --8<-- [end:score]
def train(pool: Tensor, things: int, late: bool, words: Tensor) -> tuple[nn.Module, Tensor]:
    """A tower for patches, and the 40 query vectors of a linear tower."""
    torch.manual_seed(0)
    image = nn.Sequential(nn.Linear(192, 128), nn.ReLU(), nn.Linear(128, 32)).double()
    text, target = nn.Linear(words.shape[1], 32).double(), torch.arange(64)
    optimiser = torch.optim.AdamW([*image.parameters(), *text.parameters()], lr=3e-3)
    for _ in range(125):
        pages, kind = draw(64, things, pool)
        logits = 20 * score(image(pages), normalize(text(words[kind[:, 0]])), late)
        also = (kind[:, :, None] == kind[:, 0]).any(1)  # other pages with it: no negatives
        logits[also & ~torch.eye(64, dtype=torch.bool)] = -1e9
        optimiser.zero_grad()
        (cross_entropy(logits, target) + cross_entropy(logits.T, target)).backward()
        optimiser.step()
    return image, normalize(text(words))


if __name__ == "__main__":
    grey, label = (torch.tensor(a) for a in load_digits(return_X_y=True))
    pool = torch.stack([grey[label == d][:160].view(-1, 8, 8) / 16 for d in range(10)])
    print("digits a page   text tower   one averaged vector   a vector a patch   chance")
    for things, words in ((1, WORDS), (4, WORDS), (9, WORDS), (4, WHOLE)):
        cells = []
        for late in (False, True):
            image, queries = train(pool[:, :130], things, late, words)
            pages, kind = draw(400, things, pool[:, 130:])
            scores, holds = score(image(pages), queries, late), (kind[..., None] == KIND).any(1)
            first = [scores[:, q].topk(int(holds[:, q].sum())).indices for q in KIND]
            found = [holds[pages, q].double().mean() for q, pages in enumerate(first)]
            cells.append(f"{sum(found) / 40:.2f}")  # R-precision
        name = "two words" if words is WORDS else "one symbol"
        print(f"{things:13}   {name:12}{cells[0]:>19}{cells[1]:>19}{things / 40:9.2f}")
