"""Figures that describe themselves, and how a notebook shows them: sharp, and with that text.

What the words say is found in `words`.
"""

from __future__ import annotations

import base64
import io
import sys
from typing import Any

import numpy as np
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from PIL import Image

from svhn_lib.plots.words import describe

SHARPNESS = 2  # dots per dot of an ordinary screen
COLOURS = 256  # of a chart's PNG: a quarter of the size, and no eye sees it
# Of pictures each channel is kept in steps of 4 of 255, white as it is: a third smaller.
STEPS = [min(255, (value + 2) // 4 * 4) for value in range(255)] + [255]


class DescribedFigure(Figure):
    """A matplotlib figure that says in words what is seen on it.

    Attributes:
        shows: what kind of drawing it is; its titles, axes and values are found by themselves.

    Example:
        >>> figure = DescribedFigure()
        >>> figure.shows = "An empty figure"
        >>> figure.alt_text
        'An empty figure.'
    """

    shows: str = ""

    @property
    def alt_text(self) -> str:
        """What is seen, as one line for those who do not see it."""
        return describe(self, self.shows)

    @property
    def is_chart(self) -> bool:
        """Whether colours only tell series apart, so that a dark page may turn them.

        Not so of pictures, of maps whose colours are values, and of dots in colours of their own.
        """
        return not any(
            isinstance(one, AxesImage | QuadMesh)
            or (isinstance(one, PathCollection) and len(np.atleast_2d(one.get_facecolor())) > 1)
            for axes in self.axes
            for one in (*axes.images, *axes.collections)
        )


def notebook_png(figure: DescribedFigure) -> tuple[str, dict[str, Any]]:
    """Return a figure as a notebook keeps it: PNG in base64, and its metadata.

    The picture has twice the dots of `figure.dpi`, the metadata the size at which it is shown and
    the alternative text `alt`, which nbconvert writes into its pages. `chart` is true where the
    figure holds no pictures.

    Example:
        >>> data, metadata = notebook_png(DescribedFigure(figsize=(2, 1), dpi=90))
        >>> data[:8], sorted(metadata)
        ('iVBORw0K', ['alt', 'chart', 'height', 'width'])
    """
    drawn = io.BytesIO()
    dots = SHARPNESS * figure.dpi
    figure.savefig(drawn, format="png", dpi=dots, bbox_inches="tight")
    picture = Image.open(drawn).convert("RGB")
    if figure.is_chart or picture.getcolors(COLOURS):
        small = picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    else:
        small = picture.point(3 * STEPS)
    kept = io.BytesIO()
    small.save(kept, "png", optimize=True)
    try:
        text = figure.alt_text
    except Exception:  # whatever somebody draws on it, and however: its picture is shown
        text = figure.get_suptitle() or "A figure."
    metadata = {
        "alt": text,
        "chart": figure.is_chart,
        "width": round(picture.width / SHARPNESS),
        "height": round(picture.height / SHARPNESS),
    }
    return base64.b64encode(kept.getvalue()).decode(), metadata


def show_in_notebooks() -> None:
    """Let the notebook that this runs in show figures by `notebook_png`; elsewhere do nothing.

    Example:
        >>> show_in_notebooks()
    """
    if "IPython" in sys.modules:
        shell = sys.modules["IPython"].get_ipython()
        if shell is not None:
            png = shell.display_formatter.formatters["image/png"]
            png.for_type(DescribedFigure, notebook_png)
