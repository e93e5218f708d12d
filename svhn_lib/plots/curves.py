"""Curves over something that was varied: preprocessing, the training set's size, degradation.

Also the curves of two samples, and where they differ most. Values come from a notebook or from
`analysis.degrade`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike
from pandas import DataFrame

from svhn_lib.plots.theme import BLACK, BLUE, ORANGE, as_percent, legend_below, look, panels


def line_panels(tables: Mapping[str, DataFrame], axis: str, title: str) -> Figure:
    """Draw a panel for every table: a marked line per column, over the index.

    Args:
        tables: for each name, which is that of its value axis, a table; all have the same columns.
        axis: what the indices are.
        title: of the figure.

    Example:
        >>> table = DataFrame({"square": [3.0, 2.0], "clipped": [5.0, 5.0]}, index=[1, 2])
        >>> figure = line_panels({"height": table}, "digits", "Heights")
        >>> [line.get_ydata().tolist() for line in figure.axes[0].lines]
        [[3.0, 2.0], [5.0, 5.0]]
    """
    figure, axes = panels(
        len(tables),
        size=(8.4 / len(tables), 2.9),
        sharey=True,
        shows="Lines, a panel per measurement",
    )
    for cell, (value, table) in zip(axes[0], tables.items(), strict=True):
        for i, name in enumerate(table.columns):
            cell.plot(table.index, table[name], label=str(name), **look(i))
        cell.set(xlabel=axis, ylabel=value, xticks=list(table.index))
        cell.set_ylim(bottom=0)
    legend_below(figure, axes[0, 0])
    figure.suptitle(title)
    return figure


def size_curves(table: DataFrame, title: str = "") -> Figure:
    """Draw accuracies over the number of training canvases, logarithmic: a line per column.

    Args:
        table: shares of 0 to 1, indexed by how many canvases were trained on.
        title: of the figure.

    Example:
        >>> figure = size_curves(DataFrame({"test": [0.3, 0.7]}, index=[320, 20_480]))
        >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
        ['320', '20,480']
    """
    figure, ((axes,),) = panels(
        1, size=(6.4, 3.0), shows="Lines that show what more training canvases bring"
    )
    for i, name in enumerate(table.columns):
        axes.plot(table.index, table[name], label=str(name), **look(i))
    axes.set(xscale="log", ylim=(0, 1.04), title=title)
    axes.set(xlabel="training canvases", ylabel="whole numbers read right")
    axes.set_xticks(list(table.index), [f"{count:,}" for count in table.index])
    axes.xaxis.set_minor_locator(NullLocator())
    as_percent(axes.yaxis)
    axes.legend()
    return figure


def degradation_curves(tables: Mapping[str, DataFrame], title: str = "") -> Figure:
    """Draw a panel for each degradation: accuracy and mean confidence over its strength.

    Args:
        tables: for each name, with its unit, a table indexed by strength: accuracy, confidence.
        title: of the figure.

    Example:
        >>> table = DataFrame({"accuracy": [0.9, 0.5], "confidence": [0.9, 0.7]}, [0.0, 2.0])
        >>> figure = degradation_curves({"blur: sigma, pixels": table})
        >>> figure.axes[0].get_xlabel()
        'blur: sigma, pixels'
    """
    figure, axes = panels(
        len(tables),
        size=(9.0 / len(tables), 2.8),
        sharey=True,
        shows="Accuracy and confidence over strength, a panel per degradation",
    )
    for cell, (name, table) in zip(axes[0], tables.items(), strict=True):
        for column, colour, mark in (("accuracy", BLUE, "o-"), ("confidence", ORANGE, "s--")):
            label = {"accuracy": "read right", "confidence": "mean confidence"}[column]
            cell.plot(table.index, table[column], mark, color=colour, ms=4, label=label)
        cell.set_xlabel(name)
    axes[0, 0].set_ylim(0, 1.03)
    as_percent(axes[0, 0].yaxis)
    axes[0, 0].legend(loc="lower left")
    figure.suptitle(title)
    return figure


def largest_gap(
    values: ArrayLike, shares: Mapping[str, ArrayLike], axis: str, title: str = ""
) -> Figure:
    """Draw two samples as the share at or below each value, and where they differ most.

    Args:
        values: ascending, (N,).
        shares: for the name of each of two samples its share at or below each value, (N,).
        axis: what the values are.
        title: of the figure.

    Example:
        >>> figure = largest_gap([1, 2, 3], {"a": [0.5, 0.9, 1.0], "b": [0.1, 0.8, 1.0]}, "size")
        >>> figure.axes[0].texts[0].get_text()
        'largest difference: 0.40'
    """
    figure, ((axes,),) = panels(
        1, size=(6.4, 3.0), shows="The shares of two samples below each value, and their distance"
    )
    places = np.asarray(values)
    first, second = (np.asarray(below) for below in shares.values())
    for i, (name, below) in enumerate(shares.items()):
        style = {**look(i), "marker": ""}
        axes.plot(places, below, drawstyle="steps-post", label=name, **style)
    at = np.abs(first - second).argmax()
    low, high = sorted((first[at], second[at]))
    axes.plot([places[at]] * 2, [low, high], color=BLACK, lw=2.5, solid_capstyle="butt")
    axes.annotate(
        f"largest difference: {high - low:.2f}",
        (places[at], (low + high) / 2),
        (8, -3),
        textcoords="offset points",
        fontsize=9,
        bbox={"fc": "white", "ec": "none", "pad": 1},
    )
    axes.set(xlabel=axis, ylabel="share at or below", ylim=(0, 1.03), title=title)
    as_percent(axes.yaxis)
    axes.legend(loc="lower right")
    return figure
