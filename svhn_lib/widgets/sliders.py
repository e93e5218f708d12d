"""The ranges of `augment` as sliders, and settings from what the sliders say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from svhn_lib.augment import AugmentSettings, PhotometricSettings


class Slider(NamedTuple):
    """A field of the settings, and how far it can be pushed.

    Attributes:
        group: `VIEWS` or `COLOURS`.
        field: of that group's settings; two numbers there make two sliders.
        label: what it is, with its unit.
        low, high, step: of the slider.
    """

    group: str
    field: str
    label: str
    low: float
    high: float
    step: float

    @property
    def name(self) -> str:
        """Its key among all values."""
        return f"{self.group}.{self.field}"


VIEWS, COLOURS = "views", "colours"
DEFAULTS = {VIEWS: AugmentSettings(), COLOURS: PhotometricSettings()}
SLIDERS = (
    Slider(VIEWS, "margin", "margin, share of the number's box", -0.2, 1.0, 0.05),
    Slider(VIEWS, "bars", "black beyond the number, share of views", 0.0, 1.0, 0.05),
    Slider(VIEWS, "clipped", "clipped, share of views", 0.0, 1.0, 0.05),
    Slider(VIEWS, "shift", "shift ±, share of the window", 0.0, 0.3, 0.01),
    Slider(VIEWS, "turn", "turn ±, degrees", 0.0, 45.0, 1.0),
    Slider(VIEWS, "shear", "shear ±", 0.0, 0.6, 0.02),
    Slider(VIEWS, "contrast", "contrast, factor", 0.0, 3.0, 0.1),
    Slider(VIEWS, "brightness", "brightness ±, of 255", 0.0, 128.0, 2.0),
    Slider(VIEWS, "tint", "tint ±, share", 0.0, 0.6, 0.02),
    Slider(VIEWS, "grey", "grey, share of views", 0.0, 1.0, 0.02),
    Slider(COLOURS, "brightness", "brightness ±, of 255", 0.0, 128.0, 2.0),
    Slider(COLOURS, "saturation", "saturation, factor", 0.0, 3.0, 0.1),
    Slider(COLOURS, "hue", "hue ±, share of the circle", 0.0, 0.5, 0.004),
    Slider(COLOURS, "contrast", "contrast, factor", 0.0, 3.0, 0.1),
)


def _start(one: Slider) -> float | list[float]:
    """What the library draws from, as JSON has it."""
    value = getattr(DEFAULTS[one.group], one.field)
    return list(value) if isinstance(value, tuple) else value


START = {one.name: _start(one) for one in SLIDERS}


def settings_of(values: Mapping[str, Any]) -> tuple[AugmentSettings, PhotometricSettings]:
    """Return the settings of `augment` with the values of the sliders.

    Args:
        values: for each slider's name its value, or both ends of its range.

    Example:
        >>> settings_of({**START, "views.turn": 20.0})[0].turn
        20.0
    """
    fields: dict[str, dict[str, Any]] = {VIEWS: {}, COLOURS: {}}
    for one in SLIDERS:
        value = values[one.name]
        fields[one.group][one.field] = tuple(value) if isinstance(value, list) else value
    return (
        replace(AugmentSettings(), **fields[VIEWS]),
        replace(PhotometricSettings(), **fields[COLOURS]),
    )


def code_of(settings: AugmentSettings | PhotometricSettings) -> str:
    """Return settings as Python, without the fields that are as the library has them.

    Example:
        >>> code_of(AugmentSettings(turn=20.0))
        'AugmentSettings(turn=20.0)'
    """
    default = type(settings)()
    changed = [
        f"{name}={value}"
        for name, value in vars(settings).items()
        if value != getattr(default, name)
    ]
    return f"{type(settings).__name__}({', '.join(changed)})"
