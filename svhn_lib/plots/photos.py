"""Whole photos: with the boxes of their labels, at one scale, with the windows that are cut.

What is cut out of them is drawn in `galleries`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from pandas import DataFrame

from svhn_lib.plots.pictures import as_picture, draw_boxes, name_boxes, show_picture
from svhn_lib.plots.theme import (
    BLUE,
    DASHES,
    ORANGE,
    RED,
    SKY,
    YELLOW,
    cells,
    legend_below,
    panels,
)


def overlay_grid(
    pictures: Sequence[ArrayLike], numbers: DataFrame, title: str, columns: int = 4
) -> Figure:
    """Draw pictures with the box of every digit and, dashed, the box of the whole number.

    Args:
        pictures: as `show_picture` takes them.
        numbers: the rows of a number table that belong to the pictures: number, digit_boxes, left,
            top, right, bottom; the numbers are the captions.
        title: of the figure.
        columns: pictures per row.

    Example:
        >>> box = {"left": [2.0], "top": [3.0], "right": [19.0], "bottom": [16.0]}
        >>> boxes = [[2, 3, 10, 15], [11, 4, 19, 16]]
        >>> numbers = DataFrame({"number": ["42"], "digit_boxes": [boxes], **box})
        >>> figure = overlay_grid([np.zeros((20, 30, 3))], numbers, "One number")
        >>> figure.axes[0].get_title()
        '42'
    """
    figure, axes = cells(
        len(pictures),
        columns,
        (8.8 / columns, 5.6 / columns),
        shows="Photos with the box of every digit and of the whole number",
    )
    whole = numbers[["left", "top", "right", "bottom"]].to_numpy()
    rows = zip(axes, pictures, numbers["number"], numbers["digit_boxes"], whole, strict=True)
    for cell, picture, text, boxes, box in rows:
        show_picture(cell, picture, text)
        draw_boxes(cell, boxes)
        draw_boxes(cell, box, SKY, "--")
    name_boxes(figure, {"digit": (YELLOW, "-"), "whole number": (SKY, "--")})
    figure.suptitle(title)
    return figure


def at_one_scale(pictures: Sequence[ArrayLike], captions: Sequence[str], title: str) -> Figure:
    """Draw pictures side by side, a pixel of each equally large, with a ruler in pixels.

    Args:
        pictures: as `as_picture` takes them.
        captions: above each of them.
        title: of the figure.

    Example:
        >>> figure = at_one_scale([np.zeros((20, 30)), np.zeros((60, 90))], ["a", "b"], "Sizes")
        >>> [image.get_extent()[2] for image in figure.axes[0].images]
        [20, 60]
    """
    arrays = [as_picture(picture) for picture in pictures]
    gap = max(4, sum(array.shape[1] for array in arrays) // 60)
    width = sum(array.shape[1] + gap for array in arrays) - gap
    height = max(array.shape[0] for array in arrays)
    figure, ((axes,),) = panels(
        1,
        size=(8.8, 8.8 * height / width + 0.9),
        shows="Pictures side by side, a pixel of each equally large",
    )
    left = 0
    for array, caption in zip(arrays, captions, strict=True):
        down, across = array.shape[:2]
        extent = (left, left + across, down, 0)
        axes.imshow(array, "gray", vmin=0, vmax=255, extent=extent, interpolation="nearest")
        axes.text(left + across / 2, -gap / 2, caption, ha="center", va="bottom", fontsize=8)
        left += across + gap
    lines = max(caption.count("\n") for caption in captions)
    axes.set(xlim=(0, width), ylim=(height, -3 * gap), xlabel="pixels", yticks=[])
    axes.set_title(title, pad=6 + 10 * lines)  # above the captions
    axes.grid(False)
    axes.spines["left"].set_visible(False)
    return figure


def windows_on(
    picture: ArrayLike, windows: Mapping[str, Sequence[float]], box: ArrayLike, title: str
) -> Figure:
    """Draw a picture on the ground that surrounds it, with windows that may reach outside.

    Args:
        picture: as `show_picture` takes it.
        windows: for each name left, top, right, bottom in pixels.
        box: of the number, drawn in white.
        title: of the figure.

    Example:
        >>> figure = windows_on(np.zeros((20, 30)), {"square": (-5, -5, 25, 25)}, (4, 4, 8, 8), "")
        >>> [text.get_text() for text in figure.legends[0].get_texts()]
        ['square']
    """
    array = as_picture(picture)
    height, width = array.shape[:2]
    edges = np.array([[0, 0, width, height], *windows.values()], dtype=float)
    (left, top), (right, bottom) = edges[:, :2].min(axis=0), edges[:, 2:].max(axis=0)
    rim = 0.03 * max(right - left, bottom - top)
    across, down = right - left + 2 * rim, bottom - top + 2 * rim
    scale = min(8.4 / across, 4.2 / down)
    figure, ((axes,),) = panels(
        1,
        size=(max(5.0, scale * across), scale * down + 0.9),
        shows="A photo on its surroundings, with the outlines of named windows",
    )
    show_picture(axes, array)
    axes.set(xlim=(left - rim, right + rim), ylim=(bottom + rim, top - rim), facecolor="#D8DEE4")
    looks = zip(windows, (ORANGE, SKY, RED, BLUE), DASHES, strict=False)
    lines = {name: (colour, line) for name, colour, line in looks}
    for name, (colour, line) in lines.items():
        draw_boxes(axes, windows[name], colour, line, 2)
    draw_boxes(axes, box, "white")
    name_boxes(figure, lines)
    axes.set_title(title, fontweight="bold")
    return figure


def colour_cloud(pixels: ArrayLike, vectors: ArrayLike, spread: ArrayLike, title: str) -> Figure:
    """Draw pixels from two sides of the colour cube, with the directions in which they vary.

    A direction that points at the viewer is seen as a dot.

    Args:
        pixels: (K, 3) of 0-255: red, green, blue.
        vectors: (3, 3), a direction in each column.
        spread: (3,), how long to draw each either way, in levels.
        title: of the figure.

    Example:
        >>> figure = colour_cloud(np.full((9, 3), 128), np.eye(3), [1, 10, 20], "Colours")
        >>> [text.get_text() for text in figure.legends[0].get_texts()]
        ['axis 1: 20 levels', 'axis 2: 10 levels', 'axis 3: 1 levels']
    """
    points, directions = np.asarray(pixels, dtype=float), np.asarray(vectors, dtype=float)
    lengths, middle = np.asarray(spread, dtype=float), points.mean(axis=0)
    figure, axes = panels(
        2,
        size=(4.2, 3.6),
        shows="Colours of pixels as points, with the directions in which they vary most",
    )
    channels = ("red", "green", "blue")
    for cell, (x, y) in zip(axes[0], ((0, 1), (0, 2)), strict=True):
        cell.scatter(points[:, x], points[:, y], s=4, c=points / 255, linewidths=0)
        for i, colour in enumerate((SKY, ORANGE, RED)):
            start, end = (middle + side * lengths[i] * directions[:, i] for side in (-1, 1))
            line = ([start[x], end[x]], [start[y], end[y]])
            cell.plot(*line, color="white", lw=4.5, marker="o", ms=7)
            label = f"axis {3 - i}: {lengths[i]:.0f} levels"
            cell.plot(*line, color=colour, lw=2.5, marker="o", ms=4, label=label)
        cell.set(xlabel=f"{channels[x]}, 0–255", ylabel=f"{channels[y]}, 0–255", aspect="equal")
        cell.set(xlim=(0, 255), ylim=(0, 255))
    legend_below(figure, axes[0, 0], backwards=True)
    figure.suptitle(title)
    return figure
