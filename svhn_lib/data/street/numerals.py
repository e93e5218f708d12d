"""Number designs of real houses: enamel serifs, grotesques, drawn forms; steps and stacks."""

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from svhn_lib.data.street.drawn import sample_design
from svhn_lib.data.street.fonts import house_fonts, other_form
from svhn_lib.data.street.style import Style

# Parts of file names, letters and digits alone.
_SERIF = (
    "c059", "nimbusroman", "bookman", "texgyreschola", "texgyrebonum", "texgyretermes", "schou",
    "schoub", "booku", "bookub", "freeserif", "oldstandard", "bodoni", "didot", "dejavuserif",
    "tinos", "caladea", "century", "vollkorn", "arapey", "robotoslab", "liberationserif", "stix",
    "cmb10", "cmunb", "baskervald", "romande", "ptf7", "notoserif", "berenis",
)  # fmt: skip
_NARROW = (
    "cond", "narrow", "heroscn", "din", "rg2014", "bebas", "yanone", "oswald", "osifont", "ptn",
    "nimbussans", "liberationsans", "texgyreheros", "gillius", "universalis", "switzera",
    "dejavusans", "freesans", "arimo",
)  # fmt: skip
_LEFT_OUT = (  # slanted ones, and digits of other scripts
    "ital", "obli", "cmunbi", "cmunobi",
    "arabic", "urdu", "bengali", "devanagari", "gujarati", "gurmukhi", "kannada", "khojki",
    "malayalam", "sinhala", "tamil", "telugu", "nushu", "oriya",
)  # fmt: skip


@lru_cache(maxsize=8)
def _families(fonts: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return bold serifs, thin serifs and condensed or plain grotesques; all fonts for none."""
    names = {path: re.sub(r"[^a-z0-9]", "", Path(path).stem.lower()) for path in fonts}
    upright = [
        path for path, name in names.items()
        if not any(part in name for part in _LEFT_OUT)
    ]  # fmt: skip
    serif = [path for path in upright if any(part in names[path] for part in _SERIF)]
    heavy = re.compile("bold|demi|black|heavy|cmb|bol$|cmunbx|b__|ub_|75")
    bold = tuple(path for path in serif if heavy.search(names[path]))
    thin = tuple(path for path in serif if not heavy.search(names[path]))
    narrow = tuple(path for path in upright if any(part in names[path] for part in _NARROW))
    return bold or fonts, thin or fonts, narrow or fonts


def redesign(rng: np.random.Generator, style: Style, number: str, fonts: tuple[str, ...]) -> Style:
    """Return the style with digits and spacing of a kind that is frequent on real houses.

    Args:
        rng: random numbers.
        style: how the number would be set otherwise.
        number: its digits.
        fonts: paths to choose from.
    """
    bold, thin, narrow = _families(fonts)
    kind = rng.random()
    if kind < 0.22:
        widening = float(np.exp(rng.normal(0, 0.15)))
        style = replace(style, design=sample_design(rng), widening=widening)
    elif kind < 0.53:
        heavier = int(rng.integers(0, 4))
        style = replace(_in(rng, style, bold, rng.uniform(0.55, 0.88)), weight=heavier)
    elif kind < 0.56:
        thinner = int(rng.integers(-1, 1))
        style = replace(_in(rng, style, thin, rng.uniform(0.7, 1.0)), weight=thinner)
    elif kind < 0.88:
        heavier = int(rng.integers(0, 3))
        style = replace(_in(rng, style, narrow, rng.uniform(0.7, 1.05)), weight=heavier)
    elif rng.random() < 0.7:
        likely = house_fonts(fonts)
        style = replace(style, font=likely[rng.integers(len(likely))])
    style = replace(style, widening=max(0.55, style.widening))
    if style.design is None:
        style = replace(style, forms=_forms(rng, style.font))
    if rng.random() < 0.6:
        style = replace(style, slope=rng.normal(0, 0.03), bend=0.0)
    spacing = rng.random()
    if spacing < 0.04:
        style = replace(style, gap=rng.uniform(0.3, 0.9))
    elif spacing < 0.65:
        style = replace(style, gap=rng.uniform(0.0, 0.1), shear=rng.normal(0, 0.03))
    elif spacing < 0.69:
        style = replace(style, shear=rng.uniform(0.15, 0.35))
    return replace(style, offsets=_heights(rng, len(number)))


def _in(rng: np.random.Generator, style: Style, fonts: tuple[str, ...], widening: float) -> Style:
    return replace(style, font=fonts[rng.integers(len(fonts))], widening=widening)


def _forms(rng: np.random.Generator, font: str) -> tuple[tuple[str, str], ...]:
    wanted = [digit for digit, share in (("1", 0.08), ("3", 0.35)) if rng.random() < share]
    return tuple((digit, form) for digit in wanted if (form := other_form(font, digit)))


def _heights(rng: np.random.Generator, count: int) -> tuple[float, ...]:
    """Draw how far each digit stands below the line: mostly on it, on stairs, or unevenly."""
    kind = rng.random()
    if kind < 0.05:
        step = rng.uniform(0.15, 0.5) * (-1 if rng.random() < 0.7 else 1)
        return tuple(step * i for i in range(count))
    if kind < 0.12:
        return tuple(rng.normal(0, 0.09, count))
    return ()


def stack(rng: np.random.Generator, style: Style, number: str, share: float) -> Style:
    """Return the style, for a share of the numbers of several digits written downwards."""
    if len(number) < 2 or rng.random() > share:
        return style
    level = replace(style, slope=0.0, bend=0.0, offsets=())
    return replace(level, stacked=True, centred=True, gap=rng.uniform(0.06, 0.5))
