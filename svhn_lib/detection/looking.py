"""Running a net that finds numbers over a canvas of any height: in bands that overlap."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from svhn_lib.models.outputs import STRIDE, Maps

Look = Callable[[NDArray[np.uint8]], Maps]
"""Gives the maps, arrays, of a canvas uint8 (H, W, 3), H and W multiples of 16."""
_BAND = 448
_REACH = 80
"""Pixels on each side of a cell that it may depend on, rounded up to the net's coarsest stride."""


def look(net: Look, canvas: NDArray[np.uint8]) -> Maps:
    """Return the maps of one canvas, arrays.

    A high canvas is looked at in bands that overlap as far as a cell can see, so that memory does
    not grow with it; the maps are those of the whole, but for rounding.

    Args:
        net: gives the maps of a canvas, as `OnnxNet.maps` does, or `folded.maps_by` a network.
        canvas: RGB, uint8 (H, W, 3), H and W multiples of 16.

    Example:
        >>> from svhn_lib.runtime import load_onnx
        >>> look(load_onnx("localiser").maps, np.full((64, 96, 3), 128, np.uint8)).score.shape
        (1, 16, 24)
    """
    height, parts = canvas.shape[0], []
    for top in range(0, height, _BAND):
        first, last = max(0, top - _REACH), min(height, top + _BAND + _REACH)
        maps = net(canvas[first:last])
        begin = (top - first) // STRIDE
        end = begin + (min(top + _BAND, height) - top) // STRIDE
        parts.append([field[..., begin:end, :] for field in maps])
    return Maps(*(np.concatenate(fields, axis=-2) for fields in zip(*parts, strict=True)))
