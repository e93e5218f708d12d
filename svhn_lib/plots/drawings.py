"""Drawings that explain: a network and its heads, a residual block, blank and mask, aliasing.

Decoders that write token by token are drawn in `diagrams`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from numpy.typing import ArrayLike

from svhn_lib.plots.pictures import as_picture
from svhn_lib.plots.theme import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    SKY,
    SOFT,
    legend_below,
    panels,
)

_PALE = "#EAEEF2"


def _node(
    axes: Axes,
    place: tuple[float, float],
    text: str,
    colour: str = "white",
    size: tuple[float, float] = (1.3, 0.5),
    asked: bool = True,
) -> None:
    """A rounded box with its text; dashed and pale where nothing is asked of it."""
    (x, y), (width, height) = place, size
    style: dict[str, Any] = {"boxstyle": "round,pad=0.02", "lw": 0.9, "ec": BLACK, "fc": colour}
    if not asked:
        style |= {"fc": _PALE, "ec": SOFT, "ls": "--"}
    corner = (x - width / 2, y - height / 2)
    axes.add_patch(FancyBboxPatch(corner, width, height, **style))
    axes.text(x, y, text, ha="center", va="center", fontsize=9, color=BLACK if asked else SOFT)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], **look: Any) -> None:
    way = {"arrowstyle": "-|>", "color": BLACK, "lw": 1, "shrinkA": 0, "shrinkB": 0, **look}
    axes.annotate("", end, start, arrowprops=way)


def _blank_axes(axes: Axes, width: float, height: float, low: float = 0.0) -> None:
    axes.set(xlim=(0, width), ylim=(low, height))
    axes.set_aspect("equal")
    axes.set_axis_off()


def network_heads(
    picture: ArrayLike,
    stages: Sequence[tuple[str, str]],
    heads: Mapping[str, tuple[str, str]],
    title: str = "",
) -> Figure:
    """Draw a network from left to right: a picture, its stages with their shapes, and its heads.

    Args:
        picture: what is read, as `show_picture` takes it.
        stages: name and shape of what comes out of each, the picture's own first.
        heads: for each head's name the shape of its scores and what the label asks of it; an
            empty text is 'not asked', and the head is drawn dashed.
        title: of the figure.

    Example:
        >>> heads = {"length": ("(N, 7)", "1"), "digit 1": ("(N, 11)", "4"), "digit 2": ("", "")}
        >>> figure = network_heads(np.zeros((8, 16)), [("picture", "(N, 1, 8, 16)")], heads)
        >>> [text.get_text() for text in figure.axes[0].texts][-1]
        'not asked'
    """
    step, gap, count = 2.15, 0.72, len(heads)
    middle = gap * (count - 1) / 2
    figure, ((axes,),) = panels(
        1,
        size=(8.8, 0.5 + 0.52 * count),
        shows="A diagram of a network: boxes from left to right, one for each head at the end",
    )
    image = as_picture(picture)
    high = 1.5 * image.shape[0] / image.shape[1]
    extent = (0.05, 1.55, middle - high / 2, middle + high / 2)
    axes.imshow(image, "gray", extent=extent, vmin=0, vmax=255)
    axes.text(0.8, middle - high / 2 - 0.22, stages[0][1], ha="center", fontsize=8, color=SOFT)
    last = 1.6
    for number, (name, shape) in enumerate(stages[1:], start=1):
        x = 0.4 + step * number
        _arrow(axes, (last, middle), (x - 0.72, middle))
        _node(axes, (x, middle), name, SKY, (1.4, 0.7))
        axes.text(x, middle - 0.57, shape, ha="center", fontsize=8, color=SOFT)
        last = x + 0.72
    x = 0.4 + step * len(stages)
    for row, (name, (shape, wanted)) in enumerate(heads.items()):
        y = gap * (count - 1 - row)
        _arrow(axes, (last, middle), (x - 0.72, y), color=BLACK if wanted else SOFT)
        _node(axes, (x, y), name, ORANGE, (1.4, 0.5), asked=bool(wanted))
        axes.text(x + 0.85, y, shape, va="center", fontsize=8, color=SOFT)
        weight, colour = ("bold", BLACK) if wanted else ("normal", SOFT)
        axes.text(x + 2.0, y, wanted or "not asked", va="center", color=colour, weight=weight)
    _blank_axes(axes, x + 3.3, gap * count - 0.3, -0.4)
    axes.set_title(title)
    return figure


def residual_block(title: str = "") -> Figure:
    """Draw a residual block: two convolutions, and beside them the shortcut that is added.

    Example:
        >>> figure = residual_block("A residual block")
        >>> "+" in [text.get_text() for text in figure.axes[0].texts]
        True
    """
    figure, ((axes,),) = panels(
        1, size=(8.8, 1.9), shows="A diagram: a row of boxes, and an arrow past them to the sum"
    )
    names = ["conv 3 × 3", "batch norm", "ReLU", "conv 3 × 3", "batch norm", "+", "ReLU"]
    colours = [SKY, "white", "white", SKY, "white", ORANGE, "white"]
    wide = [1.25, 1.25, 0.75, 1.25, 1.25, 0.5, 0.75]
    x, y = 0.9, 0.5
    axes.text(0.3, y, "x", ha="center", va="center", fontsize=11, style="italic")
    _arrow(axes, (0.45, y), (x, y))
    for name, colour, width in zip(names, colours, wide, strict=True):
        _node(axes, (x + width / 2, y), name, colour, (width - 0.06, 0.55))
        if name == "+":
            over = x + width / 2
            axes.plot([0.65, 0.65, over], [y, 1.35, 1.35], color=GREEN, lw=1.8)
            _arrow(axes, (over, 1.35), (over, y + 0.3), color=GREEN, lw=1.8)
        x += width
        _arrow(axes, (x, y), (x + 0.33, y))
        x += 0.33
    axes.text(x + 0.1, y, "out", va="center", fontsize=11, style="italic")
    shortcut = "shortcut: x itself, or a conv 1 × 1 with batch norm where the shape changes"
    axes.text(4.2, 1.6, shortcut, ha="center", fontsize=9, color=GREEN)
    _blank_axes(axes, x + 0.6, 1.85, 0.1)
    axes.set_title(title)
    return figure


def asked_positions(number: str, positions: int = 5, title: str = "") -> Figure:
    """Draw what a number asks of every position: with blanks behind its end, and with a mask.

    Args:
        number: its digits.
        positions: that the network has.
        title: of the figure.

    Example:
        >>> figure = asked_positions("27", 3)
        >>> [text.get_text() for text in figure.axes[0].texts][1:4]
        ['2', '7', 'blank']
    """
    figure, ((axes,),) = panels(
        1, size=(8.8, 2.0), shows="Two rows of boxes, one for each position of a number"
    )
    for row, (name, behind) in enumerate((("blanks: five labels", "blank"), ("mask", ""))):
        y = 1.0 - 0.85 * row
        axes.text(0.0, y, name, va="center", fontsize=9)
        for i in range(positions):
            text = number[i] if i < len(number) else behind
            place = (3.1 + 1.25 * i, y)
            asked = i < len(number) or bool(behind)
            colour = ORANGE if i < len(number) else SKY
            _node(axes, place, text or "not asked", colour, (1.12, 0.5), asked=asked)
    for i in range(positions):
        axes.text(3.1 + 1.25 * i, 1.5, f"position {i + 1}", ha="center", fontsize=8, color=SOFT)
    x = 3.1 + 1.25 * positions
    axes.text(x - 0.35, 1.0, "a blank is one more class", va="center", fontsize=8, color=SOFT)
    axes.text(x - 0.35, 0.15, f"length head: {len(number)}", va="center", fontsize=9)
    _blank_axes(axes, x + 2.0, 1.75, -0.2)
    axes.set_title(title)
    return figure


def shrunk_lines(fine: ArrayLike, coarse: Mapping[str, ArrayLike], title: str = "") -> Figure:
    """Draw a row of pixels, and over it what each way of shrinking makes of it, a panel each.

    Args:
        fine: grey levels (W,).
        coarse: for each way its grey levels (w,), w dividing W.
        title: of the figure.

    Example:
        >>> figure = shrunk_lines([0, 255, 0, 255], {"nearest": [0, 0], "area": [127.5, 127.5]})
        >>> [axes.get_title() for axes in figure.axes]
        ['nearest', 'area']
    """
    row = np.asarray(fine, dtype=float)
    figure, axes = panels(
        len(coarse),
        size=(8.8 / len(coarse), 2.4),
        sharey=True,
        shows="Lines: a row of pixels and what is left of it when it is shrunk",
    )
    for cell, (name, values) in zip(axes[0], coarse.items(), strict=True):
        levels = np.asarray(values, dtype=float)
        side = len(row) / len(levels)
        cell.step(np.arange(len(row)), row, where="post", color="#AFB8C1", lw=1, label="the photo")
        middles = (np.arange(len(levels)) + 0.5) * side
        cell.plot(middles, levels, "o-", color=BLUE, lw=2, ms=4, label="shrunk")
        cell.set_title(name, fontweight="normal")
        cell.set(xlabel="pixel of the photo", ylim=(-12, 267), yticks=[0, 128, 255])
    axes[0, 0].set_ylabel("grey level")
    legend_below(figure, axes[0, 0])
    figure.suptitle(title)
    return figure
