"""Canvases that are drawn but not painted, and how they are painted: whole sets or by batches.

What stands where is drawn at random in `canvas`; painting is exact and can be repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pandas import DataFrame
from torch import Tensor
from torch.nn import functional as F

from svhn_lib import labels
from svhn_lib.data.handwriting.digits import DigitSet
from svhn_lib.data.sets.number_set import NumberSet, as_batch
from svhn_lib.labels import MAX_DIGITS

_PART = 256  # canvases painted at once: what is needed beside them stays in the cache


@dataclass(frozen=True)
class Layout:
    """How numbers are laid on a canvas; a digit is a square tile, tiles stand side by side.

    Attributes:
        size: height and width of the canvas in pixels.
        side: of a tile in pixels; 0: as large as the number can be on the canvas.
        anywhere: at a random place, else in the middle.
        white: black on white, else white on black.
        lengths: how often numbers of 1, 2, ... digits occur, as weights.
    """

    size: tuple[int, int]
    side: int
    anywhere: bool
    white: bool
    lengths: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Canvases:
    """N canvases that are drawn, but not painted: some 30 bytes each.

    A canvas looks the same whenever and with whatever others it is painted.

    Attributes:
        digits: the single digits that they show.
        layout: how they show them.
        chosen: int32 (N, MAX_DIGITS), which digits, from left to right; -1 after the end.
        corners: int32 (N, 2), left and top of each number's first tile in pixels.
        noise: deviation of Gaussian noise on every pixel, of 255.
        seed: of the noise.
    """

    digits: DigitSet
    layout: Layout
    chosen: NDArray[np.int32]
    corners: NDArray[np.int32]
    noise: float
    seed: int

    def __len__(self) -> int:
        return len(self.chosen)

    def paint(self) -> NumberSet:
        """All of them, painted: H * W bytes each."""
        return self.subset(np.arange(len(self)))

    def batches(self, size: int) -> Iterator[NumberSet]:
        """All of them, painted `size` at a time."""
        for start in range(0, len(self), size):
            yield self.subset(np.arange(start, min(start + size, len(self))))

    def subset(self, index: NDArray[Any] | Tensor | list[int]) -> NumberSet:
        """The canvases at these positions, or where this mask is true, painted.

        Pictures have one channel; boxes are tight around what is not 0 of a digit's tile; `table`
        holds number, source and the box of the whole number: left, top, right, bottom in pixels.
        """
        places = index if isinstance(index, list) else np.asarray(index)
        positions = np.arange(len(self))[places]
        pictures = np.zeros((len(positions), *self.layout.size), dtype=np.uint8)
        boxes = np.full((len(positions), MAX_DIGITS, 4), np.nan, dtype=np.float32)
        for start in range(0, len(positions), _PART):
            part = slice(start, start + _PART)
            self._paint(positions[part], pictures[part], boxes[part])
        chosen = torch.from_numpy(self.chosen[positions]).long()
        digits = self.digits.labels[chosen].masked_fill(chosen < 0, labels.BLANK)
        lengths = (chosen >= 0).sum(dim=1)
        table = _table(labels.decode(lengths, digits), boxes, self.digits.source)
        batch = as_batch(torch.from_numpy(pictures)[..., None])
        return NumberSet(batch, lengths, digits, torch.from_numpy(boxes), table)

    def _paint(
        self, positions: NDArray[np.int64], pictures: NDArray[np.uint8], boxes: NDArray[np.float32]
    ) -> None:
        """Paint into pictures (n, H, W) that are 0 and boxes (n, MAX_DIGITS, 4) that are NaN."""
        chosen, corners, width = self.chosen[positions], self.corners[positions], pictures.shape[2]
        sides = tile_sides(self.layout, (chosen >= 0).sum(axis=1))
        for side in np.unique(sides).tolist():
            rows, slots = np.nonzero((chosen >= 0) & (sides == side)[:, None])  # (M,) tiles
            tiles = _tiles(self.digits, chosen[rows, slots], side)  # (M, side, side)
            left, top = corners[rows, 0] + slots * side, corners[rows, 1]
            first = (rows * pictures.shape[1] + top) * width + left  # in all pixels of all pictures
            within = np.arange(side)[:, None] * width + np.arange(side)
            pictures.reshape(-1)[first[:, None, None] + within] = tiles
            boxes[rows, slots] = _ink_boxes(tiles) + np.stack([left, top, left, top], axis=1)
        if self.layout.white:
            np.subtract(255, pictures, out=pictures)
        if self.noise:
            for position, picture in zip(positions.tolist(), pictures, strict=True):
                picture[:] = self._noisy(picture, position)

    def _noisy(self, picture: NDArray[np.uint8], position: int) -> NDArray[np.uint8]:
        generator = np.random.default_rng((self.seed, position))
        values = generator.standard_normal(picture.shape, dtype=np.float32)
        values *= self.noise
        values += picture
        return np.rint(values, out=values).clip(0, 255).astype(np.uint8)


def tile_sides(layout: Layout, lengths: NDArray[Any]) -> NDArray[np.int64]:
    """Return the side of the tiles of numbers with `lengths` digits, (N,)."""
    if layout.side:
        return np.full(len(lengths), layout.side)
    height, width = layout.size
    return np.minimum(height, width // np.asarray(lengths, dtype=np.int64))


def _tiles(digits: DigitSet, chosen: NDArray[np.int32], side: int) -> NDArray[np.uint8]:
    """Return the chosen digits scaled to uint8 (M, side, side), averaged where they shrink."""
    pictures = digits.pictures[torch.from_numpy(chosen).long()]
    if pictures.shape[-2:] != (side, side):
        pictures = F.interpolate(pictures, (side, side), mode="bilinear", antialias=True)
    return pictures[:, 0].numpy()


def _ink_boxes(tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return left, top, right, bottom of what is not 0 in each of (M, side, side), float32 (M, 4).

    NaN where there is nothing.
    """
    columns, rows = tiles.max(axis=1) > 0, tiles.max(axis=2) > 0  # (M, side)
    side = tiles.shape[1]
    low = np.stack([columns.argmax(axis=1), rows.argmax(axis=1)], axis=1)
    high = side - np.stack([m[:, ::-1].argmax(axis=1) for m in (columns, rows)], axis=1)
    boxes = np.concatenate([low, high], axis=1).astype(np.float32)
    boxes[~rows.any(axis=1)] = np.nan
    return boxes


def _table(numbers: list[str], boxes: NDArray[np.float32], source: str) -> DataFrame:
    """Return one row a canvas; the box of a number is that around its digits' boxes."""
    low = np.fmin.reduce(boxes[..., :2], axis=1)  # (N, 2), NaN passed over
    high = np.fmax.reduce(boxes[..., 2:], axis=1)
    sides = {"left": low[:, 0], "top": low[:, 1], "right": high[:, 0], "bottom": high[:, 1]}
    return DataFrame({"number": numbers, "source": source, **sides})
