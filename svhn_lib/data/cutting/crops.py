"""From a number's box to a crop of fixed size: the window around it, cut, filled and resized.

Reading the picture file is `pictures`' work; the crops of many files are made in `prepare`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhn_lib.data.cutting.by_numpy import framed
from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.data.cutting.resampling import GREY_WEIGHTS, area_average, bicubic, to_grey

__all__ = [
    "GREY_WEIGHTS",
    "Box",
    "CropSettings",
    "crop_window",
    "cut",
    "cut_window",
    "read_picture",
    "to_crop",
]

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels; right and bottom are exclusive."""
Shape = Literal["square", "clipped", "whole"]
Fill = Literal["black", "edge"]

_MOST_WINDOW_PIXELS = 1 << 24


@dataclass(frozen=True)
class CropSettings:
    """How a number is cut out of its picture.

    Attributes:
        size: height and width of the crop in pixels.
        shape: 'square' is a square of the box's longer side plus margin, centred on the box;
            'clipped' the box plus margin, cut off at the picture's edges, so that digits are
            stretched; 'whole' the whole picture.
        margin: how much longer the window is than the box, as a fraction of it; half on each side
            (30 % in Goodfellow et al. 2014, section 5.1).
        fill: what lies outside the picture: 'black', or the picture's 'edge' pixels repeated.
        grey: one channel, weighted by `GREY_WEIGHTS`, in place of RGB.
        margin_around_cut: what margin a picture that is cut already is taken to have, so that its
            middle can be cut like any other number; None shows the whole of it.

    Raises:
        ValueError: a value cannot be.

    Example:
        >>> CropSettings((32, 32), "clipped", grey=True).channels
        1
    """

    size: tuple[int, int] = (64, 64)
    shape: Shape = "square"
    margin: float = 0.30
    fill: Fill = "black"
    grey: bool = False
    margin_around_cut: float | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        height, width = (int(side) for side in self.size)
        object.__setattr__(self, "size", (height, width))  # a list, as JSON gives it, is welcome
        if min(self.size) < 1:
            raise ValueError(f"a crop of {height}x{width} pixels; both sides must be at least 1")
        if self.shape not in get_args(Shape):
            raise ValueError(f"crop shape {self.shape!r}; use one of {', '.join(get_args(Shape))}")
        if self.fill not in get_args(Fill):
            raise ValueError(f"crop fill {self.fill!r}; use one of {', '.join(get_args(Fill))}")
        for margin in (self.margin, self.margin_around_cut or 0):
            if not 0 <= margin <= 10:
                raise ValueError(f"a margin of {margin}; it is a fraction of the box, 0 to 10")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> CropSettings:
        """Return settings that were written with `dataclasses.asdict`, by any version.

        Raises:
            ValueError: there is a value that cannot be.
            TypeError: there is a field that does not exist.
        """
        if "gray" in values:  # its name until version 0.1
            values = {"grey" if name == "gray" else name: value for name, value in values.items()}
        return cls(**values)

    @property
    def channels(self) -> int:
        """Return 1 for grey crops, 3 for colour."""
        return 1 if self.grey else 3


def crop_window(box: Box | None, picture_size: tuple[int, int], settings: CropSettings) -> Box:
    """Return the window that a crop shows, in whole pixels; a square one may leave the picture.

    Args:
        box: of the number; what of it lies outside the picture is not counted. None for a picture
            that is cut already: the whole of it, or its middle, see `margin_around_cut`.
        picture_size: height and width in pixels.
        settings: shape and margin.

    Returns:
        Left, top, right, bottom in pixels of the picture.

    Raises:
        ValueError: nothing of the box lies in the picture.

    Example:
        >>> crop_window((20, 10, 40, 20), (50, 100), CropSettings())
        (17, 2, 43, 28)
    """
    height, width = picture_size
    if box is None:
        if settings.margin_around_cut is None:
            return 0, 0, width, height
        rim = settings.margin_around_cut / (1 + settings.margin_around_cut) / 2
        box = rim * width, rim * height, (1 - rim) * width, (1 - rim) * height
        settings = replace(settings, shape="clipped")  # a square would add what was cut off
    left, right = max(box[0], 0), min(box[2], width)
    top, bottom = max(box[1], 0), min(box[3], height)
    if not (left < right and top < bottom):
        raise ValueError(
            f"the box {tuple(map(float, box))} lies outside the {width}x{height} picture"
        )
    if settings.shape == "whole":
        return 0, 0, width, height
    across, down = right - left, bottom - top
    if settings.shape == "square":
        across = down = max(across, down)
    x, across = _span((left + right) / 2, across * (1 + settings.margin))
    y, down = _span((top + bottom) / 2, down * (1 + settings.margin))
    if settings.shape == "square":
        return x, y, x + across, y + down
    return max(x, 0), max(y, 0), min(x + across, width), min(y + down, height)


