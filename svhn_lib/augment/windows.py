"""Windows out of slightly larger crops: at random to train, the middle to evaluate.

Goodfellow et al. 2014, section 5.1, cut 54x54 out of 64x64. Windows that turn and stretch are in
`views`.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from svhn_lib.augment.colour import PhotometricSettings, photometric_distortion


@dataclass(frozen=True)
class RandomCrop:
    """Square windows of one size or of several, brought to one size: what recipes do with crops.

    Attributes:
        sides: of the smallest and the largest window in pixels; each is as likely as any between.
        output: side of the pictures that come out; windows of another side are resized.
        colours: how far colours change before the cut; None leaves them as they are.

    Raises:
        ValueError: the sides cannot be.

    Example:
        >>> crop = RandomCrop((54, 54), output=54)
        >>> pictures, boxes = torch.zeros(2, 3, 64, 64), torch.full((2, 5, 4), torch.nan)
        >>> crop.random(pictures, boxes, torch.Generator())[0].shape
        torch.Size([2, 3, 54, 54])
    """

    sides: tuple[int, int]
    output: int
    colours: PhotometricSettings | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for sides that cannot be."""
        if not 0 < self.sides[0] <= self.sides[1]:
            raise ValueError(f"windows of {self.sides[0]} to {self.sides[1]} pixels cannot be")
        if self.output < 1:
            raise ValueError(f"pictures of {self.output} pixels; give at least 1")

    def random(
        self, pictures: Tensor, boxes: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return a random window of each picture, to train on.

        Args:
            pictures: (N, C, H, W) of 0-255.
            boxes: (N, K, 4) in pixels, NaN where there is none.
            generator: that windows and colours are drawn from.

        Returns:
            Pictures (N, C, output, output), float32 where anything was resized or recoloured and
            of the same type otherwise, and boxes in pixels of them.

        Raises:
            ValueError: the largest window does not fit into the pictures.
        """
        _spare(pictures, (self.sides[1], self.sides[1]))
        if self.colours is not None:
            pictures = photometric_distortion(pictures, generator, self.colours)
        least, most = self.sides
        if least == most:
            return self._resize(*random_crop(pictures, boxes, (least, least), generator))
        count, channels = pictures.shape[:2]
        sides = torch.randint(
            least, most + 1, (count,), generator=generator, device=generator.device
        ).to(pictures.device)
        views = pictures.new_empty(count, channels, self.output, self.output, dtype=torch.float32)
        moved = boxes.clone()
        for side in sides.unique().tolist():  # windows of one size are cut and resized together
            chosen = sides == side
            cut = random_crop(pictures[chosen], boxes[chosen], (side, side), generator)
            view, moved[chosen] = self._resize(*cut)
            views[chosen] = view.float()
        return views, moved

    def centre(self, pictures: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
        """Return the largest window in the middle of each picture, to evaluate on.

        They are of the same type and not resized: nets do that themselves, in the same way.
        """
        return centre_crop(pictures, boxes, (self.sides[1], self.sides[1]))

    def _resize(self, pictures: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
        side = pictures.shape[-1]
        if side == self.output:
            return pictures, boxes
        size = (self.output, self.output)
        resized = F.interpolate(pictures.float(), size, mode="bilinear", antialias=True)
        return resized, boxes * (self.output / side)


def random_crop(
    pictures: Tensor, boxes: Tensor, size: tuple[int, int], generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return a window at a random place of each picture.

    A window may cut into a digit: its box then reaches over the edge.

    Args:
        pictures: (N, C, H, W) of any type.
        boxes: (N, K, 4) in pixels, NaN where there is none.
        size: height and width of the windows in pixels.
        generator: that places are drawn from.

    Returns:
        Pictures (N, C, *size) of the same type, and boxes in pixels of them.

    Raises:
        ValueError: `size` is larger than the pictures.

    Example:
        >>> pictures, boxes = torch.zeros(2, 3, 64, 64), torch.full((2, 5, 4), torch.nan)
        >>> random_crop(pictures, boxes, (54, 54), torch.Generator())[0].shape
        torch.Size([2, 3, 54, 54])
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
    """Return the window of `size` in the middle of each picture; otherwise as `random_crop`.

    Example:
        >>> pictures, boxes = torch.zeros(2, 3, 64, 64), torch.tensor([[[5.0, 5.0, 9.0, 9.0]]] * 2)
        >>> centre_crop(pictures, boxes, (54, 54))[1][0].tolist()
        [[0.0, 0.0, 4.0, 4.0]]
    """
    top, left = (spare // 2 for spare in _spare(pictures, size))
    windows = pictures[..., top : top + size[0], left : left + size[1]]
    return windows, boxes - boxes.new_tensor([left, top, left, top])


def _spare(pictures: Tensor, size: tuple[int, int]) -> tuple[int, int]:
    """Return the rows and columns that the pictures have more than the window."""
    height, width = pictures.shape[-2:]
    if size[0] > height or size[1] > width:
        raise ValueError(
            f"a {size[0]}x{size[1]} window does not fit into {height}x{width} pictures: cut them "
            f"larger, with svhn data prepare --size {max(size)}"
        )
    return height - size[0], width - size[1]
