"""The fonts that numbers are drawn with, and their digits as masks of ink.

A font is usable when its ten digits are there, inked and all different; what is done with the
masks is decided elsewhere in this package.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib import font_manager, get_data_path
from PIL import Image, ImageDraw, ImageFont

PACKAGES = Path(__file__).with_name("fonts.txt")
"""Debian packages whose fonts make the full set, each with its licence."""

GLYPH_HEIGHT = 72  # pixels of a digit's mask; scenes are drawn from masks of this size

# Fonts whose digits are placeholders, symbols or of one stroke design that no house wears.
_UNSUITED = (
    "lastresort",
    "adobeblank",
    "barcode",
    "emoji",
    "symbol",
    "dingbat",
    "d050000l",
    "cmsy",
)


# Families like those on houses: grotesques and their narrow cuts, road signs, and the book faces
# that enamelled plates and cast digits follow; parts of file names, letters and digits alone.
_ON_HOUSES = (
    "nimbussans", "texgyreheros", "liberationsans", "freesans", "arimo", "dejavusans", "opensans",
    "roboto", "roadgeek", "din", "bebas", "routedgothic", "switzera", "gillius", "universalis",
    "ptsans", "ptn5", "ptc5", "lato", "clearsans", "tiresiassign", "sansuralic", "sanscondensed",
    "nationalpark", "nimbusroman", "texgyretermes", "texgyreschola", "texgyrebonum",
    "texgyrepagella", "liberationserif", "tinos", "freeserif", "c059", "p052", "bookman", "century",
    "dejavuserif", "bodoni", "didot", "oldstandard", "baskervald", "romande", "caladea", "ubuntu",
    "manrope", "inter", "cantarell", "play",
)  # fmt: skip


@lru_cache(maxsize=8)
def usable_fonts(bundled_only: bool = False) -> tuple[str, ...]:
    """Return the paths of the fonts that can draw house numbers, sorted.

    Args:
        bundled_only: only the fonts that come with matplotlib, the same on every machine;
            otherwise every usable font of the system too.

    Example:
        >>> from svhn_lib.data.street import usable_fonts
        >>> any(path.endswith("DejaVuSans.ttf") for path in usable_fonts(bundled_only=True))
        True
    """
    folder = Path(get_data_path()) / "fonts" / "ttf"
    paths = {str(path) for path in folder.glob("*.ttf")}
    if not bundled_only:
        paths |= set(font_manager.findSystemFonts())
    # Families for other scripts repeat the same digits many times over: each design counts once.
    designs = {_design(path): path for path in sorted(paths, reverse=True) if _is_usable(path)}
    return tuple(sorted(designs.values()))


@lru_cache(maxsize=8)
def house_fonts(fonts: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the fonts whose family is one that houses wear; all where none is."""
    names = {path: re.sub(r"[^a-z0-9]", "", Path(path).stem.lower()) for path in fonts}
    chosen = tuple(path for path in fonts if any(word in names[path] for word in _ON_HOUSES))
    return chosen or fonts


def _design(path: str) -> bytes:
    return b"".join(glyph(path, text).ink.tobytes() for text in "0123456789")


def _is_usable(path: str) -> bool:
    if any(word in Path(path).name.lower() for word in _UNSUITED):
        return False
    try:
        masks = [glyph(path, text).ink for text in "0123456789"]
    except (OSError, ValueError):
        return False
    shapes = {mask.tobytes() for mask in masks}
    heights = [mask.shape[0] for mask in masks]
    return len(shapes) == 10 and min(heights) > 0.4 * max(heights) and _reaches(path)


def _reaches(path: str) -> bool:
    """Return whether the digits differ from the box that the font draws for a missing character."""
    missing = _draw(path, "\uffff").ink
    return all(not np.array_equal(missing, _draw(path, text).ink) for text in "07")


_OTHER_FORMS = {"3": "\u01b7", "1": "I"}  # a three with a flat top, a one that is a bare stroke


@lru_cache(maxsize=8_000)
def other_form(path: str, digit: str) -> str | None:
    """Return the character under which a font keeps another form of the digit.

    Flat-topped threes are common on houses and rare among the digits of fonts; many have the
    letter ezh, which looks the same. None where there is no such form as high as the digits.
    """
    letter = _OTHER_FORMS.get(digit)
    if letter is None:
        return None
    mark, missing = _draw(path, letter), _draw(path, "\uffff")
    fits = 0.9 < mark.ink.shape[0] / GLYPH_HEIGHT < 1.1 and abs(mark.drop) < 0.1 * GLYPH_HEIGHT
    return letter if fits and not np.array_equal(mark.ink, missing.ink) else None


class Glyph(NamedTuple):
    """A character's ink, uint8 (h, w), cut tight, and how far its top lies below that of '0'."""

    ink: np.ndarray
    drop: int


@lru_cache(maxsize=20_000)
def glyph(path: str, text: str) -> Glyph:
    """Return one character in one font, scaled so that its '0' would be `GLYPH_HEIGHT` pixels high.

    Raises:
        OSError: the font cannot be opened.
        ValueError: the character has no ink.
    """
    ink, drop = _draw(path, text)
    if ink.size == 0:
        raise ValueError(f"{path}: no ink for {text!r}")
    return Glyph(ink, drop)


@lru_cache(maxsize=2_000)
def _load(path: str) -> ImageFont.FreeTypeFont:
    """Return the font at the size where its '0' is `GLYPH_HEIGHT` high."""
    trial = ImageFont.truetype(path, 100)
    _, top, _, bottom = trial.getbbox("0")
    if bottom - top < 1:
        raise ValueError(f"{path}: no ink for '0'")
    return ImageFont.truetype(path, max(8, round(100 * GLYPH_HEIGHT / (bottom - top))))


def _draw(path: str, text: str) -> Glyph:
    font = _load(path)
    left, top, right, bottom = font.getbbox(text)
    size = (int(right - left) + 4, int(bottom - top) + 4)
    nothing = Glyph(np.zeros((0, 0), np.uint8), 0)
    if not (4 < size[0] < 10 * GLYPH_HEIGHT and 4 < size[1] < 10 * GLYPH_HEIGHT):
        return nothing
    canvas = Image.new("L", size)
    ImageDraw.Draw(canvas).text((2 - left, 2 - top), text, fill=255, font=font)
    ink = np.asarray(canvas)
    rows, columns = np.where(ink.max(axis=1) > 64)[0], np.where(ink.max(axis=0) > 64)[0]
    if len(rows) == 0:
        return nothing
    tight = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()
    return Glyph(tight, int(top + rows[0] - 2 - font.getbbox("0")[1]))
