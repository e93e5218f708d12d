"""Numbers of handwritten digits laid on canvases: the clean sets that a reader is built on first.

The layouts and the drawing of numbers and places are here; `canvas_set` paints them. Digits come
from `digits`, as grey on black.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.handwriting.canvas_set import Canvases, Layout, tile_sides
from svhn_lib.data.handwriting.digits import DigitSet
from svhn_lib.data.street import EVEN_LENGTHS, SVHN_LENGTHS
from svhn_lib.labels import MAX_DIGITS

__all__ = ["FIVE_DIGITS", "LAYOUTS", "Canvases", "Layout", "draw_canvases"]

FIVE_DIGITS = (0, 0, 0, 0, 1)

LAYOUTS = {
    # Almenningen 2017
    "centred": Layout((64, 64), 12, anywhere=False, white=False, lengths=EVEN_LENGTHS),
    # Zylbersztejn 2016
    "filled": Layout((64, 64), 0, anywhere=True, white=True, lengths=SVHN_LENGTHS),
    # Marek 2017: sequences, then sequences of variable length to be found
    "strip": Layout((28, 140), 28, anywhere=False, white=False, lengths=FIVE_DIGITS),
    "scattered": Layout((128, 256), 28, anywhere=True, white=False, lengths=EVEN_LENGTHS),
}


def draw_canvases(
    layout: str | Layout,
    digits: DigitSet,
    count: int,
    generator: np.random.Generator,
    *,
    lengths: tuple[int, ...] | None = None,
    noise: float = 0.0,
) -> Canvases:
    """Draw `count` numbers of random digits and their places; nothing is painted yet.

    Args:
        layout: a name in `LAYOUTS`, or one of one's own.
        digits: grey digits on black, each as likely as any other.
        count: how many.
        generator: where all chance comes from.
        lengths: weights of the lengths, in place of the layout's.
        noise: deviation of Gaussian noise on every pixel, of 255.

    Raises ValueError for digits or weights that cannot be used.
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
    weights = _weights(layout, layout.lengths if lengths is None else lengths)
    drawn = 1 + generator.choice(len(weights), size=count, p=weights)  # (N,)
    chosen = generator.integers(len(digits), size=(count, MAX_DIGITS), dtype=np.int32)
    chosen[np.arange(MAX_DIGITS) >= drawn[:, None]] = -1
    sides = tile_sides(layout, drawn)
    height, width = layout.size
    spare = np.stack([width - sides * drawn, height - sides], axis=1)  # (N, 2)
    corners = generator.integers(0, spare + 1) if layout.anywhere else spare // 2
    seed = int(generator.integers(2**63))
    return Canvases(digits, layout, chosen, corners.astype(np.int32), noise, seed)


def _weights(layout: Layout, lengths: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the probabilities of 1, 2, ... digits; ValueError where they cannot be."""
    weights = np.asarray(lengths, dtype=np.float64)
    if not (1 <= len(weights) <= MAX_DIGITS and (weights >= 0).all() and weights.sum() > 0):
        raise ValueError(
            f"lengths {lengths}: give weights of 1 to {MAX_DIGITS} digits, not all of them 0"
        )
    longest = int(np.flatnonzero(weights)[-1]) + 1
    side = int(tile_sides(layout, np.array([longest]))[0])
    if side < 1 or side * longest > layout.size[1] or side > layout.size[0]:
        raise ValueError(f"{longest} digits of {layout.side} pixels do not fit on {layout.size}")
    return weights / weights.sum()
