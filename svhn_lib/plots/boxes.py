"""Where numbers were found: galleries with both boxes, votes for edges, curves of joint training.

What is found is computed in `reading` and `detection`, how good it is in `metrics`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from svhn_lib.plots.pictures import as_picture, draw_boxes, name_boxes, show_picture
from svhn_lib.plots.runs import History
from svhn_lib.plots.theme import (
    BLACK,
    ORANGE,
    RED,
    SKY,
    as_percent,
    as_thousands,
    cells,
    look,
    panels,
)

_EDGES = ("left", "top", "right", "bottom")
_NAMED = 40  # places at most whose weights are written into them


def box_gallery(
    pictures: Sequence[ArrayLike],
    true: Sequence[ArrayLike],
    found: Sequence[ArrayLike],
    captions: Sequence[str],
    right: Sequence[bool] = (),
    columns: int = 4,
    title: str = "",
) -> Figure:
    """Draw pictures with the true boxes and, dashed, those that were found.

    Args:
        pictures: as `show_picture` takes them.
        true: of each picture (K, 4) or (4,): left, top, right, bottom in pixels; NaN is none.
        found: likewise; empty where nothing was looked for.
        captions: above each picture.
        right: whether it was read rightly; others get a red caption and a frame. Empty where
            nothing was read.
        columns: pictures per row.
        title: of the figure.

    Example:
        >>> picture, box = np.zeros((20, 30)), [2, 3, 10, 15]
        >>> figure = box_gallery([picture], [box], [[3, 3, 11, 15]], ["7"], [True])
        >>> len(figure.axes[0].patches), figure.axes[0].get_title()
        (3, '7')
    """
    shapes = [as_picture(picture).shape for picture in pictures]
    ratio = float(np.median([height / width for height, width, *_ in shapes]))
    across = max(1, min(columns, len(pictures)))
    width, down = 8.8 / across, -(-len(pictures) // across)
    figure, axes = cells(
        len(pictures),
        columns,
        (width, width * ratio + 0.25 + 0.6 / down),  # captions; title and names
        shows="Pictures with the true box" + " and the one that was found" * bool(len(found)),
    )
    lines = {"true box": (SKY, "-"), "found": (ORANGE, "--")}
    if not len(found):
        found = [np.full(4, np.nan)] * len(pictures)
        lines.pop("found")
    if not len(right):
        right = [True] * len(pictures)
    rows = zip(axes, pictures, true, found, captions, right, strict=True)
    for cell, picture, truth, place, caption, good in rows:
        show_picture(cell, picture, caption, BLACK if good else RED)
        draw_boxes(cell, truth, SKY, "-", 1.6)
        draw_boxes(cell, place, ORANGE, "--", 1.8)
        if not good:
            cell.spines[:].set(visible=True, color=RED, linewidth=2)
    name_boxes(figure, lines)
    figure.suptitle(title)
    return figure


def edge_votes(
    picture: ArrayLike, attention: ArrayLike, edges: ArrayLike, title: str = ""
) -> Figure:
    """Draw which places of a picture are asked for each edge of the box, and where it was put.

    Where there are few places, their weights are written into them.

    Args:
        picture: as `show_picture` takes it.
        attention: (4, h, w), adding up to 1 for left, top, right and bottom edge.
        edges: (4,), in pixels of the picture.
        title: of the figure.

    Example:
        >>> figure = edge_votes(np.zeros((20, 40)), np.full((4, 2, 4), 1 / 8), [5, 4, 30, 16])
        >>> [axes.get_title() for axes in figure.axes[:4]]
        ['left edge', 'top edge', 'right edge', 'bottom edge']
    """
    array = as_picture(picture)
    height, width = array.shape[:2]
    figure, axes = cells(
        4,
        2,
        (4.4, 4.4 * height / width + 0.3),
        shows="One picture four times, with the attention of each edge and where it was put",
    )
    for cell, name, heat, place in zip(
        axes, _EDGES, np.asarray(attention), np.asarray(edges, dtype=float), strict=True
    ):
        show_picture(cell, array, f"{name} edge")
        cell.imshow(
            heat,
            "magma",
            alpha=0.6,
            extent=(0, width, height, 0),
            interpolation="nearest",
            vmin=0,
            vmax=1,
        )
        rows, columns = heat.shape
        for (row, column), weight in np.ndenumerate(heat if heat.size <= _NAMED else heat[:0]):
            x, y = (column + 0.04) * width / columns, (row + 0.92) * height / rows
            dark = {"facecolor": "black", "edgecolor": "none", "alpha": 0.7, "pad": 1}
            cell.text(x, y, f"{weight:.2f}", color="white", fontsize=8, bbox=dark, zorder=3)
        line = cell.axvline if name in ("left", "right") else cell.axhline
        line(place, color=ORANGE, lw=2, ls="--")
        cell.set(xlim=(0, width), ylim=(height, 0))  # an edge may lie outside
    figure.suptitle(title)
    return figure


def heat_maps(
    pictures: Sequence[ArrayLike], heats: Sequence[ArrayLike], columns: int = 3, title: str = ""
) -> Figure:
    """Draw pictures, each under a map of probabilities.

    Args:
        pictures: as `show_picture` takes them.
        heats: for each picture (h, w) of 0 to 1, of any size, which is laid over the whole of it.
        columns: pictures per row.
        title: of the figure.

    Example:
        >>> figure = heat_maps([np.zeros((20, 40))], [np.full((2, 4), 0.5)], title="Half")
        >>> len(figure.axes[0].images)
        2
    """
    ratio = max(as_picture(picture).shape[0] / as_picture(picture).shape[1] for picture in pictures)
    width = 8.8 / max(1, min(columns, len(pictures)))
    figure, axes = cells(
        len(pictures),
        columns,
        (width, width * min(ratio, 1.2)),
        shows="Pictures under a map of how probable a number is at each place",
    )
    for cell, picture, heat in zip(axes, pictures, heats, strict=True):
        array = as_picture(picture)
        show_picture(cell, array)
        extent = (0, array.shape[1], array.shape[0], 0)
        shown = np.nan_to_num(np.asarray(heat, dtype=float))  # nothing is known there
        cell.imshow(
            shown, "viridis", alpha=0.25 + 0.6 * shown, extent=extent, interpolation="nearest",
            vmin=0, vmax=1,
        )  # fmt: skip
    scale = ScalarMappable(Normalize(0, 1), "viridis")
    figure.colorbar(scale, ax=axes, shrink=0.5, label="probability")
    figure.suptitle(title)
    return figure


def joint_curves(runs: Mapping[str, History], title: str = "") -> Figure:
    """Draw what several runs of a net with two tasks reach in each, as training goes on.

    Args:
        runs: for each name its history, with `box_iou` and `box_squared_error`.
        title: of the figure.

    Example:
        >>> row = {"examples": 1000, "sequence_accuracy": 0.1, "character_accuracy": 0.4}
        >>> run = [row | {"box_iou": 0.5, "box_squared_error": 90.0}]
        >>> [axes.get_ylabel() for axes in joint_curves({"a net": run}).axes]
        ['numbers read right', 'mean IoU', 'squared error, px²']
    """
    figure, ((read, overlap, error),) = panels(3, size=(3.0, 2.9), shows="Lines side by side")
    keys = ("sequence_accuracy", "box_iou", "box_squared_error")
    for i, (name, history) in enumerate(runs.items()):
        seen = [row["examples"] for row in history]
        for axes, key in zip((read, overlap, error), keys, strict=True):
            axes.plot(seen, [row[key] for row in history], ms=3.5, label=name, **look(i))
    read.set(ylabel="numbers read right", title="What", ylim=(0, 1))
    overlap.set(ylabel="mean IoU", title="Where", ylim=(0, 1))
    error.set(ylabel="squared error, px²", title="Where, as published", yscale="log")
    for axes in (read, overlap, error):
        axes.set(xlabel="pictures seen, thousands", xlim=(0, None))
        as_thousands(axes.xaxis)
    as_percent(read.yaxis)
    handles, names = read.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=min(5, len(names)))
    figure.suptitle(title)
    return figure
