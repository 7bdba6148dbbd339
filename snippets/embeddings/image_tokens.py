"""From pixels to tokens of a language model: patches, merging, and what a picture costs."""

from math import ceil

import torch
from torch import Tensor, nn


# --8<-- [start:tokens]
def patches(image: Tensor, size: int) -> Tensor:
    """An image (3, h, w) as rows of patches (n, 3 * size * size), left to right, top down."""
    columns = image.unfold(1, size, size).unfold(
        2, size, size
    )  # (3, rows, columns, size, size)
    return columns.permute(1, 2, 0, 3, 4).flatten(2).flatten(0, 1)


def tokens(height: int, width: int, patch: int, merge: int = 1) -> int:
    """Tokens of an image when merge x merge neighbouring patches become one."""
    side = patch * merge
    return ceil(height / side) * ceil(width / side)


# --8<-- [end:tokens]
if __name__ == "__main__":
    encoder = nn.Linear(3 * 14 * 14, 1024)  # stands for the whole image tower
    projector = nn.Sequential(nn.Linear(1024, 4096), nn.GELU(), nn.Linear(4096, 4096))
    rows = patches(torch.zeros(3, 336, 336), 14)
    with torch.no_grad():
        print(f"pixels to patches {tuple(rows.shape)}, to the language model's width "
              f"{tuple(projector(encoder(rows)).shape)}")  # fmt: skip
    print(f"weights of the projector: {sum(p.numel() for p in projector.parameters()):,}")
    print("\npicture                 pixels         tokens   2 x 2 merged")
    sizes = {"square": (336, 336), "photograph": (768, 1024), "A4 at 150 dpi": (1754, 1240)}
    for name, (height, width) in sizes.items():
        merged = tokens(height, width, 14, merge=2)
        print(f"{name:19}{height:5} x {width:4}{tokens(height, width, 14):12,}{merged:13,}")
