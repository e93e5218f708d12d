"""Figures of what is done to pictures before a network sees them: crops, colours, storage.

The pictures come from `data.crops` and `augment`; where they come from is drawn in `data`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from pandas import DataFrame

from svhn_lib.plots import (
    BLUE,
    DASHES,
    ORANGE,
    RED,
    SKY,
    draw_boxes,
    panels,
    show_picture,
)


def picture_table(
    rows: Sequence[Sequence[ArrayLike]],
    row_names: Sequence[str],
    column_names: Sequence[str],
    title: str,
    boxes: Sequence[Sequence[ArrayLike]] = (),
    size: float = 1.2,
) -> Figure:
    """Pictures in named rows and columns; `boxes`, where given, holds (K, 4) for every picture."""
    label = 0.1 + 0.075 * max(map(len, row_names))  # inches left of the pictures
    over = 0.5 / len(rows)  # for the title and the columns' names
    figure, axes = panels(
        len(column_names), len(rows), (size + label / len(column_names), size + over)
    )
    for i, (cells, pictures) in enumerate(zip(axes, rows, strict=True)):
        for j, (cell, picture) in enumerate(zip(cells, pictures, strict=True)):
            show_picture(cell, picture, column_names[j] if i == 0 else "")
            if len(boxes):
                draw_boxes(cell, boxes[i][j])
        cells[0].set_ylabel(
            row_names[i], rotation=0, ha="right", va="center", fontsize=9, labelpad=6
        )
    figure.suptitle(title, fontweight="bold", fontsize=10)
    return figure


def curves(tables: Mapping[str, DataFrame], axis: str, title: str) -> Figure:
    """A panel for every table, named by its value axis; a marked line a column, over the index."""
    figure, axes = panels(len(tables), 1, (8.4 / len(tables), 2.9), sharey=True)
    for cell, (value, table) in zip(axes[0], tables.items(), strict=True):
        for i, name in enumerate(table.columns):
            line, mark = DASHES[i % len(DASHES)], "os^D"[i % 4]
            cell.plot(table.index, table[name], line, marker=mark, label=str(name))
        cell.set(xlabel=axis, ylabel=value, xticks=list(table.index))
        cell.set_ylim(bottom=0)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    figure.suptitle(title, fontweight="bold", fontsize=10)
    return figure


def value_histograms(
    groups: Mapping[str, Sequence[ArrayLike]], names: Sequence[str], title: str
) -> Figure:
    """Histograms of the values of some pictures: a panel a group, a line for each of `names`."""
    figure, axes = panels(len(groups), 1, (8.4 / len(groups), 2.5))
    for cell, (group, pictures) in zip(axes[0], groups.items(), strict=True):
        for i, (name, picture) in enumerate(zip(names, pictures, strict=True)):
            values = np.asarray(picture, dtype=float).ravel()
            # Thinner lines on top, so that equal ones can be told from missing ones.
            look = {"linestyle": DASHES[i % 4], "linewidth": 3 - 0.8 * i, "label": name}
            cell.hist(values, 40, histtype="step", density=True, **look)
        cell.set(xlabel=group, yticks=[])
    axes[0, 0].set_ylabel("share of pixels")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    figure.suptitle(title, fontweight="bold", fontsize=10)
    return figure


def colour_cloud(pixels: ArrayLike, vectors: ArrayLike, spread: ArrayLike, title: str) -> Figure:
    """Pixels (K, 3) of 0-255 seen from two sides, with the directions in which they vary.

    `vectors` (3, 3) holds a direction in each column, `spread` (3,) how long to draw it.
    """
    points, directions = np.asarray(pixels, dtype=float), np.asarray(vectors, dtype=float)
    lengths, middle = np.asarray(spread, dtype=float), points.mean(axis=0)
    figure, axes = panels(2, 1, (4.2, 3.6))
    channels = ("red", "green", "blue")
    for cell, (x, y) in zip(axes[0], ((0, 1), (0, 2)), strict=True):
        cell.scatter(points[:, x], points[:, y], s=4, c=points / 255, linewidths=0)
        for i, colour in enumerate((SKY, ORANGE, RED)):
            start, end = (middle + side * lengths[i] * directions[:, i] for side in (-1, 1))
            cell.plot([start[x], end[x]], [start[y], end[y]], color="white", lw=4.5)
            label = f"axis {3 - i}: {lengths[i]:.0f} levels"
            cell.plot([start[x], end[x]], [start[y], end[y]], color=colour, lw=2.5, label=label)
        cell.set(xlabel=f"{channels[x]}, 0–255", ylabel=f"{channels[y]}, 0–255", aspect="equal")
        cell.set(xlim=(0, 255), ylim=(0, 255))
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=3)
    figure.suptitle(title, fontweight="bold", fontsize=10)
    return figure


def ratio_bars(table: DataFrame, title: str) -> Figure:
    """Flat bars with their values: a panel a column of `table`, a bar a row.

    A column whose values span more than a factor of 20 has a logarithmic axis.
    """
    figure, axes = panels(len(table.columns), 1, (8.8 / len(table.columns), 0.36 * len(table) + 1))
    for i, (cell, name) in enumerate(zip(axes[0], table.columns, strict=True)):
        values = table[name].to_numpy(dtype=float)
        marks = cell.barh(list(table.index), values, color=BLUE, height=0.6)
        cell.bar_label(marks, [f"{value:,.2g}" for value in values], padding=3, fontsize=8)
        if values.max() > 20 * values.min():
            cell.set(xscale="log", xlim=(0.5 * values.min(), 6 * values.max()))
        else:
            cell.set_xlim(0, 1.25 * values.max())
        cell.set_xlabel(name)
        cell.grid(True, axis="x")
        cell.grid(False, axis="y")
        cell.invert_yaxis()
        if i:
            cell.set_yticklabels([])
    figure.suptitle(title, fontweight="bold", fontsize=10)
    return figure
