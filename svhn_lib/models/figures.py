"""What is known about weights beside the weights, as it travels in their file: checked, and used.

Files of any origin are read, so nothing about a value is taken for granted.
"""

from __future__ import annotations

import json
from typing import Any

from svhn_lib.data.cutting.crops import CropSettings

_TEMPERATURES = (1e-3, 1e3)  # beyond it, probabilities are all alike, or not even numbers


def checked_figures(text: str) -> dict[str, Any]:
    """Return the figures that a JSON text holds.

    Raises:
        ValueError: it is no JSON object, or holds a temperature or a crop that cannot be.

    Example:
        >>> checked_figures('{"temperature": 1.5}')
        {'temperature': 1.5}
    """
    try:
        figures = json.loads(text)
    except RecursionError as error:
        raise ValueError("its figures are nested too deeply") from error
    if not isinstance(figures, dict):
        raise ValueError(f"its figures are {type(figures).__name__}, no JSON object")
    temperature = figures.get("temperature", 1.0)
    low, high = _TEMPERATURES
    number = isinstance(temperature, int | float) and not isinstance(temperature, bool)
    if not number or not low <= temperature <= high:
        raise ValueError(f"its temperature is no number of {low:g} to {high:g}")
    crop = figures.get("crop", {})
    if not isinstance(crop, dict) or not crop.keys() <= {"shape", "margin", "fill"}:
        raise ValueError(f"its crop {crop!r} is not made of shape, margin and fill")
    try:
        CropSettings(**crop)
    except TypeError as error:  # a margin that is text
        raise ValueError(f"its crop {crop!r} cannot be") from error
    return figures


def temperature_of(figures: dict[str, Any]) -> float:
    """Return what logits are divided by before a softmax; 1 where it was not fitted.

    Example:
        >>> temperature_of({})
        1.0
    """
    return float(figures.get("temperature", 1.0))


def crop_of(figures: dict[str, Any], size: tuple[int, int]) -> CropSettings:
    """Return how numbers are cut for weights to read them best; squares with 30 % by default.

    A picture that is cut already is taken to have a margin of 30 %, and its middle is cut.

    Args:
        figures: of the weights.
        size: height and width of the net's pictures, pixels.

    Example:
        >>> crop_of({"crop": {"shape": "clipped"}}, (64, 64)).shape
        'clipped'
    """
    return CropSettings(size, **figures.get("crop", {}), margin_around_cut=0.30)
