"""Numbers of handwritten digits on canvases: the clean sets that a reader is first trained on.

Which digits stand where is drawn once; rendering them is exact and can be repeated.
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
from svhn_lib.data.handwriting.layouts import LAYOUTS, Layout
from svhn_lib.data.sets.number_set import NumberSet, as_batch
from svhn_lib.labels import MAX_DIGITS

_BLOCK = 256  # canvases rendered at once: what is needed beside them stays in the cache


@dataclass(frozen=True, eq=False)
class Canvases:
    """N canvases that are drawn, but not rendered: some 30 bytes each.

    A canvas has the same pixels whenever, and with whatever others, it is rendered.

    Attributes:
        digits: the single digits that they show.
        layout: how they show them.
        indices: int32 (N, MAX_DIGITS), which digits, from left to right; -1 after the end.
        corners: int32 (N, 2), left and top of each number's first tile in pixels.
        noise: standard deviation of Gaussian noise on every pixel, in grey levels of 0-255.
        seed: of the noise.

    Example:
        >>> squares = torch.full((1, 1, 28, 28), 255, dtype=torch.uint8)
        >>> sevens = DigitSet(squares, torch.tensor([7]), "squares")
        >>> canvases = draw_canvases("strip", sevens, 3, np.random.default_rng(0))
        >>> canvases.render().pictures.shape
        torch.Size([3, 1, 28, 140])
    """

    digits: DigitSet
    layout: Layout
    indices: NDArray[np.int32]
    corners: NDArray[np.int32]
    noise: float
    seed: int

    def __len__(self) -> int:
        return len(self.indices)

    def render(self) -> NumberSet:
        """Return all of them, H * W bytes each."""
        return self.subset(np.arange(len(self)))

    def batches(self, size: int) -> Iterator[NumberSet]:
        """Yield all of them, `size` at a time."""
        for start in range(0, len(self), size):
            yield self.subset(np.arange(start, min(start + size, len(self))))

    def subset(self, index: NDArray[Any] | Tensor | list[int]) -> NumberSet:
        """Render the canvases at these positions, or where this mask is true.

        Returns:
            Pictures uint8 (n, 1, H, W); boxes in pixels, tight around what is not 0 of a digit's
            tile; `table` with `number`, `source` and the number's `left`, `top`, `right`,
            `bottom` in pixels.

        Raises:
            IndexError: there is no such position.
        """
        places = index if isinstance(index, list) else np.asarray(index)
        positions = np.arange(len(self))[places]
        pictures = np.zeros((len(positions), *self.layout.size), dtype=np.uint8)
        boxes = np.full((len(positions), MAX_DIGITS, 4), np.nan, dtype=np.float32)
        for start in range(0, len(positions), _BLOCK):
            part = slice(start, start + _BLOCK)
            self._render(positions[part], pictures[part], boxes[part])
        indices = torch.from_numpy(self.indices[positions]).long()
        digits = self.digits.labels[indices].masked_fill(indices < 0, labels.BLANK)
        lengths = (indices >= 0).sum(dim=1)
        table = _table(labels.decode(lengths, digits), boxes, self.digits.source)
        batch = as_batch(torch.from_numpy(pictures)[..., None])
        return NumberSet(batch, lengths, digits, torch.from_numpy(boxes), table)

    def _render(
        self, positions: NDArray[np.int64], pictures: NDArray[np.uint8], boxes: NDArray[np.float32]
    ) -> None:
        """Render into pictures (n, H, W) that are 0 and boxes (n, MAX_DIGITS, 4) that are NaN."""
        indices, corners, width = (
            self.indices[positions],
            self.corners[positions],
            pictures.shape[2],
        )
        sides = self.layout.tile_sides((indices >= 0).sum(axis=1))
        for side in np.unique(sides).tolist():
            rows, slots = np.nonzero((indices >= 0) & (sides == side)[:, None])  # (M,) tiles
            tiles = _tiles(self.digits, indices[rows, slots], side)  # (M, side, side)
            left, top = corners[rows, 0] + slots * side, corners[rows, 1]
            first = (rows * pictures.shape[1] + top) * width + left  # in all pixels of all pictures
            within = np.arange(side)[:, None] * width + np.arange(side)
            pictures.reshape(-1)[first[:, None, None] + within] = tiles
            boxes[rows, slots] = _ink_boxes(tiles) + np.stack([left, top, left, top], axis=1)
        if self.layout.dark_on_light:
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


def draw_canvases(
    layout: str | Layout,
    digits: DigitSet,
    count: int,
    generator: np.random.Generator,
    *,
    lengths: tuple[int, ...] | None = None,
    noise: float = 0.0,
) -> Canvases:
    """Draw `count` random numbers and where they stand; their pictures are rendered on demand.

    Args:
        layout: a name in `LAYOUTS`, or a layout of one's own.
        digits: grey digits on black, each as likely as any other.
        count: how many.
        generator: the source of all randomness.
        lengths: weights of the lengths, in place of the layout's.
        noise: standard deviation of Gaussian noise on every pixel, in grey levels of 0-255.

    Raises:
        ValueError: digits or weights that cannot be used, or an unknown layout.

    Example:
        >>> squares = torch.full((1, 1, 28, 28), 255, dtype=torch.uint8)
        >>> sevens = DigitSet(squares, torch.tensor([7]), "squares")
        >>> canvases = draw_canvases("strip", sevens, 2, np.random.default_rng(0))
        >>> canvases.render().numbers
        ['77777', '77777']
    """
    if isinstance(layout, str):
        if layout not in LAYOUTS:
            raise ValueError(f"no layout is called {layout!r}; there are: {', '.join(LAYOUTS)}")
        layout = LAYOUTS[layout]
    if len(digits) == 0 or digits.pictures.shape[1] != 1:
        raise ValueError(
            f"canvases need digits in one channel, got {tuple(digits.pictures.shape)}; "
            "see to_grey of svhn_lib.data.handwriting.digits"
        )
    if noise < 0:
        raise ValueError(f"noise of deviation {noise}; it must be 0 or more")
    weights = layout.probabilities(lengths)
    drawn = 1 + generator.choice(len(weights), size=count, p=weights)  # (N,)
    indices = generator.integers(len(digits), size=(count, MAX_DIGITS), dtype=np.int32)
    indices[np.arange(MAX_DIGITS) >= drawn[:, None]] = -1
    sides = layout.tile_sides(drawn)
    height, width = layout.size
    spare = np.stack([width - sides * drawn, height - sides], axis=1)  # (N, 2)
    corners = generator.integers(0, spare + 1) if layout.random_position else spare // 2
    seed = int(generator.integers(2**63))
    return Canvases(digits, layout, indices, corners.astype(np.int32), noise, seed)


def _tiles(digits: DigitSet, indices: NDArray[np.int32], side: int) -> NDArray[np.uint8]:
    """Return the chosen digits scaled to uint8 (M, side, side), averaged where they shrink."""
    pictures = digits.pictures[torch.from_numpy(indices).long()]
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
    """Return one row per canvas; the box of a number is that around its digits' boxes."""
    low = np.fmin.reduce(boxes[..., :2], axis=1)  # (N, 2), NaN passed over
    high = np.fmax.reduce(boxes[..., 2:], axis=1)
    sides = {"left": low[:, 0], "top": low[:, 1], "right": high[:, 0], "bottom": high[:, 1]}
    return DataFrame({"number": numbers, "source": source, **sides})
