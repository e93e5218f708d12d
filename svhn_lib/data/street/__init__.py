"""Rendered street numbers in SVHN's own files: the pictures that need no download.

The renderer imitates a house number as a street-view camera sees it; `render_picture` makes one,
`render_split` writes a whole split. Nothing here trains, crops or reads numbers.

Names are loaded when they are first used, so that worker processes load no pandas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from svhn_lib._lazy import lazy

if TYPE_CHECKING:
    from svhn_lib.data.street.fonts import usable_fonts
    from svhn_lib.data.street.picture import Rendered, render_picture
    from svhn_lib.data.street.render import VERSION, render_split
    from svhn_lib.data.street.settings import INGREDIENTS, VERSION_3, RenderSettings
    from svhn_lib.data.street.text import EVEN_LENGTHS, SVHN_LENGTHS, sample_number

__all__ = [
    "EVEN_LENGTHS",
    "INGREDIENTS",
    "SVHN_LENGTHS",
    "VERSION",
    "VERSION_3",
    "RenderSettings",
    "Rendered",
    "render_picture",
    "render_split",
    "sample_number",
    "usable_fonts",
]
_HOMES = {
    "EVEN_LENGTHS": "text",
    "INGREDIENTS": "settings",
    "SVHN_LENGTHS": "text",
    "VERSION": "render",
    "VERSION_3": "settings",
    "RenderSettings": "settings",
    "Rendered": "picture",
    "render_picture": "picture",
    "render_split": "render",
    "sample_number": "text",
    "usable_fonts": "fonts",
}
__getattr__ = lazy(__name__, _HOMES)
