"""Drawings that explain training: bits of a number, a path of weights, a buffer that shuffles.

How parts of networks are wired is drawn in `wiring`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from numpy.typing import ArrayLike

from svhn_lib.plots.theme import (
    BLACK,
    BLUE,
    ORANGE,
    SKY,
    SOFT,
    YELLOW,
    legend_below,
    look,
    panels,
)


def float_formats(formats: Mapping[str, tuple[int, int, int]], title: str = "") -> Figure:
    """Draw the bits of floating-point formats, a row for each, a cell per bit.

    Args:
        formats: for each name its bits of sign, exponent and digits.
        title: of the figure.

    Example:
        >>> figure = float_formats({"bfloat16": (1, 8, 7)})
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['bfloat16', '1', '8', '7']
    """
    figure, ((axes,),) = panels(
        1,
        size=(8.2, 0.8 + 0.42 * len(formats)),
        shows="A row of cells per format, a cell per bit: sign, exponent and digits",
    )
    parts = (("sign", SOFT, ""), ("exponent", ORANGE, ""), ("digits", SKY, "//"))
    for row, (name, bits) in enumerate(formats.items()):
        axes.text(-0.5, -row + 0.35, name, ha="right", va="center", fontsize=9)
        left = 0
        for (part, colour, hatch), count in zip(parts, bits, strict=True):
            face: dict[str, Any] = {"fc": colour, "ec": "white", "lw": 1, "hatch": hatch}
            for bit in range(left, left + count):
                named = "" if row or bit > left else part
                axes.add_patch(Rectangle((bit, -row), 1, 0.7, label=named, **face))
            paper = {"fc": "white", "ec": "none", "pad": 1.5}
            place = (left + count / 2, -row + 0.35)
            axes.text(*place, str(count), ha="center", va="center", fontsize=9, bbox=paper)
            left += count
    longest = max(map(sum, formats.values()))
    axes.set(xlim=(-5, longest + 0.2), ylim=(-len(formats) + 0.9, 0.8), title=title)
    axes.set_axis_off()
    legend_below(figure, axes)
    return figure


def weight_paths(paths: Mapping[str, ArrayLike], title: str = "") -> Figure:
    """Draw paths of two weights in a plane, with circles of equal loss around the best place.

    Args:
        paths: for each name (steps, 2) places, the best one being (0, 0).
        title: of the figure.

    Example:
        >>> figure = weight_paths({"weights": [[2.0, 1.0], [0.5, 0.2]]})
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['start', 'best']
    """
    figure, ((axes,),) = panels(
        1, size=(5.6, 3.4), shows="Paths in a plane, from a common start to where the loss is least"
    )
    places = {name: np.asarray(path, dtype=float) for name, path in paths.items()}
    farthest = max(float(np.hypot(*path.T).max()) for path in places.values())
    for radius in np.linspace(0, farthest, 7)[1:]:
        axes.add_patch(Circle((0, 0), radius, fill=False, ec=SOFT, lw=0.5, alpha=0.6))
    for i, (name, path) in enumerate(places.items()):
        line = {**look(i), "marker": "", "lw": 0.8 + 1.2 * i}
        axes.plot(*path.T, label=name, **line)
    start = next(iter(places.values()))[0]
    for text, (x, y) in (("start", start), ("best", (0, 0))):
        axes.plot(x, y, "o", color=BLACK, ms=4)
        paper = {"fc": "white", "ec": "none", "pad": 1, "alpha": 0.8}
        shift = {"xytext": (6, 6), "textcoords": "offset points"}
        axes.annotate(text, (x, y), fontsize=9, bbox=paper, **shift)
    axes.set(xlabel="one weight", ylabel="another weight", title=title, xticks=[], yticks=[])
    axes.set_aspect("equal")
    (left, low), (right, high) = (every := np.vstack([*places.values()])).min(0), every.max(0)
    margin = 0.12 * (right - left)
    axes.set(xlim=(left - margin, right + margin), ylim=(low - margin, high + margin))
    axes.grid(False)
    legend_below(figure, axes)
    return figure


def shuffle_buffer(
    stream: Sequence[str], buffer: Sequence[str], leaves: str, title: str = ""
) -> Figure:
    """Draw a buffer that shuffles a stream: what comes next, what it holds, and what leaves it.

    Args:
        stream: names of what is still to come, the next one first.
        buffer: names of what is held.
        leaves: the one of them that was drawn.
        title: of the figure.

    Example:
        >>> figure = shuffle_buffer(["8", "9"], ["1", "4", "6"], "4")
        >>> [text.get_text() for text in figure.axes[0].texts][:2]
        ['9', '8']
    """
    figure, ((axes,),) = panels(
        1,
        size=(8.4, 1.5),
        shows="A diagram: numbers come from a stream into a buffer, and one leaves it at random",
    )
    ends = len(stream) - 0.5
    _row(axes, 0, stream[::-1], "")
    first = len(stream) + 1.5
    _row(axes, first, buffer, leaves)
    last = first + len(buffer) - 0.5
    _arrow(axes, ends + 0.1, first - 0.6)
    _arrow(axes, last + 0.1, last + 1.4)
    _cell(axes, last + 2.1, leaves, YELLOW)
    middles = ((ends - len(stream) / 2, "the stream"), (last - len(buffer) / 2, "the buffer"))
    for x, text in (*middles, (last + 2.1, "into the batch")):
        axes.text(x, -0.85, text, ha="center", va="center", fontsize=9, color=SOFT)
    axes.set(xlim=(-0.7, last + 3.6), ylim=(-1.1, 0.7), title=title)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return figure


def _row(axes: Axes, left: float, names: Sequence[str], marked: str) -> None:
    for i, name in enumerate(names):
        _cell(axes, left + i, name, YELLOW if name == marked else "white")


def _cell(axes: Axes, x: float, name: str, colour: str) -> None:
    axes.add_patch(Rectangle((x - 0.45, -0.4), 0.9, 0.8, fc=colour, ec=BLACK, lw=0.8))
    axes.text(x, 0, name, ha="center", va="center", fontsize=8)


def _arrow(axes: Axes, start: float, end: float) -> None:
    axes.annotate("", (end, 0), (start, 0), arrowprops={"arrowstyle": "-|>", "color": BLUE})
