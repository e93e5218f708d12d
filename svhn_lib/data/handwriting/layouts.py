"""How numbers are laid on canvases: the layouts that three systems were first trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.street import EVEN_LENGTHS, SVHN_LENGTHS
from svhn_lib.labels import MAX_DIGITS

FIVE_DIGITS = (0, 0, 0, 0, 1)


@dataclass(frozen=True)
class Layout:
    """How numbers are laid on a canvas; a digit is a square tile, tiles stand side by side.

    Attributes:
        size: height and width of the canvas in pixels.
        side: side of a tile in pixels; 0 for the largest that the number has room for.
        random_position: the number stands at a random place; else in the middle.
        dark_on_light: black digits on white; else white on black.
        lengths: weights of the numbers of 1, 2, ... digits.

    Example:
        >>> Layout((28, 56), 28, random_position=False, dark_on_light=False, lengths=(0, 1)).size
        (28, 56)
    """

    size: tuple[int, int]
    side: int
    random_position: bool
    dark_on_light: bool
    lengths: tuple[int, ...]

    def tile_sides(self, lengths: NDArray[Any]) -> NDArray[np.int64]:
        """Return the side in pixels of the tiles of numbers with `lengths` digits, int64 (N,)."""
        if self.side:
            return np.full(len(lengths), self.side)
        height, width = self.size
        return np.minimum(height, width // np.asarray(lengths, dtype=np.int64))

    def probabilities(self, lengths: tuple[int, ...] | None = None) -> NDArray[np.float64]:
        """Return the probabilities of 1, 2, ... digits, float64 (up to MAX_DIGITS,).

        Args:
            lengths: weights in place of the layout's own.

        Raises:
            ValueError: the weights cannot be used, or the longest number has no room.
        """
        lengths = self.lengths if lengths is None else lengths
        weights = np.asarray(lengths, dtype=np.float64)
        if not (1 <= len(weights) <= MAX_DIGITS and (weights >= 0).all() and weights.sum() > 0):
            raise ValueError(
                f"lengths {lengths}: give weights of 1 to {MAX_DIGITS} digits, not all of them 0"
            )
        longest = int(np.flatnonzero(weights)[-1]) + 1
        side = int(self.tile_sides(np.array([longest]))[0])
        if side < 1 or side * longest > self.size[1] or side > self.size[0]:
            raise ValueError(f"{longest} digits of {self.side} pixels do not fit on {self.size}")
        return weights / weights.sum()


LAYOUTS = {
    # Almenningen 2017
    "centred": Layout(
        (64, 64), 12, random_position=False, dark_on_light=False, lengths=EVEN_LENGTHS
    ),
    # Zylbersztejn 2016
    "filled": Layout((64, 64), 0, random_position=True, dark_on_light=True, lengths=SVHN_LENGTHS),
    # Marek 2017: sequences, then sequences of variable length to be found
    "strip": Layout((28, 140), 28, random_position=False, dark_on_light=False, lengths=FIVE_DIGITS),
    "scattered": Layout(
        (128, 256), 28, random_position=True, dark_on_light=False, lengths=EVEN_LENGTHS
    ),
}
