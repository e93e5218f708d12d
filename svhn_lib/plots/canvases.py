"""Figures of numbers on canvases: the canvases themselves, and what nets make of them.

They draw what a notebook has measured; numbers of streets are drawn in `errors` and `data`.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator, PercentFormatter
from numpy.typing import ArrayLike
from pandas import DataFrame

from svhn_lib.plots import (
    BLUE,
    DASHES,
    PALETTE,
    SOFT,
    YELLOW,
    as_picture,
    draw_boxes,
    panels,
    show_picture,
)
from svhn_lib.plots.errors import answers
from svhn_lib.plots.training import History

_PERCENT = PercentFormatter(1, decimals=0)
_THOUSANDS = FuncFormatter(lambda value, _: f"{value / 1000:g}")


def canvas_rows(
    rows: Mapping[str, Sequence[ArrayLike]],
    title: str = "",
    boxes: Mapping[str, Sequence[ArrayLike]] | None = None,
) -> Figure:
    """Canvases of several kinds, a named row a kind; each row fills the width at its own scale.

    Args:
        rows: for each kind pictures of one size, as `show_picture` takes them.
        boxes: for some kinds boxes (K, 4) in pixels of each picture.
    """
    wide, over = 8.4, 0.3  # inches: of a row, and of the name above it
    heights = [over + wide / len(pictures) / _shape(pictures) for pictures in rows.values()]
    figure = plt.figure(figsize=(wide, sum(heights) + 0.35), layout="constrained")
    plt.close(figure)  # else the notebook would show it a second time
    parts = figure.subfigures(len(rows), 1, squeeze=False, height_ratios=heights)
    for part, (name, pictures) in zip(parts[:, 0], rows.items(), strict=True):
        cells = part.subplots(1, len(pictures), squeeze=False)[0]
        for i, (cell, picture) in enumerate(zip(cells, pictures, strict=True)):
            show_picture(cell, picture)
            if boxes and name in boxes:
                draw_boxes(cell, boxes[name][i], YELLOW)
        part.suptitle(name, x=0.01, ha="left", fontsize=9)
    figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure


def wide_answers(
    pictures: Sequence[ArrayLike], table: DataFrame, columns: int = 4, title: str = ""
) -> Figure:
    """The gallery `errors.answers` of wide pictures of one size, in rows as low as they are."""
    figure = answers(pictures, table, columns, title)
    wide = 8.4  # inches
    row = wide / columns / _shape(pictures) + 0.42  # captions have up to two lines
    figure.set_size_inches(wide, row * -(-len(pictures) // columns) + 0.35)
    return figure


def _shape(pictures: Sequence[ArrayLike]) -> float:
    """Width over height."""
    height, width = as_picture(pictures[0]).shape[:2]
    return width / height


def seed_curves(runs: Mapping[str, Sequence[History]], title: str = "") -> Figure:
    """Validation accuracy of several runs under each name: a thin line each, a thick one the mean.

    Args:
        runs: for each name the histories of its seeds, validated at the same steps.
    """
    figure, ((axes,),) = panels(1, size=(6.4, 3.0))
    for i, (name, histories) in enumerate(runs.items()):
        places = [row["examples"] for row in histories[0]]
        values = np.array([[row["sequence_accuracy"] for row in rows] for rows in histories])
        colour, line = PALETTE[i % len(PALETTE)], DASHES[i % len(DASHES)]
        for each in values:
            axes.plot(places, each, color=colour, lw=0.8, alpha=0.7)
        axes.plot(places, values.mean(axis=0), line, color=colour, lw=2.2, marker="o", label=name)
    axes.set(xlabel="canvases seen, thousands", ylabel="whole numbers read right", title=title)
    axes.set(xlim=(0, None), ylim=(0, 1))
    axes.xaxis.set_major_formatter(_THOUSANDS)
    axes.yaxis.set_major_formatter(_PERCENT)
    axes.legend(loc="upper left", title="mean of its seeds", fontsize=8, title_fontsize=8)
    return figure


def share_bars(shares: Mapping[str, float], title: str = "", marked: str = "") -> Figure:
    """Shares of 0 to 1 as flat bars, each with its value; the bar called `marked` stands out."""
    figure, ((axes,),) = panels(1, size=(7.6, 0.6 + 0.32 * len(shares)))
    colours = [BLUE if name == marked or not marked else SOFT for name in shares]
    bars = axes.barh(list(shares), list(shares.values()), color=colours, height=0.62)
    axes.bar_label(bars, [f"{value:.1%}" for value in shares.values()], padding=4, fontsize=9)
    axes.set(title=title, xlim=(0, 1.1))
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.xaxis.set_major_formatter(_PERCENT)
    axes.invert_yaxis()
    axes.grid(False)
    axes.tick_params(axis="y", length=0)
    return figure


def size_curves(table: DataFrame, title: str = "") -> Figure:
    """Accuracies over the number of training canvases, logarithmic: a marked line a column.

    Args:
        table: shares of 0 to 1, indexed by how many canvases were trained on.
    """
    figure, ((axes,),) = panels(1, size=(6.4, 3.0))
    for i, name in enumerate(table.columns):
        line, mark = DASHES[i % len(DASHES)], "os^D"[i % 4]
        axes.plot(table.index, table[name], line, marker=mark, label=str(name))
    axes.set(xscale="log", ylim=(0, 1.04), title=title)
    axes.set(xlabel="training canvases", ylabel="whole numbers read right")
    axes.set_xticks(list(table.index), [f"{count:,}" for count in table.index])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(_PERCENT)
    axes.legend(fontsize=8)
    return figure
