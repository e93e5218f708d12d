"""Several framings of one number, which a net reads together: how each is cut, out of what.

A number in a tighter window, a wider one or a square one is still the same number; what changes
with the window is what a net sees beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from svhn_lib.data.cutting.crops import CropSettings, Shape, cut, to_crop

if TYPE_CHECKING:
    from torch import Tensor

    from svhn_lib.data.sets.number_set import NumberSet

_SEVERAL: tuple[tuple[Shape, float], ...] = (
    ("clipped", 1.0), ("clipped", 2 / 3), ("clipped", 5 / 6), ("clipped", 4 / 3), ("square", 2 / 3)
)  # fmt: skip
"""Shape, and margin as a multiple of the net's own, in the order in which they are taken."""
MOST_VIEWS = len(_SEVERAL)
_SIDES = ["left", "top", "right", "bottom"]


def framings(crop: CropSettings, views: int) -> tuple[CropSettings, ...]:
    """Return how a number is cut for a net that is to see it `views` times.

    One view is the net's own crop. Several follow from it, so that a net carries one crop only: for
    a margin of 30 % three views are clipped with 30 %, 20 % and 25 %, and two more are clipped with
    40 % and square with 20 %.

    Args:
        crop: the net's own, `NumberNet.crop`.
        views: 1 to `MOST_VIEWS`.

    Raises:
        ValueError: another number of views.

    Example:
        >>> two = framings(CropSettings(shape="clipped", margin=0.3), 2)
        >>> [(one.shape, round(one.margin, 2)) for one in two]
        [('clipped', 0.3), ('clipped', 0.2)]
    """
    if views not in range(1, MOST_VIEWS + 1):
        raise ValueError(f"{views} views of each number: give 1 to {MOST_VIEWS}")
    if views == 1:
        return (crop,)
    return tuple(
        replace(crop, shape=shape, margin=round(factor * crop.margin, 6))
        for shape, factor in _SEVERAL[:views]
    )


def cut_again(numbers: NumberSet, ways: tuple[CropSettings, ...]) -> Tensor:
    """Cut every number out of its crop once for each framing.

    Args:
        numbers: crops with room for them, see `check_room`, as a store holds them; what came cut
            and has no box is its whole crop.
        ways: how, all of one size.

    Returns:
        uint8 (N, V, 3, h, w).

    Raises:
        ValueError: as `check_room`.

    Example:
        >>> import tempfile
        >>> from svhn_lib.data.prepare import load_crops
        >>> from svhn_lib.data.street import render_split
        >>> numbers = load_crops(render_split(tempfile.mkdtemp() + "/two", count=2, seed=0))
        >>> cut_again(numbers, framings(CropSettings(margin=0.2), 3)).shape
        torch.Size([2, 3, 3, 64, 64])
    """
    import torch

    check_room(numbers, ways)
    size = numbers.pictures.shape[2:]
    windows = numbers.table[[f"window_{side}" for side in _SIDES]]
    boxes = to_crop(numbers.table[_SIDES], windows, (size[0], size[1]))
    views = []
    for picture, box in zip(numbers.pictures.permute(0, 2, 3, 1).numpy(), boxes, strict=True):
        colour = np.ascontiguousarray(np.broadcast_to(picture, (*size, 3)))
        left, top, right, bottom = map(float, box)
        place = None if np.isnan(box).any() else (left, top, right, bottom)
        views.append(np.stack([cut(colour, place, way) for way in ways]))
    return torch.from_numpy(np.stack(views)).permute(0, 1, 4, 2, 3)


def check_room(numbers: NumberSet, ways: tuple[CropSettings, ...], name: str = "") -> None:
    """Raise ValueError where crops are no squares, or not as wide as the widest framing.

    Args:
        numbers: whose crops framings are to be cut out of.
        ways: the framings.
        name: what the message begins with.
    """
    cut_as = numbers.settings if "window_left" in numbers.table else None
    margin = max(way.margin for way in ways)
    if cut_as is None or cut_as.shape != "square" or cut_as.margin < margin:
        found = "unknown" if cut_as is None else f"{cut_as.shape}, {100 * cut_as.margin:g} %"
        raise ValueError(
            f"{name or numbers.source or 'numbers'}: its crops ({found}) have no room for "
            f"{len(ways)} views: prepare squares with a margin of {margin:g} or more, or read one "
            "view"
        )


def side_by_side(crops: Sequence[Tensor]) -> Tensor:
    """Return V sets of crops (N, C, H, W) of the same numbers as views of each, (N, V, C, H, W)."""
    import torch

    views = torch.stack([each.permute(0, 2, 3, 1) for each in crops], dim=1)
    return views.permute(0, 1, 4, 2, 3)
