"""Windows of fixed size out of slightly larger crops: at random to train, the middle to evaluate.

Goodfellow et al. 2014, section 5.1, cut 54x54 out of 64x64. Windows that turn and stretch are in
`views`.
"""

import torch
from torch import Tensor


def random_crop(
    pictures: Tensor, boxes: Tensor, size: tuple[int, int], generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """A window of `size` (height, width) at a random place of each picture.

    Shape: pictures (N, C, H, W) of any type, boxes (N, K, 4) in pixels, NaN where none; gives
    pictures (N, C, *size) of the same type, and boxes in pixels of them. A window may cut into a
    digit: its box then reaches over the edge.

    Raises:
        ValueError: `size` is larger than the pictures.
    """
    spare = _spare(pictures, size)
    draws = [
        torch.randint(n + 1, (len(pictures),), generator=generator, device=generator.device)
        for n in spare
    ]
    top, left = (drawn.to(pictures.device) for drawn in draws)
    rows = top[:, None] + torch.arange(size[0], device=top.device)  # (N, h)
    columns = left[:, None] + torch.arange(size[1], device=left.device)  # (N, w)
    each = torch.arange(len(pictures), device=top.device)[:, None, None, None]
    channels = torch.arange(pictures.shape[1], device=top.device)[:, None, None]
    windows = pictures[each, channels, rows[:, None, :, None], columns[:, None, None, :]]
    corner = torch.stack([left, top, left, top], dim=1).to(boxes)  # (N, 4)
    return windows, boxes - corner[:, None]


def centre_crop(pictures: Tensor, boxes: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """The window of `size` in the middle of each picture; otherwise as `random_crop`."""
    top, left = (spare // 2 for spare in _spare(pictures, size))
    windows = pictures[..., top : top + size[0], left : left + size[1]]
    return windows, boxes - boxes.new_tensor([left, top, left, top])


def _spare(pictures: Tensor, size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns that the pictures have more than the window."""
    height, width = pictures.shape[-2:]
    if size[0] > height or size[1] > width:
        raise ValueError(
            f"a {size[0]}x{size[1]} window does not fit into {height}x{width} pictures"
        )
    return height - size[0], width - size[1]
