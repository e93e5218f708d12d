"""How a number is set: its font or drawn design, its spacing, slant and baseline."""

from dataclasses import dataclass, replace

import numpy as np

from svhn_lib.data.street.drawn import Design
from svhn_lib.data.street.fonts import house_fonts, other_form


@dataclass(frozen=True)
class Style:
    """How one number is set; lengths are in digit heights, angles in degrees."""

    font: str
    widening: float  # horizontal scale of the glyphs
    gap: float  # free space between neighbouring digits
    shear: float  # slant: horizontal shift for one digit height of rise
    slope: float  # how far the baseline falls for one unit to the right
    bend: float  # curvature of the baseline: 0 is straight
    wobble: float  # standard deviation of each digit's own turn, degrees
    stacked: bool  # digits one under another
    weight: int  # pixels of glyph by which strokes are thickened (below 0: thinned)
    forms: tuple[tuple[str, str], ...] = ()  # digits, and the characters drawn in their place
    design: Design | None = None  # digits are drawn with a nib instead
    offsets: tuple[float, ...] = ()  # how far below the baseline each digit stands
    centred: bool = False  # stacked digits stand on one axis, not on a left edge


def sample_style(rng: np.random.Generator, fonts: tuple[str, ...]) -> Style:
    """Draw a style as house numbers have it: mostly upright and close, sometimes anything else."""
    kind = rng.random()
    slope = rng.normal(0, 0.04)
    if kind < 0.10:
        slope = rng.uniform(-0.7, 0.7)  # climbing numbers along stairs and gables
    wide = rng.random() < 0.15
    return Style(
        font=fonts[rng.integers(len(fonts))],
        widening=float(np.exp(rng.normal(0, 0.18))),
        gap=rng.uniform(0.2, 0.6) if wide else rng.uniform(0.02, 0.16),
        shear=rng.normal(0, 0.08) if rng.random() < 0.8 else rng.uniform(-0.4, 0.4),
        slope=slope,
        bend=rng.uniform(-0.25, 0.25) if 0.10 < kind < 0.17 else 0.0,
        wobble=rng.uniform(2, 10) if rng.random() < 0.15 else rng.uniform(0, 1.5),
        stacked=0.17 < kind < 0.19,
        weight=int(rng.integers(-1, 5)) if rng.random() < 0.5 else 0,
    )


def from_houses(rng: np.random.Generator, style: Style, fonts: tuple[str, ...]) -> Style:
    """Return the style, most often in a font of houses, sometimes with another 1 or 3."""
    likely = house_fonts(fonts)
    font = likely[rng.integers(len(likely))]
    font = font if rng.random() < 0.6 else style.font
    wanted = [d for d, share in (("1", 0.12), ("3", 0.45)) if rng.random() < share]
    forms = [(digit, other_form(font, digit)) for digit in wanted]
    return replace(style, font=font, forms=tuple((d, form) for d, form in forms if form))


def narrow(rng: np.random.Generator, style: Style) -> Style:
    """Return the style with digits as narrow and as close as in SVHN's boxes.

    Half of SVHN's digits other than 1 are narrower than 0.51 of their height, where most fonts
    have 0.67: houses wear narrow designs, and the camera sees them from the side.
    """
    widening = style.widening * float(np.exp(rng.normal(np.log(0.78), 0.15)))
    gap = style.gap if style.gap > 0.16 else rng.uniform(0.0, 0.13)
    return replace(style, widening=widening, gap=gap * max(0.5, widening))


def posed(rng: np.random.Generator, style: Style) -> Style:
    """Return the style, sometimes on a baseline that climbs or falls as stairs do, or bends."""
    kind = rng.random()
    if kind < 0.07:
        climb = np.tan(np.deg2rad(rng.uniform(8, 42)))
        return replace(style, slope=climb if rng.random() < 0.3 else -climb, bend=0.0)
    if kind < 0.12:
        return replace(style, bend=rng.uniform(-0.35, 0.35))
    return style
