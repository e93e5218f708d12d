"""What all figures share: the colours, the look of the axes, and empty figures to draw in.

Nothing is drawn here.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import ArrayLike

from svhn_lib.plots.figures import DescribedFigure, show_in_notebooks

# Okabe and Ito 2008: told apart with every common kind of colour blindness, and in grey print.
BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
RED = "#D55E00"
SKY = "#56B4E9"
PINK = "#CC79A7"
YELLOW = "#F0E442"
BLACK = "#000000"
PALETTE = (BLUE, ORANGE, GREEN, RED, SKY, PINK, YELLOW, BLACK)
# A split looks the same in every chapter: a colour, and a line or hatching for grey print.
# What was counted in real SVHN stands beside the splits of a run under the name "SVHN's train".
SPLIT_COLOURS = {"train": BLUE, "test": ORANGE, "extra": GREEN, "SVHN's train": PINK}
SPLIT_LINES = {"train": "-", "test": "--", "extra": ":", "SVHN's train": "-."}
SPLIT_HATCHES = {"train": "", "test": "//", "extra": "..", "SVHN's train": "xx"}
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P")
SOFT = "#57606A"  # for grids, notes and what is only there to compare with
# Behind small text that may stand on a line.
BEHIND = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.5}
PERCENT = FuncFormatter(lambda share, _: f"{100 * share:.4g}%")  # as many decimals as it needs


def style() -> None:
    """Give every figure drawn afterwards the look of the course.

    In a notebook they are shown sharp on fine screens, with a text for those who do not see them.

    Example:
        >>> style()
        >>> plt.rcParams["axes.spines.top"]
        False
    """
    plt.rcParams.update(
        {
            "figure.dpi": 90,
            "figure.titlesize": 10,
            "figure.titleweight": "bold",
            "font.size": 10,
            "axes.titlesize": 10,
            "axes.titleweight": "bold",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.grid": True,
            "axes.grid.axis": "y",
            "grid.color": "#D8DEE4",
            "grid.linewidth": 0.8,
            "axes.prop_cycle": cycler(color=PALETTE),
            "legend.frameon": False,
            "legend.fontsize": 8,
            "legend.title_fontsize": 8,
            "legend.handlelength": 3.0,  # long enough to tell the dashes apart
            "image.cmap": "gray",
            "savefig.facecolor": "white",
        }
    )
    show_in_notebooks()


def look(series: int) -> dict[str, Any]:
    """Return colour, line and marker of a series, 0 being the first, for `Axes.plot`.

    Each is enough to tell series apart, so that colour is not needed.

    Example:
        >>> look(1)
        {'color': '#E69F00', 'linestyle': '--', 'marker': 's'}
    """
    return {
        "color": PALETTE[series % len(PALETTE)],
        "linestyle": DASHES[series % len(DASHES)],
        "marker": MARKERS[series % len(MARKERS)],
    }


def panels(
    columns: int,
    rows: int = 1,
    size: tuple[float, float] = (3.4, 2.6),
    shows: str = "",
    **options: Any,
) -> tuple[DescribedFigure, np.ndarray]:
    """Return an empty figure and its axes, object (rows, columns).

    Args:
        columns: of axes.
        rows: of axes.
        size: width and height in inches that each of the axes takes.
        shows: what will be drawn, for the figure's `alt_text`: 'Bars side by side'.
        options: go to `plt.subplots`.

    Example:
        >>> figure, axes = panels(3, 2)
        >>> axes.shape
        (2, 3)
    """
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(size[0] * columns, size[1] * rows),
        layout="constrained",
        squeeze=False,
        FigureClass=DescribedFigure,
        **options,
    )
    plt.close(figure)  # else the notebook would show it a second time
    assert isinstance(figure, DescribedFigure)
    figure.shows = shows
    return figure, axes


def cells(
    count: int, columns: int, size: tuple[float, float], **options: Any
) -> tuple[DescribedFigure, list[Axes]]:
    """Return a figure and `count` axes in rows of at most `columns`, read like text.

    Those that are left over in the last row are not shown. Other arguments are those of `panels`.

    Example:
        >>> figure, axes = cells(5, 3, (1.0, 1.0))
        >>> len(axes), len(figure.axes)
        (5, 6)
    """
    columns = max(1, min(columns, count))
    figure, axes = panels(columns, max(1, -(-count // columns)), size, **options)
    for cell in axes.flat[count:]:
        cell.set_axis_off()
    return figure, list(axes.flat[:count])


def highest(values: ArrayLike) -> float:
    """Return the largest finite value, where an axis may end; 0.001 where none is above that.

    A run that diverged has losses that are not finite, and an empty group a share that is not.

    Example:
        >>> highest([2.5, float("nan"), float("inf")])
        2.5
    """
    array = np.asarray(values, dtype=float)
    return max(1e-3, float(array[np.isfinite(array)].max(initial=0.0)))


def as_percent(*axes: Axis) -> None:
    """Write the shares of some axes, 0 to 1, in per cent.

    Example:
        >>> figure, ((axes,),) = panels(1)
        >>> as_percent(axes.yaxis)
        >>> axes.yaxis.get_major_formatter()(0.25)
        '25%'
    """
    for axis in axes:
        axis.set_major_formatter(PERCENT)


def as_thousands(axis: Axis) -> None:
    """Write the counts of an axis in thousands.

    Example:
        >>> figure, ((axes,),) = panels(1)
        >>> as_thousands(axes.xaxis)
        >>> axes.xaxis.get_major_formatter()(2500, 0)
        '2.5'
    """
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1000:g}"))


def turn_where_tight(figure: Figure, axes: Axes) -> None:
    """Turn the names below one of the axes where they would run into each other.

    Example:
        >>> figure, ((axes,),) = panels(1)
        >>> axes.set_xticks(range(30), ["a street"] * 30)  # doctest: +ELLIPSIS
        [...]
        >>> turn_where_tight(figure, axes)
        >>> axes.get_xticklabels()[0].get_rotation()
        90.0
    """
    figure.draw_without_rendering()
    places = [name.get_window_extent() for name in axes.get_xticklabels()]
    if any(one.x1 > following.x0 for one, following in pairwise(places)):
        axes.tick_params(axis="x", labelrotation=90)


def legend_below(figure: Figure, axes: Axes, backwards: bool = False) -> None:
    """Name the series of one of the axes below the figure, where they hide nothing.

    Example:
        >>> figure, ((axes,),) = panels(1)
        >>> lines = axes.plot([1, 2], label="a run")
        >>> legend_below(figure, axes)
        >>> [text.get_text() for text in figure.legends[0].get_texts()]
        ['a run']
    """
    handles, labels = axes.get_legend_handles_labels()
    order = slice(None, None, -1 if backwards else 1)
    figure.legend(handles[order], labels[order], loc="outside lower center", ncols=len(labels))
