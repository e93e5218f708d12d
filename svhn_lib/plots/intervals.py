"""Shares with their intervals: accuracy by group, by condition, by digit, by length.

The tables come from `analysis`, or from a notebook; no share and no interval is computed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from pandas import DataFrame

from svhn_lib.plots.theme import (
    BEHIND,
    BLACK,
    DASHES,
    MARKERS,
    ORANGE,
    PALETTE,
    RED,
    SKY,
    SOFT,
    as_percent,
    legend_below,
    panels,
    turn_where_tight,
)


def draw_intervals(
    axes: Axes, tables: Mapping[str, DataFrame], groups: Sequence[Any], connected: bool = False
) -> None:
    """Draw shares with their intervals, several series side by side in each group.

    Args:
        axes: to draw on; group i is at place i.
        tables: for each series a table indexed by group: accuracy, low, high, and where it has
            the column, numbers: how many each accuracy is of, written above it.
        groups: in order; a table need not have them all.
        connected: whether the accuracies of a series are joined by a line.

    Example:
        >>> table = DataFrame({"accuracy": [0.9], "low": [0.8], "high": [0.95], "numbers": [40]})
        >>> figure, ((axes,),) = panels(1)
        >>> draw_intervals(axes, {"a reader": table}, [0])
        >>> [text.get_text() for text in axes.texts]
        ['40']
    """
    order = list(groups)
    rows = [
        (name, order.index(group), share)
        for name, table in tables.items()
        for group, shares in zip(table.index, _shares(table), strict=True)
        for share in shares
    ]
    width = min(0.16 * (len(tables) - 1), 0.8)  # or many series would reach into the next group
    sns.pointplot(
        DataFrame(rows, columns=pd.Index(["series", "place", "share"])),
        x="place",
        y="share",
        hue="series",
        hue_order=[*tables],
        order=range(len(order)),
        estimator="median",  # of lower bound, accuracy and upper bound: the accuracy,
        errorbar=("pi", 100),  # and from the least to the greatest of them: the interval
        dodge=width or False,
        palette=PALETTE[: len(tables)],
        markers=[MARKERS[i % len(MARKERS)] for i in range(len(tables))],
        linestyles=[DASHES[i % len(DASHES)] if connected else "none" for i in range(len(tables))],
        markersize=6,
        linewidth=1.3,
        capsize=0.08,
        err_kws={"linewidth": 1.3},
        legend="full" if len(tables) > 1 else False,
        ax=axes,
    )
    if legend := axes.get_legend():
        legend.remove()  # the caller names them where they hide nothing
    for i, table in enumerate(tables.values()):
        shift = width * (i / (len(tables) - 1) - 0.5) if width else 0.0
        for group, count, high in zip(
            table.index, table.get("numbers", ()), table["high"], strict=False
        ):
            axes.annotate(
                f"{count:,.0f}", (order.index(group) + shift, high), (0, 4),
                textcoords="offset points", ha="center", fontsize=8, color=SOFT, bbox=BEHIND,
            )  # fmt: skip


def _shares(table: DataFrame) -> np.ndarray:
    """Lower bound, accuracy and upper bound of each group, (G, 3)."""
    return table[["low", "accuracy", "high"]].to_numpy(dtype=float)


def accuracy_by_group(
    shares: Mapping[str, DataFrame],
    group: str,
    title: str = "",
    connected: bool = False,
    value: str = "whole numbers read right",
) -> Figure:
    """Draw accuracy with its interval for each group of numbers, one or several sets side by side.

    Args:
        shares: for each set's name a table as for `draw_intervals`. Groups that are names stand as
            they come, others in order.
        group: what the groups are, for the axis.
        title: of the figure.
        connected: whether the accuracies of a set are joined by a line.
        value: what the shares are, for the axis.

    Example:
        >>> lengths = DataFrame(
        ...     {"numbers": [80, 20], "accuracy": [0.9, 0.5], "low": [0.8, 0.3], "high": [1, 0.7]},
        ...     index=[1, 2],
        ... )
        >>> figure = accuracy_by_group({"rendered": lengths}, "digits in the number")
        >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
        ['1', '2']
    """
    figure, ((axes,),) = panels(1, size=(6.4, 3.0), shows="Points with their intervals")
    groups = list(dict.fromkeys(key for table in shares.values() for key in table.index))
    if not all(isinstance(key, str) for key in groups):
        groups.sort()  # names stay as they come
    draw_intervals(axes, shares, groups, connected)
    axes.set_xticks(range(len(groups)), [str(name) for name in groups])
    axes.set(title=title, xlabel=group, ylabel=value)
    axes.set(xlim=(-0.6, len(groups) - 0.4), ylim=(-0.02, 1.09), yticks=np.linspace(0, 1, 6))
    as_percent(axes.yaxis)
    if len(shares) > 1:
        legend_below(figure, axes)
    turn_where_tight(figure, axes)
    return figure


def accuracy_by_condition(
    tables: Mapping[str, DataFrame], overall: float, title: str = ""
) -> Figure:
    """Draw a panel for each condition of the pictures: accuracy in each of its bins.

    Args:
        tables: for each condition's name, with its unit, a table as for `draw_intervals`, indexed
            by pandas intervals that follow on each other, whose ends mark the axis.
        overall: accuracy of all numbers, drawn as a line.
        title: of the figure.

    Example:
        >>> bins = pd.IntervalIndex.from_breaks([4.0, 12.0, 80.0])
        >>> table = DataFrame({"accuracy": [0.5, 0.9], "low": [0.3, 0.8], "high": [0.7, 1]}, bins)
        >>> figure = accuracy_by_condition({"height, pixels": table}, 0.8)
        >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
        ['4', '12', '80']
    """
    figure, axes = panels(
        len(tables),
        1,
        (9.0 / len(tables), 3.0),
        sharey=True,
        shows="Points with their intervals, a panel per condition",
    )
    for cell, (name, table) in zip(axes[0], tables.items(), strict=True):
        cell.axhline(overall, color=SOFT, lw=1, ls="--")
        draw_intervals(cell, {name: table}, table.index.tolist())
        edges = [table.index[0].left, *(interval.right for interval in table.index)]
        names = [f"{edge:.0f}" if edge >= 10 else f"{edge:.2g}" for edge in edges]
        cell.set_xticks(np.arange(len(edges)) - 0.5, names)
        cell.set(xlabel=name, ylabel="whole numbers read right", xlim=(-0.6, len(table) - 0.4))
    lowest = max(-0.02, min(float(table["low"].min()) for table in tables.values()) - 0.05)
    axes[0, 0].set_ylim(lowest, 1 + 0.1 * (1 - lowest))
    as_percent(axes[0, 0].yaxis)
    figure.suptitle(title)
    return figure


def accuracy_by_digit(shares: DataFrame, overall: float, title: str = "") -> Figure:
    """Draw accuracy with its interval for each digit, and that of all digits as a line.

    Args:
        shares: a table as for `draw_intervals`, indexed by digit.
        overall: accuracy of all digits together.
        title: of the figure.

    Example:
        >>> table = DataFrame({"accuracy": [0.9], "low": [0.8], "high": [0.95]}, index=[3])
        >>> figure = accuracy_by_digit(table, 0.9)
        >>> figure.axes[0].get_legend().get_texts()[0].get_text()
        'all digits, 90.0%'
    """
    figure, ((axes,),) = panels(
        1, size=(6.6, 3.0), shows="Points with their intervals, and a line for all digits"
    )
    axes.axhline(overall, color=SOFT, lw=1, ls="--", label=f"all digits, {overall:.1%}")
    draw_intervals(axes, {"": shares}, shares.index.tolist())
    lowest = float(shares["low"].min())
    axes.set(title=title, xlabel="true digit", ylabel="digits read right")
    axes.set_ylim(max(-0.02, lowest - 0.06 * (1.08 - lowest)), 1 + 0.12 * (1 - lowest))
    axes.set_xticks(range(len(shares)), [str(digit) for digit in shares.index])
    as_percent(axes.yaxis)
    axes.legend(loc="lower left")
    return figure


def paired_bootstrap(
    first: ArrayLike,
    second: ArrayLike,
    times: ArrayLike,
    differences: ArrayLike,
    interval: tuple[float, float],
    title: str = "",
) -> Figure:
    """Draw how two readers are compared on the same examples, drawn anew again and again.

    Left the examples: whether each reader is right, and how often one sample took the example.
    Right the differences of the two accuracies over all samples.

    Args:
        first: whether the first reader is right, bool (N,).
        second: the same of the second one.
        times: how often a sample took each example, (N,).
        differences: of the two accuracies, one per sample.
        interval: that holds 95 % of them.
        title: of the figure.

    Example:
        >>> figure = paired_bootstrap([1, 1], [1, 0], [0, 2], [0.5, 1.0, 0.0], (0.0, 1.0))
        >>> [axes.get_title() for axes in figure.axes]
        ['2 examples and one sample', 'all samples']
    """
    figure, axes = panels(
        2, size=(4.4, 2.5), width_ratios=(1.25, 1),
        shows="A table of examples, and a histogram of differences with its interval",
    )  # fmt: skip
    left, right = axes[0]
    rows = [np.asarray(row) for row in (first, second, times)]
    shown = len(rows[0])
    for y, (hits, kind) in enumerate(zip(rows, ("right", "right", "times"), strict=True)):
        for x, value in enumerate(hits):
            wrong = kind == "right" and not value
            text = ("×" if wrong else "✓") if kind == "right" else f"{int(value)}"
            look: dict[str, Any] = {"color": RED if wrong else BLACK if kind == "times" else SOFT}
            left.text(x, -y, text, ha="center", va="center", fontsize=9, **look)
    left.set(xlim=(-0.7, shown - 0.3), ylim=(-2.6, 0.6), xticks=[])
    left.set_yticks([0, -1, -2], ["first reader", "second reader", "times drawn"])
    left.set_xlabel("✓ right, × wrong", fontsize=8, color=SOFT)
    left.set_title(f"{shown} examples and one sample", fontweight="normal")
    left.grid(False)
    left.tick_params(length=0)
    left.spines[:].set_visible(False)
    right.hist(np.asarray(differences, dtype=float), bins=24, color=SKY, edgecolor="white")
    right.axvspan(*interval, color=ORANGE, alpha=0.25, label="95 % interval")
    right.axvline(0, color=BLACK, ls="--", lw=1.2, label="no difference")
    right.set(xlabel="difference of the accuracies", ylabel="samples")
    right.set_title("all samples", fontweight="normal")
    as_percent(right.xaxis)
    legend_below(figure, right)
    figure.suptitle(title)
    return figure
