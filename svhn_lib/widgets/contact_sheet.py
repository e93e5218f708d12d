"""Pictures side by side in one PNG, with a caption below each, for where no kernel runs."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFont

from svhn_lib.plots import as_picture
from svhn_lib.widgets.gallery import probability_words

_SCALE = 2  # pixels of the PNG for each that is shown, for sharp text
_LINE, _GAP = 15, 6  # as shown: lines of text, and what is between pictures
_COLOURS = 256
_BLACK, _GREY, _RED = "#1f2328", "#57606a", "#a40e26"


class Tile(NamedTuple):
    """One picture of a sheet.

    Attributes:
        picture: as `plots.as_picture` takes it.
        number: the true one, or another heading.
        read: what was read, where it is wrong; '' where there is nothing to say.
        below: a second line.
    """

    picture: ArrayLike
    number: str
    read: str = ""
    below: str = ""


def tile_of(row: Any, picture: ArrayLike) -> Tile:
    """Return the tile of one row of an error table."""
    read = "" if row.right else row.predicted or "nothing"
    return Tile(picture, row.number, read, probability_words(row.confidence))


def contact_sheet(
    tiles: Sequence[Tile], side: int = 88, columns: int = 8
) -> tuple[bytes, int] | None:
    """Return a PNG of some pictures, and the width in pixels that it is to be shown at.

    Args:
        tiles: of the pictures, in order; None comes back where there are none.
        side: of a picture as it is shown, in pixels.
        columns: most pictures beside each other.
    """
    if not tiles:
        return None
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    wide, high = side + 16, side + 2 * _LINE + 2 * _GAP
    width, height = columns * wide, rows * high
    sheet = Image.new("RGB", (width * _SCALE, height * _SCALE), "white")
    for place, tile in enumerate(tiles):
        row, column = divmod(place, columns)
        _draw(sheet, tile, (column * wide * _SCALE, row * high * _SCALE), side * _SCALE)
    file = io.BytesIO()
    sheet.quantize(_COLOURS, Image.Quantize.FASTOCTREE).save(file, "PNG")
    return file.getvalue(), width


def _draw(sheet: Image.Image, tile: Tile, corner: tuple[int, int], side: int) -> None:
    """Draw a tile whose place has a corner; all is in pixels of the PNG."""
    wide = side + 16 * _SCALE
    middle, top = corner[0] + wide // 2, corner[1] + _GAP * _SCALE
    picture = Image.fromarray(as_picture(tile.picture)).convert("RGB")
    share = side / max(picture.size)
    fitted = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    way = Image.Resampling.NEAREST if share > 1.5 else Image.Resampling.LANCZOS
    picture = picture.resize(fitted, way)
    sheet.paste(picture, (middle - fitted[0] // 2, top + (side - fitted[1]) // 2))
    draw = ImageDraw.Draw(sheet)
    read = f" read {tile.read}" if tile.read else ""
    font = _fitting(tile.number + read, 12, wide)
    at, line = middle - font.getlength(tile.number + read) / 2, top + side + 2 * _SCALE
    draw.text((at, line), tile.number, _BLACK, font)
    draw.text((at + font.getlength(tile.number), line), read, _RED, font)
    below = (middle, line + _LINE * _SCALE)
    draw.text(below, tile.below, _GREY, _fitting(tile.below, 11, wide), anchor="ma")


def _fitting(text: str, size: int, wide: int) -> Any:
    """The font in a size in which a text is not wider than its place, as far as it can be read."""
    sizes = range(size * _SCALE, 6 * _SCALE, -1)
    return next((f for f in map(_font, sizes) if f.getlength(text) <= wide), _font(6 * _SCALE))


@cache
def _font(size: int) -> Any:
    """The font that Pillow brings along."""
    return ImageFont.load_default(size)
