"""Figures that explore a set: pictures with their boxes and windows, and distributions by split.

The measurements come from `data.statistics`; what becomes of the pictures is drawn in
`preparation`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike
from pandas import DataFrame, Series

from svhn_lib.plots import (
    BLACK,
    BLUE,
    DASHES,
    ORANGE,
    PALETTE,
    RED,
    SKY,
    SPLIT_COLOURS,
    SPLIT_LINES,
    YELLOW,
    as_picture,
    draw_boxes,
    panels,
    show_picture,
)

HATCHES = {"train": "", "test": "//", "extra": ".."}


def overlay_grid(
    pictures: Sequence[ArrayLike], numbers: DataFrame, title: str, columns: int = 4
) -> Figure:
    """Pictures with the box of every digit and, dashed, the box of the whole number.

    `numbers` holds the rows of a number table that belong to the pictures; their texts are the
    captions.
    """
    rows = -(-len(pictures) // columns)
    figure, axes = panels(columns, rows, (8.8 / columns, 5.6 / columns))
    for cell in axes.flat:
        cell.set_axis_off()
    whole = numbers[["left", "top", "right", "bottom"]].to_numpy()
    texts = zip(pictures, numbers["number"], numbers["digit_boxes"], whole, strict=True)
    for cell, (picture, text, boxes, box) in zip(axes.flat, texts, strict=False):
        show_picture(cell, picture, text)
        draw_boxes(cell, boxes)
        draw_boxes(cell, box, SKY, "--")
    _name_lines(figure, {"digit": (YELLOW, "-"), "whole number": (SKY, "--")})
    figure.suptitle(title, fontweight="bold", fontsize=10)
    return figure


def _name_lines(figure: Figure, lines: Mapping[str, tuple[str, str]]) -> None:
    """A legend below a figure of pictures: a sample of each outline, dark so that it shows."""
    handles = [
        Line2D([], [], color=colour, ls=line, lw=2.5, label=name)
        for name, (colour, line) in lines.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))


def at_one_scale(pictures: Sequence[ArrayLike], captions: Sequence[str], title: str) -> Figure:
    """Pictures side by side, a pixel of each drawn equally large, with a ruler in pixels."""
    arrays = [as_picture(picture) for picture in pictures]
    gap = max(4, sum(array.shape[1] for array in arrays) // 60)
    width = sum(array.shape[1] + gap for array in arrays) - gap
    height = max(array.shape[0] for array in arrays)
    figure, axes = panels(1, 1, (8.8, 8.8 * height / width + 0.9))
    cell, left = axes[0, 0], 0
    for array, caption in zip(arrays, captions, strict=True):
        down, across = array.shape[:2]
        extent = (left, left + across, down, 0)
        cell.imshow(array, vmin=0, vmax=255, extent=extent, interpolation="nearest")
        cell.text(left + across / 2, -gap / 2, caption, ha="center", va="bottom", fontsize=8)
        left += across + gap
    cell.set(xlim=(0, width), ylim=(height, -3 * gap), xlabel="pixels", yticks=[])
    cell.grid(False)
    cell.spines["left"].set_visible(False)
    cell.set_title(title)
    return figure


def bars(
    shares: DataFrame, axis: str, title: str, reference: Series | None = None, size: float = 8.4
) -> Figure:
    """Grouped bars: a group a row of `shares`, a bar a column (a split), as parts of 1.

    `reference`, with the same rows, is drawn as black marks and named by its `name`.
    """
    figure, axes = panels(1, 1, (size, 2.8))
    cell, count = axes[0, 0], len(shares.columns)
    places = np.arange(len(shares))
    for i, split in enumerate(shares.columns):
        cell.bar(
            places + (i - (count - 1) / 2) * 0.8 / count,
            shares[split],
            0.8 / count,
            label=split,
            color=SPLIT_COLOURS.get(split, PALETTE[i]),
            hatch=HATCHES.get(split, ""),
            edgecolor="white",
            linewidth=0.5,
        )
    if reference is not None:
        cell.plot(places, reference, "k_", markersize=26, mew=2, label=str(reference.name))
    cell.set_xticks(places, [str(label) for label in shares.index])
    cell.set(xlabel=axis, ylabel="share", title=title)
    cell.legend()
    return figure


def distributions(
    sources: Mapping[str, DataFrame], columns: Mapping[str, tuple[str, float, float]], title: str
) -> Figure:
    """Distributions of measurements: a row of panels a source, a panel a measurement.

    Args:
        sources: name -> measurements with a column `split`.
        columns: column -> (label with unit, lowest, highest value drawn); what lies beyond is
            counted in the outermost bins.
    """
    figure, axes = panels(len(columns), len(sources), (8.8 / len(columns), 2.3))
    for row, (source, measures) in zip(axes, sources.items(), strict=True):
        for cell, (column, (label, low, high)) in zip(row, columns.items(), strict=True):
            edges = np.linspace(low, high, 31).tolist()
            for split, part in measures.groupby("split", sort=False):
                _outline(cell, np.clip(part[column], low, high), edges, str(split))
            cell.set(xlabel=label, yticks=[], xlim=(low, high))
        row[0].set_ylabel(source)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    figure.suptitle(title, fontweight="bold", fontsize=10)
    return figure


def quantile_boxes(
    sets: Mapping[str, Mapping[str, ArrayLike]], labels: Mapping[str, str], title: str
) -> Figure:
    """Sets beside each other in a few quantiles: a panel a measurement, a row a set.

    Args:
        sets: name -> measurement -> its quantiles at 5, 25, 50, 75 and 95 %, (5,).
        labels: measurement -> axis label with unit; in the order of the panels.
    """
    figure, axes = panels(len(labels), 1, (8.8 / len(labels), 0.9 + 0.35 * len(sets)))
    for cell, (column, label) in zip(axes[0], labels.items(), strict=True):
        names = ("whislo", "q1", "med", "q3", "whishi")
        boxes = [
            dict(zip(names, np.asarray(measured[column]).tolist(), strict=True))
            for measured in sets.values()
        ]
        drawn = cell.bxp(
            boxes, showfliers=False, orientation="horizontal", widths=0.5, patch_artist=True
        )
        for box, colour in zip(drawn["boxes"], PALETTE, strict=False):
            box.set(facecolor=colour, alpha=0.35)
        for line in drawn["medians"]:
            line.set(color=BLACK, linewidth=2)
        cell.set_yticks(range(1, len(sets) + 1), list(sets) if cell is axes[0, 0] else [])
        cell.set(xlabel=label, xlim=(0, None))
        cell.invert_yaxis()
        cell.grid(True, axis="x")
    figure.suptitle(title, fontweight="bold", fontsize=10)
    return figure


def _outline(cell: Axes, values: ArrayLike, edges: list[float], split: str) -> None:
    cell.hist(
        np.asarray(values),
        edges,
        density=True,
        histtype="step",
        linewidth=1.8,
        color=SPLIT_COLOURS.get(split, BLACK),
        linestyle=SPLIT_LINES.get(split, "-"),
        label=split,
    )


def windows_on(
    picture: ArrayLike, windows: Mapping[str, Sequence[float]], box: ArrayLike, title: str
) -> Figure:
    """A picture on the ground that surrounds it, with windows that may reach outside, and a box.

    `windows` are left, top, right, bottom in pixels, by name.
    """
    array = as_picture(picture)
    height, width = array.shape[:2]
    edges = np.array([[0, 0, width, height], *windows.values()], dtype=float)
    (left, top), (right, bottom) = edges[:, :2].min(axis=0), edges[:, 2:].max(axis=0)
    rim = 0.03 * max(right - left, bottom - top)
    across, down = right - left + 2 * rim, bottom - top + 2 * rim
    scale = min(8.4 / across, 4.2 / down)
    figure, axes = panels(1, 1, (max(5.0, scale * across), scale * down + 0.9))
    cell = axes[0, 0]
    show_picture(cell, array)
    cell.set(xlim=(left - rim, right + rim), ylim=(bottom + rim, top - rim), facecolor="#D8DEE4")
    colours = dict(zip(windows, (ORANGE, SKY, RED, BLUE), strict=False))
    for (name, window), line in zip(windows.items(), DASHES, strict=False):
        draw_boxes(cell, window, colours[name], line, 2)
    draw_boxes(cell, box, "white", "-", 1.5)
    lines = {name: (colours[name], line) for name, line in zip(windows, DASHES, strict=False)}
    _name_lines(figure, lines)
    cell.set_title(title, fontweight="bold")
    return figure
