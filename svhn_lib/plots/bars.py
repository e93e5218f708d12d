"""Bars with their values: shares, ratios, speeds, durations, gains.

The values are those of a notebook or of `analysis`; a name per bar is enough to read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame, Series

from svhn_lib.plots.theme import (
    BLUE,
    PALETTE,
    SOFT,
    SPLIT_COLOURS,
    SPLIT_HATCHES,
    as_percent,
    highest,
    legend_below,
    panels,
    turn_where_tight,
)


def grouped_bars(
    shares: DataFrame, axis: str, title: str, reference: Series | None = None, size: float = 8.4
) -> Figure:
    """Draw shares as bars side by side in groups.

    Args:
        shares: 0 to 1; a group per row, in it a bar per column, such as a split.
        axis: what the rows are.
        title: of the figure.
        reference: shares to compare with, in the same rows: drawn as black marks and named by
            its `name`.
        size: width of the figure in inches.

    Example:
        >>> shares = DataFrame({"train": [0.25, 0.75], "test": [0.5, 0.5]}, index=[1, 2])
        >>> figure = grouped_bars(shares, "digits in the number", "How long")
        >>> [[float(bar.get_height()) for bar in bars] for bars in figure.axes[0].containers]
        [[0.25, 0.75], [0.5, 0.5]]
    """
    figure, ((axes,),) = panels(1, size=(size, 2.8), shows="Bars side by side in groups")
    rows = shares.rename_axis(index="group").reset_index().melt("group", var_name="name")
    names = [str(name) for name in shares.columns]
    colours = [SPLIT_COLOURS.get(name, PALETTE[i % len(PALETTE)]) for i, name in enumerate(names)]
    sns.barplot(
        rows, x="group", y="value", hue="name", palette=colours, saturation=1,
        edgecolor="white", linewidth=0.5, order=[*shares.index], hue_order=[*shares.columns],
        errorbar=None, legend=False, ax=axes,
    )  # fmt: skip
    hatches = [*SPLIT_HATCHES.values()]
    for i, (name, bars) in enumerate(zip(names, axes.containers, strict=True)):
        bars.set_label(name)
        for bar in bars:
            bar.set_hatch(SPLIT_HATCHES.get(name, hatches[i % len(hatches)]))
    if reference is not None:
        places = np.arange(len(shares))
        axes.plot(places, reference, "k_", markersize=26, mew=2, label=str(reference.name))
    axes.set_xticks(range(len(shares)), [str(label) for label in shares.index])
    axes.set(xlabel=axis, ylabel="share", title=title)
    as_percent(axes.yaxis)
    legend_below(figure, axes)
    turn_where_tight(figure, axes)
    return figure


def _flat_bars(
    axes: Axes, values: Mapping[str, float], texts: Sequence[str], colours: str | list[str] = BLUE
) -> None:
    """Bars from the top down, each with its text behind it; no grid, for the values are there."""
    bars = axes.barh(list(values), list(values.values()), color=colours, height=0.62)
    axes.bar_label(bars, texts, padding=4, fontsize=9)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.15 * highest([*values.values()]))
    axes.grid(False)
    axes.tick_params(axis="y", length=0)


def share_bars(shares: Mapping[str, float], title: str = "", marked: str = "") -> Figure:
    """Draw shares as flat bars, each with its value.

    Args:
        shares: by name, 0 to 1.
        title: of the figure.
        marked: the name of a bar that stands out.

    Example:
        >>> figure = share_bars({"all slots": 0.9652, "whole numbers": 0.74})
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['96.5%', '74.0%']
    """
    figure, ((axes,),) = panels(
        1, size=(7.6, 0.6 + 0.32 * len(shares)), shows="Flat bars with their shares"
    )
    colours = [BLUE if name == marked or not marked else SOFT for name in shares]
    _flat_bars(axes, shares, [f"{share:.1%}" for share in shares.values()], colours)
    axes.set(title=title, xlim=(0, 1.1), xticks=np.linspace(0, 1, 6))
    as_percent(axes.xaxis)
    return figure


def speeds(rates: Mapping[str, float], title: str = "") -> Figure:
    """Draw pictures per second as bars, the first name on top.

    Example:
        >>> figure = speeds({"goodfellow2014": 32.4, "compact": 1550.0})
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['32', '1,550']
    """
    figure, ((axes,),) = panels(
        1, size=(6.8, 0.7 + 0.36 * len(rates)), shows="Flat bars with their speeds"
    )
    _flat_bars(axes, rates, [f"{rate:,.0f}" for rate in rates.values()])
    axes.set(title=title, xlabel="pictures per second")
    return figure


def gain_bars(gains: DataFrame, title: str = "") -> Figure:
    """Draw how many numbers each fix would make right at best.

    Args:
        gains: fix (text), numbers (how many), gain (of accuracy), from the top down; as from
            `analysis.gains`.
        title: of the figure.

    Example:
        >>> gains = DataFrame({"fix": ["this", "that"], "numbers": [1200, 3], "gain": [0.12, 0.01]})
        >>> [text.get_text() for text in gain_bars(gains).axes[0].texts]
        ['1,200', '3']
    """
    figure, ((axes,),) = panels(
        1, size=(7.4, 0.6 + 0.34 * len(gains)), shows="Flat bars, one per fix"
    )
    values = dict(zip(gains["fix"], gains["gain"], strict=True))
    _flat_bars(axes, values, [f"{count:,}" for count in gains["numbers"]])
    axes.set(title=title, xlabel="accuracy won at best, and how many numbers")
    as_percent(axes.xaxis)
    return figure


def ratio_bars(table: DataFrame, title: str, form: str = "{:,.2g}") -> Figure:
    """Draw flat bars with their values: a panel per column of `table`, a bar per row.

    A column whose values span more than a factor of 20 has a logarithmic axis. Where `form` is of
    per cent, values are shares, and the axes are in per cent.

    Args:
        table: a bar per row, a panel per column.
        title: of the figure.
        form: of the values that are written behind the bars.

    Example:
        >>> table = DataFrame({"speed": [1.0, 0.001], "size": [1.0, 0.5]}, index=["a", "b"])
        >>> [axes.get_xscale() for axes in ratio_bars(table, "Files").axes]
        ['log', 'linear']
    """
    width = len(table.columns)
    figure, axes = panels(
        width, size=(8.8 / width, 0.36 * len(table) + 1), shows="Flat bars, a panel per measurement"
    )
    for i, (cell, name) in enumerate(zip(axes[0], table.columns, strict=True)):
        values = table[name].astype(float)
        _flat_bars(
            cell,
            dict(zip(map(str, table.index), values, strict=True)),
            [form.format(value) for value in values],
        )
        if values.max() > 20 * values.min():
            cell.set(xscale="log", xlim=(0.5 * values.min(), 6 * values.max()))
        else:
            cell.set_xlim(0, 1.25 * values.max())
        if "%" in form:
            cell.set_xticks((0, 0.25, 0.5, 0.75, 1))
            as_percent(cell.xaxis)
        cell.set_xlabel(name)
        if i:
            cell.set_yticklabels([])
    figure.suptitle(title)
    return figure


def durations(groups: Mapping[str, Mapping[str, float]], title: str = "") -> Figure:
    """Draw milliseconds as bars, one for each group, side by side under each name.

    Args:
        groups: for each group milliseconds by name; all have the same names.
        title: of the figure.

    Example:
        >>> groups = {"float32": {"forward": 20.0}, "bfloat16": {"forward": 8.04}}
        >>> figure = durations(groups, "A step")
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['20.0', '8.0']
    """
    table = pd.DataFrame(groups)  # a row per name, in order
    figure, ((axes,),) = panels(
        1, size=(6.8, 0.8 + 0.26 * table.size), shows="Flat bars with their milliseconds"
    )
    height = 0.8 / len(groups)
    for i, group in enumerate(groups):
        places = np.arange(len(table)) + (i - (len(groups) - 1) / 2) * height
        look = {"color": PALETTE[i % len(PALETTE)], "hatch": ("", "//")[i % 2], "ec": "white"}
        bars = axes.barh(places, table[group], 0.92 * height, label=group, **look)
        axes.bar_label(bars, fmt="{:.1f}", padding=4, fontsize=9)
    axes.set_yticks(range(len(table)), table.index)
    axes.invert_yaxis()
    axes.set(title=title, xlabel="milliseconds", xlim=(0, 1.15 * highest(table)))
    axes.grid(False)
    axes.tick_params(axis="y", length=0)
    if len(groups) > 1:
        legend_below(figure, axes)
    return figure
