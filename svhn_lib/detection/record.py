"""What was found in a photo: the one record of a number's place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SLENDER = 1.4
"""Times as high as wide, about, that digits are."""


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
        >>> tuple(round(side, 1) for side in place.box)
        (11.6, 11.3, 42.4, 30.7)
    """

    corners: NDArray[np.float64]
    confidence: float
    stacked: bool = False

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the upright box around the digits, pixels.

        The corners of an oblique number are empty, so the box around them would be too large. A
        digit is taken for an ellipse, and the box is that around the first and the last.
        """
        along = (self.corners[1] - self.corners[0] + self.corners[2] - self.corners[3]) / 4
        down = (self.corners[3] - self.corners[0] + self.corners[2] - self.corners[1]) / 4
        wide, high = max(np.hypot(*along), 1e-9), max(np.hypot(*down), 1e-9)
        if self.stacked:  # the share of each half that a digit's own half takes
            across, tall = 1.0, min(SLENDER * wide / high, 1.0)
        else:
            across, tall = min(high / SLENDER / wide, 1.0), 1.0
        digit = np.hypot(across * along, tall * down)
        reach = np.abs((1 - across) * along) + np.abs((1 - tall) * down) + digit
        middle = self.corners.mean(axis=0)
        left, top, right, bottom = np.concatenate([middle - reach, middle + reach]).tolist()
        return left, top, right, bottom
