"""What `resampling` needs of OpenCV, by NumPy: area averages, cubics and perspective maps.

Each side of a picture is resized by products with small matrices, so that a photo takes hardly
longer than by OpenCV; crops of 64x64 take two to seven times as long, up to 0.3 ms.

Source: cubic convolution as in Keys 1981, with a slope of -0.75 as OpenCV has it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_TOGETHER = 16  # cells of a new side that are made by one product, or as many as take
_SPAN = 128  # pixels of the old side
_STRIP = 1 << 17  # floats of rows that are in memory at once, or one product's
# Of the four pixels about a place that is x behind the second: the factors of 1, x, x², x³.
_CUBIC = np.array(
    [[0, -0.75, 1.5, -0.75], [1, 0, -2.25, 1.25], [0, 0.75, 1.5, -1.25], [0, 0, -0.75, 0.75]],
    dtype=np.float32,
)


class Shares(NamedTuple):
    """What each cell of a new side takes from the pixels of the old one, a few cells at a time.

    Attributes:
        starts: the first pixel of each group of cells.
        weights: float32 (groups, cells, pixels); cells beyond the side may end the last group.
    """

    starts: tuple[int, ...]
    weights: NDArray[np.float32]


@lru_cache(maxsize=64)
def area_shares(pixels: int, cells: int) -> Shares:
    """Return the part of each cell that each pixel covers, where a side shrinks.

    Example:
        >>> area_shares(4, 2).weights.tolist()
        [[[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]]
    """
    scale, step = pixels / cells, _step(pixels, cells)
    begins = np.minimum(np.arange(step * -(-cells // step)) * scale, pixels - 1)
    ends = np.minimum(begins + scale, pixels)
    starts = begins[::step].astype(np.int64)
    span = int(np.ceil((ends[step - 1 :: step] - starts).max()))
    starts = np.minimum(starts, pixels - span)
    columns = starts.repeat(step)[:, None] + np.arange(span)
    covered = np.minimum(ends[:, None], columns + 1) - np.maximum(begins[:, None], columns)
    weights = (covered.clip(0) / scale).astype(np.float32)
    return Shares(tuple(starts.tolist()), weights.reshape(-1, step, span))


@lru_cache(maxsize=64)
def cubic_shares(pixels: int, cells: int) -> Shares:
    """Return the weights of the four pixels about the middle of each cell.

    Example:
        >>> cubic_shares(2, 2).weights.tolist()
        [[[1.0, 0.0], [0.0, 1.0]]]
    """
    step = _step(pixels, cells)
    places = np.arange(step * -(-cells // step), dtype=np.float64)
    return _cubics((places + 0.5) * (pixels / cells) - 0.5, pixels, step)


def _step(pixels: int, cells: int) -> int:
    return max(1, min(_TOGETHER, _SPAN * cells // pixels, cells))


def _cubics(places: NDArray[np.float64], pixels: int, step: int, edge: bool = True) -> Shares:
    """Return the shares of cells about some places, `step` at a time."""
    whole = np.floor(places)
    weights = _four_weights(places - whole)
    there = whole.astype(np.int64) + np.arange(-1, 3)[:, None]
    taken = there.clip(0, pixels - 1)
    if not edge:
        weights[there != taken] = 0
    starts = taken.min(axis=0).reshape(-1, step).min(axis=1)
    span = int((taken.max(axis=0).reshape(-1, step).max(axis=1) - starts).max()) + 1
    starts = np.minimum(starts, pixels - span)
    shares, cells = np.zeros((len(places), span), np.float32), np.arange(len(places))
    for column, weight in zip(taken - starts.repeat(step), weights, strict=True):
        shares[cells, column] += weight  # at the edge, one pixel is taken more than once
    return Shares(tuple(starts.tolist()), shares.reshape(-1, step, span))


def _four_weights(x: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the weights (4, n) of the pixels about places, `x` (n,) behind the second."""
    x = x.astype(np.float32)
    return _CUBIC @ np.stack([np.ones_like(x), x, x * x, x * x * x])


def resized(
    picture: NDArray[np.uint8], size: tuple[int, int], shares: Callable[[int, int], Shares]
) -> NDArray[np.uint8]:
    """Resize a picture, uint8 (H, W, 3), to height and width, by `area_shares` or `cubic_shares`.

    Example:
        >>> resized(np.full((4, 6, 3), 7, np.uint8), (2, 2), area_shares)[..., 0].tolist()
        [[7, 7], [7, 7]]
    """
    height, width = size
    down, across = shares(len(picture), height), shares(picture.shape[1], width)
    coloured, grows = _coloured(across.weights), height > len(picture)
    lines: NDArray[np.uint8 | np.float32] = picture.reshape(len(picture), -1)
    if grows:  # whichever side is made first is made for fewer lines
        lines = _along(lines.astype(np.float32), across.starts, coloured)
    _, step, span = down.weights.shape
    together = max(1, _STRIP // (step * lines.shape[1]))
    strip = np.empty((together * step, lines.shape[1]), np.float32)
    result = np.empty((height, width, 3), np.uint8)
    for first in range(0, len(down.starts), together):
        for row, start in enumerate(down.starts[first : first + together]):
            part = lines[start : start + span].astype(np.float32, copy=False)
            np.matmul(down.weights[first + row], part, out=strip[row * step : (row + 1) * step])
        rows = result[first * step : (first + together) * step]
        values = strip[: len(rows)]
        if not grows:
            values = _along(values, across.starts, coloured)
        if picture.shape[:2] == (2 * height, 2 * width):
            values += 0.01  # of squares of four pixels, OpenCV rounds ties up
        rows[:] = _bytes(values)[:, : 3 * width].reshape(rows.shape)
    return result


def _along(
    lines: NDArray[np.float32], starts: tuple[int, ...], coloured: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return lines of pixels (n, 3 W) as lines of cells (n, 3 w)."""
    groups, reach, cells = coloured.shape
    result = np.empty((len(lines), groups * cells), np.float32)
    for group, start in enumerate(starts):
        part = lines[:, 3 * start : 3 * start + reach]
        np.matmul(part, coloured[group], out=result[:, group * cells : (group + 1) * cells])
    return result


def _coloured(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return weights (groups, w, W) as (groups, 3 W, 3 w): red, green and blue stand in turns."""
    groups, cells, pixels = weights.shape
    turns = np.zeros((groups, pixels, 3, cells, 3), np.float32)
    for colour in range(3):
        turns[:, :, colour, :, colour] = weights.transpose(0, 2, 1)
    return turns.reshape(groups, 3 * pixels, 3 * cells)


def framed(
    picture: NDArray[np.uint8], outside: tuple[int, int, int, int], edge: bool
) -> NDArray[np.uint8]:
    """Add rows above and below a picture and columns at its left and right.

    Args:
        picture: uint8 (H, W, 3).
        outside: how many above, below, left and right.
        edge: repeat the picture's edge there; black otherwise.

    Example:
        >>> framed(np.full((1, 1, 3), 9, np.uint8), (0, 1, 2, 0), edge=False)[..., 0].tolist()
        [[0, 0, 9], [0, 0, 0]]
    """
    above, below, left, right = outside
    height, width = picture.shape[:2]
    result = np.zeros((above + height + below, left + width + right, 3), np.uint8)
    rows = result[above : above + height]
    rows[:, left : left + width] = picture
    if edge:
        rows[:, :left] = picture[:, :1]
        rows[:, left + width :] = picture[:, -1:]
        result[:above] = rows[0]
        result[above + height :] = rows[-1]
    return result


def warped(
    picture: NDArray[np.uint8], back: NDArray[np.float64], size: tuple[int, int], edge: bool
) -> NDArray[np.uint8]:
    """See a picture through a perspective map; everything is as in `resampling.warped`.

    Example:
        >>> black = np.zeros((4, 6, 3), np.uint8)
        >>> warped(black, np.eye(3), (8, 8), edge=True).shape
        (8, 8, 3)
    """
    flat = np.abs(back[2, :2]).max() < 1e-9
    upright = flat and np.abs(back[[0, 1], [1, 0]]).max() < 1e-9
    aside = flat and np.abs(back[[0, 1], [0, 1]]).max() < 1e-9
    if not (upright or aside):
        return _sampled(picture, back, size, edge)
    x, y = np.arange(size[1]), np.arange(size[0])
    places = (back[0, 0] * x, back[1, 1] * y) if upright else (back[0, 1] * y, back[1, 0] * x)
    seen = _straight(picture, places[0] + back[0, 2], places[1] + back[1, 2], edge)
    return seen if upright else seen.transpose(1, 0, 2)


def _straight(
    picture: NDArray[np.uint8], x: NDArray[np.float64], y: NDArray[np.float64], edge: bool
) -> NDArray[np.uint8]:
    """Return a picture's values at all x and y, uint8 (len(y), len(x), 3)."""
    down = _cubics(y, len(picture), len(y), edge)
    across = _cubics(x, picture.shape[1], len(x), edge)
    top, high, wide = down.starts[0], down.weights.shape[2], picture.shape[1]
    lines = picture[top : top + high].reshape(-1, 3 * wide).astype(np.float32)
    values = _along(down.weights[0] @ lines, across.starts, _coloured(across.weights))
    return _bytes(values).reshape(len(y), len(x), 3)


def _sampled(
    picture: NDArray[np.uint8], back: NDArray[np.float64], size: tuple[int, int], edge: bool
) -> NDArray[np.uint8]:
    """Take sixteen pixels for each of the result's, row by row of four."""
    height, width = size
    x, y = np.arange(width), np.arange(height)[:, None]
    across, down, depth = (row[0] * x + row[1] * y + row[2] for row in back)
    left, right = _taps(across / depth, picture.shape[1])
    top, below = _taps(down / depth, picture.shape[0])
    around = np.ascontiguousarray(framed(picture, (4, 4, 4, 4), edge).transpose(2, 0, 1))
    # Four bytes side by side are one item: there is one for each byte but the last three.
    fours = np.ndarray((around.size - 3,), "V4", around.data, strides=(1,))
    rows, columns = around.shape[1:]
    corners = np.arange(3)[:, None] * (rows * columns) + top * columns + left  # (3, places)
    right, ones = right.T.ravel(), np.ones(4, np.float32)
    seen = np.zeros(corners.shape, np.float32)
    product = np.empty((3, len(right)), np.float32)
    for weights in below:
        np.multiply(fours.take(corners).view(np.uint8).reshape(3, -1), right, out=product)
        seen += (product.reshape(-1, 4) @ ones).reshape(3, -1) * weights
        corners += columns
    return _bytes(seen).reshape(3, height, width).transpose(1, 2, 0)


def _taps(
    places: NDArray[np.float64], pixels: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the first of four pixels about places, counted in a frame of 4, and their weights."""
    places = np.clip(places, -2, pixels + 1).ravel()  # further out nothing is different
    whole = np.floor(places)
    return whole.astype(np.int64) + 3, _four_weights(places - whole)


def _bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Round to bytes, ties to even; the values are not needed any more."""
    return np.rint(values, out=values).clip(0, 255, out=values).astype(np.uint8)
