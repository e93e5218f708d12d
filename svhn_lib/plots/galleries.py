"""Galleries of numbers: what was read in them, how they were prepared, what their columns say.

Plain grids of pictures are in `pictures`; whole photos with their boxes are in `photos`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from pandas import DataFrame

from svhn_lib.plots.figures import DescribedFigure
from svhn_lib.plots.pictures import as_picture, draw_boxes, picture_grid, show_picture
from svhn_lib.plots.theme import BLACK, RED, SOFT, YELLOW, cells, panels

_WIDTH = 8.4  # inches, of a row of wide pictures


def answers(
    pictures: Sequence[ArrayLike],
    table: DataFrame,
    columns: int = 6,
    title: str = "",
    wide: bool = False,
) -> Figure:
    r"""Draw pictures with what was read and its confidence; a wrong answer names the true number.

    Args:
        pictures: one for each row of `table`, as `picture_grid` takes them.
        table: number, predicted (None for no number), confidence.
        columns: pictures per row.
        title: of the figure.
        wide: whether the pictures, all of one size, are wide: then rows are as low as they are.

    Example:
        >>> import numpy as np
        >>> rows = {"number": ["7", "25"], "predicted": ["7", "26"], "confidence": [0.98, 0.4]}
        >>> figure = answers(np.zeros((2, 8, 8, 3)), DataFrame(rows))
        >>> [axes.get_title() for axes in figure.axes]
        ['7  0.98', '25 read 26\nconfidence 0.40']
    """
    rows = list(zip(table["number"], table["predicted"], table["confidence"], strict=True))
    captions = [
        f"{read or 'nothing'}  {sure:.2f}"
        if true == read
        else f"{true} read {read or 'nothing'}\nconfidence {sure:.2f}"
        for true, read, sure in rows
    ]
    colours = [BLACK if true == read else RED for true, read, _ in rows]
    figure = picture_grid(pictures, captions, columns, title, colours=colours, size=1.4)
    if wide:
        height = _WIDTH / columns / _ratio(pictures) + 0.42  # captions have up to two lines
        figure.set_size_inches(_WIDTH, height * -(-len(pictures) // columns) + 0.35)
    return figure


def canvas_rows(
    rows: Mapping[str, Sequence[ArrayLike]],
    title: str = "",
    boxes: Mapping[str, Sequence[ArrayLike]] | None = None,
) -> Figure:
    """Draw canvases of several kinds, a named row per kind that fills the width at its own scale.

    Args:
        rows: for each kind pictures of one size, as `show_picture` takes them.
        title: of the figure.
        boxes: for some kinds boxes (K, 4) in pixels of each picture.

    Example:
        >>> import numpy as np
        >>> figure = canvas_rows({"square": np.zeros((4, 64, 64)), "strip": np.zeros((2, 28, 140))})
        >>> [part.get_suptitle() for part in figure.subfigs]
        ['square', 'strip']
    """
    over = 0.3  # inches, of the name above a row
    heights = [over + _WIDTH / len(pictures) / _ratio(pictures) for pictures in rows.values()]
    figure = DescribedFigure(figsize=(_WIDTH, sum(heights) + 0.35), layout="constrained")
    figure.shows = "Canvases, a row per kind"
    parts = figure.subfigures(len(rows), 1, squeeze=False, height_ratios=heights)
    for part, (name, pictures) in zip(parts[:, 0], rows.items(), strict=True):
        axes = part.subplots(1, len(pictures), squeeze=False)[0]
        for i, (cell, picture) in enumerate(zip(axes, pictures, strict=True)):
            show_picture(cell, picture)
            if boxes and name in boxes:
                draw_boxes(cell, boxes[name][i])
        part.suptitle(name, x=0.01, ha="left", fontsize=9, fontweight="normal")
    figure.suptitle(title)
    return figure


def _ratio(pictures: Sequence[ArrayLike]) -> float:
    """Width over height."""
    height, width = as_picture(pictures[0]).shape[:2]
    return width / height


def picture_table(
    rows: Sequence[Sequence[ArrayLike]],
    row_names: Sequence[str],
    column_names: Sequence[str],
    title: str,
    boxes: Sequence[Sequence[ArrayLike]] = (),
    size: float = 1.2,
) -> Figure:
    """Draw pictures in named rows and columns.

    Args:
        rows: of pictures, as `show_picture` takes them.
        row_names: left of the rows.
        column_names: above the columns.
        title: of the figure.
        boxes: for every picture boxes (K, 4) to outline; none at all where empty.
        size: inches that a picture's cell is wide and high.

    Example:
        >>> import numpy as np
        >>> figure = picture_table(np.zeros((2, 3, 8, 8)), ["plain", "grey"], "abc", "Views")
        >>> [axes.get_ylabel() for axes in figure.axes if axes.get_ylabel()]
        ['plain', 'grey']
    """
    left = 0.1 + 0.075 * max(map(len, row_names))  # inches
    above = 0.5 / len(rows)  # for the title and the columns' names
    shape = (size + left / len(column_names), size + above)
    figure, axes = panels(
        len(column_names), len(rows), shape, shows="Pictures in named rows and columns"
    )
    for i, (line, pictures) in enumerate(zip(axes, rows, strict=True)):
        for j, (cell, picture) in enumerate(zip(line, pictures, strict=True)):
            show_picture(cell, picture, column_names[j] if i == 0 else "")
            if len(boxes):
                draw_boxes(cell, boxes[i][j])
        look = {"rotation": 0, "ha": "right", "va": "center", "fontsize": 9, "labelpad": 6}
        line[0].set_ylabel(row_names[i], **look)
    figure.suptitle(title)
    return figure


def column_pictures(
    pictures: Sequence[ArrayLike], targets: Sequence[Sequence[int]], title: str = "", none: int = 10
) -> Figure:
    """Draw pictures cut into columns by lines, and over each column the class it should say.

    Args:
        pictures: N, as `show_picture` takes them.
        targets: for each picture a class per column, from left to right.
        title: of the figure.
        none: the class that is written as a dot.

    Example:
        >>> import numpy as np
        >>> figure = column_pictures(np.zeros((1, 8, 16)), [[10, 2, 7, 10]])
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['·', '2', '7', '·']
    """
    figure, axes = cells(
        len(pictures), 4, (1.7, 1.75), shows="Pictures cut into columns, over each column its class"
    )
    for cell, picture, classes in zip(axes, pictures, targets, strict=True):
        show_picture(cell, picture)
        width = as_picture(picture).shape[1] / len(classes)
        for column, target in enumerate(classes):
            if column:
                cell.axvline(column * width, color=YELLOW, lw=0.8)
            text, colour = ("·", SOFT) if target == none else (str(target), BLACK)
            place = ((column + 0.5) * width, -1)
            cell.text(*place, text, ha="center", va="bottom", fontsize=10, color=colour)
    figure.suptitle(title)
    return figure


def level_maps(
    rows: Mapping[str, Sequence[ArrayLike]], names: Sequence[str], title: str = ""
) -> Figure:
    """Draw faint maps of grey levels, each row on a scale of its own that is drawn beside it.

    Args:
        rows: for each name maps (H, W) of values; a row's scale goes from its least to its largest.
        names: above the columns.
        title: of the figure.

    Example:
        >>> figure = level_maps({"mean": [[[100, 110], [104, 108]]]}, ["length 1"])
        >>> [axes.get_ylabel() for axes in figure.axes]
        ['mean', 'grey level']
    """
    figure, axes = panels(
        len(names), len(rows), (1.6, 1.65), shows="Maps of grey levels in named rows and columns"
    )
    for i, (row, maps) in enumerate(rows.items()):
        line = axes[i]
        values = [np.asarray(level, dtype=float) for level in maps]
        ends = {"vmin": min(map(np.min, values)), "vmax": max(map(np.max, values))}
        for cell, level, name in zip(line, values, names, strict=True):
            shown = cell.imshow(level, "gray", interpolation="nearest", **ends)
            cell.set(xticks=[], yticks=[])
            cell.grid(False)
            cell.spines[:].set_visible(False)
            if i == 0:
                cell.set_title(name, fontsize=9, fontweight="normal")
        line[0].set_ylabel(row)
        figure.colorbar(shown, ax=line.tolist(), label="grey level", shrink=0.85)
    figure.suptitle(title)
    return figure
