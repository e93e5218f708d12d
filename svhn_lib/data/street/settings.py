"""What a rendered set shows: its ingredients, the lengths of its numbers, the fonts it may use."""

from dataclasses import dataclass

from svhn_lib.data.street.text import SVHN_LENGTHS, checked_lengths

# What makes pictures like SVHN's out of plain ones; each draws from random numbers of its own, so
# that leaving one out changes nothing else.
INGREDIENTS: dict[str, str] = {
    "fonts": "more often than not a font as houses wear it, threes with flat tops",
    "proportions": "digits as narrow, close and high as SVHN's",
    "poses": "views from the side, climbing and bent baselines, numbers put up aslant",
    "materials": "tiles, hollow and stencilled digits, relief, polished metal, handwork",
    "surroundings": "posts, frames, letters, screws, cables and leaves close to the number",
    "optics": "haze, halos, double images, wrong exposure, very few pixels",
    "boxes": "digit boxes as roughly drawn as SVHN's",
    "framing": "as much around the number as in SVHN's pictures",
    "numerals": "designs of enamel plates, drawn forms, wide spaces, digits on steps",
    "stacks": "numbers written downwards",
    "palette": "colours of real walls, signs and digits",
    "signs": "enamel plates with lines, names and screws",
    "facades": "bricks, doors, shutters, plants, shadows, second plates and numbers",
    "depth": "cast shadows, thick digits, glow, dirt and flaked paint",
    "lens": "blur, noise, range, colours and compression as measured on SVHN",
    "rims": "as much room between digits and their boxes as SVHN's annotators left",
}

VERSION_3 = tuple(INGREDIENTS)[:7]
"""The ingredients that pictures had up to version 3 of the renderer; they look as they did."""


@dataclass(frozen=True)
class RenderSettings:
    """What a rendered set shows.

    Attributes:
        lengths: weight of numbers with 1, 2, ... digits; at most five of them.
        bundled_fonts: use only the fonts that come with matplotlib, so that the same seed gives
            the same pictures on every machine; otherwise every usable font of the system too.
        ingredients: names out of `INGREDIENTS`; () gives plain streets, clean and easily read.
        stacked: share of the numbers of two or more digits that are written downwards, where
            `stacks` is an ingredient.
        neighbours: whether other numbers may stand near the number. Without them it is the only
            one in its picture, as a test of finding it there needs.

    Raises:
        ValueError: an ingredient does not exist; the lengths are no weights, or of more digits
            than a number has; a share is not one.

    Example:
        >>> from svhn_lib.data.street import RenderSettings
        >>> RenderSettings(lengths=(0, 1), ingredients=("fonts", "optics")).bundled_fonts
        False
    """

    lengths: tuple[int, ...] = SVHN_LENGTHS
    bundled_fonts: bool = False
    ingredients: tuple[str, ...] = tuple(INGREDIENTS)
    stacked: float = 0.04
    neighbours: bool = True

    def __post_init__(self) -> None:
        """Check names and weights."""
        checked_lengths(self.lengths)
        for name in self.ingredients:
            if name not in INGREDIENTS:
                raise ValueError(f"no ingredient {name!r}: there are {', '.join(INGREDIENTS)}")
        if not 0 <= self.stacked <= 1:
            raise ValueError(f"stacked is a share of the numbers, 0 to 1, not {self.stacked}")
