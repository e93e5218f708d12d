"""What a set of rendered photos shows: kinds of pictures, lengths of numbers, fonts."""

from __future__ import annotations

from dataclasses import dataclass

from svhn_lib.data.street import SVHN_LENGTHS
from svhn_lib.data.street.text import checked_lengths

PHOTO_LENGTHS = (6, 20, 24, 42, 8)
"""Weights of numbers with 1, 2, ... 5 digits on people's own photos: four digits are commonest."""

KINDS = ("close", "photo", "none")
"""Close pictures of a number, as SVHN has them; photos of house fronts; photos without number."""


@dataclass(frozen=True)
class SceneSettings:
    """What a set of rendered photos shows.

    Attributes:
        shares: weights of the kinds in `KINDS`.
        lengths: weights of numbers with 1, 2, ... digits in close pictures.
        photo_lengths: the same in photos of house fronts.
        stacked: share of the numbers of two or more digits that are written downwards, in close
            pictures with the looks of today's streets; a third of them have those of renderer 3, of
            which 2 % are, and on house fronts it depends on the place.
        longest: pixels that the longer side of a photo has at most; close pictures have 30 to 400.
        bundled_fonts: use only the fonts that come with matplotlib, so that the same seed gives
            the same pictures on every machine.

    Raises:
        ValueError: weights are no weights, `stacked` is no share, or photos are smaller than 160
            pixels.

    Example:
        >>> from svhn_lib.data.scenes import SceneSettings
        >>> SceneSettings(shares=(0, 1, 0)).longest
        640
    """

    shares: tuple[float, ...] = (0.45, 0.40, 0.15)
    lengths: tuple[int, ...] = SVHN_LENGTHS
    photo_lengths: tuple[int, ...] = PHOTO_LENGTHS
    stacked: float = 0.06
    longest: int = 640
    bundled_fonts: bool = False

    def __post_init__(self) -> None:
        """Check weights and size."""
        checked_lengths(self.lengths)
        checked_lengths(self.photo_lengths)
        usable = all(0 <= share < float("inf") for share in self.shares) and sum(self.shares) > 0
        if len(self.shares) != len(KINDS) or not usable:
            raise ValueError(
                f"shares are weights of {', '.join(KINDS)}, none below 0 and one above, "
                f"not {self.shares}"
            )
        if not 0 <= self.stacked <= 1:
            raise ValueError(f"stacked is a share of the numbers, 0 to 1, not {self.stacked}")
        if self.longest < 160:
            raise ValueError(f"photos have a longer side of at least 160, not {self.longest}")