def _span(centre: float, extent: float) -> tuple[int, int]:
    """Return start and length of the whole-pixel interval nearest to one about `centre`."""
    length = max(1, math.floor(extent + 0.5))
    return math.floor(centre - length / 2 + 0.5), length


def cut(picture: NDArray[np.uint8], box: Box | None, settings: CropSettings) -> NDArray[np.uint8]:
    """Cut a number out of a picture and resize it.

    Args:
        picture: RGB, uint8 (H, W, 3).
        box: of the number in pixels; None for a picture that is cut already, see `crop_window`.
        settings: how to cut.

    Returns:
        uint8 (h, w, 3) of `settings.size`, or (h, w, 1) for grey.

    Raises:
        ValueError: nothing of the box lies in the picture.

    Example:
        >>> picture = np.zeros((50, 100, 3), dtype=np.uint8)
        >>> cut(picture, (20, 10, 40, 20), CropSettings((64, 64))).shape
        (64, 64, 3)
    """
    return cut_window(picture, crop_window(box, picture.shape[:2], settings), settings)


def cut_window(
    picture: NDArray[np.uint8], window: Box, settings: CropSettings
) -> NDArray[np.uint8]:
    """Cut a window of `crop_window` out of a picture; the rest as for `cut`."""
    height, width = picture.shape[:2]
    left, top, right, bottom = (int(side) for side in window)
    inside = picture[max(top, 0) : min(bottom, height), max(left, 0) : min(right, width)]
    outside = (max(-top, 0), max(bottom - height, 0), max(-left, 0), max(right - width, 0))
    if any(outside):
        inside = _fill(inside, outside, settings)
    crop = _resize(inside, settings.size)
    return to_grey(crop) if settings.grey else crop


def _fill(
    inside: NDArray[np.uint8], outside: tuple[int, int, int, int], settings: CropSettings
) -> NDArray[np.uint8]:
    """Add rows and columns above, below, left and right of the part inside the picture."""
    height, width = inside.shape[:2]
    across, down = outside[2] + width + outside[3], outside[0] + height + outside[1]
    if across * down > _MOST_WINDOW_PIXELS:
        # The square about a long thin box in a huge photo would take gigabytes: shrink first.
        factor = math.sqrt(across * down / _MOST_WINDOW_PIXELS)
        inside = _resize(inside, (max(1, int(height / factor)), max(1, int(width / factor))))
        above, below, before, after = (int(extent / factor) for extent in outside)
        outside = above, below, before, after
    return framed(inside, outside, settings.fill == "edge")


def _resize(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Resize to (height, width): area average where it shrinks, bicubic where it grows."""
    height, width = picture.shape[:2]
    if (height, width) == size:
        return picture.copy()
    if (height < size[0]) != (width < size[1]):
        # Each side by itself: first the one that shrinks.
        picture = area_average(picture, (min(height, size[0]), min(width, size[1])))
    grows = height < size[0] or width < size[1]
    return bicubic(picture, size) if grows else area_average(picture, size)


def to_crop(boxes: ArrayLike, window: ArrayLike, size: tuple[int, int]) -> NDArray[np.float32]:
    """Move boxes from picture pixels into the pixels of a crop.

    Args:
        boxes: (..., 4) left, top, right, bottom; NaN stays NaN.
        window: (..., 4), what the crop shows, from `crop_window`; broadcast against the boxes.
        size: height and width of the crop.

    Returns:
        float32 of the shape that both broadcast to.

    Example:
        >>> to_crop([20, 10, 40, 20], (10, 0, 50, 40), (80, 80)).tolist()
        [20.0, 20.0, 60.0, 40.0]
    """
    window = np.asarray(window, dtype=np.float64)
    origin = window[..., [0, 1, 0, 1]]
    scale = np.array([size[1], size[0]] * 2) / (window[..., [2, 3, 2, 3]] - origin)
    return ((np.asarray(boxes, dtype=np.float64) - origin) * scale).astype(np.float32)
