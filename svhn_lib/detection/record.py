"""What was found in a photo: the one record of a number's place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Found:
    """The place of one number in a photo.

    Attributes:
        corners: float64 (4, 2), x and y in pixels of the photo: the number's own top left, top
            right, bottom right and bottom left. Those of a number that lies on its side are turned
            with it.
        confidence: probability that a number is there, 0 to 1.
        stacked: whether the digits stand upright one under another; the corners are those of the
            whole column.

    Example:
        >>> place = Found(np.array([[10.0, 20], [40, 10], [44, 22], [14, 32]]), 0.9)
        >>> place.box
        (10.0, 10.0, 44.0, 32.0)
    """

    corners: NDArray[np.float64]
    confidence: float
    stacked: bool = False

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the upright box around the corners, pixels."""
        left, top = self.corners.min(axis=0).tolist()
        right, bottom = self.corners.max(axis=0).tolist()
        return left, top, right, bottom
