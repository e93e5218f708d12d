"""Distributions: of a set's measurements, of pixel values, of confidences.

The measurements come from `data.statistics` and `analysis`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from pandas import DataFrame

from svhn_lib.plots.theme import (
    BLACK,
    BLUE,
    DASHES,
    PALETTE,
    RED,
    SPLIT_COLOURS,
    SPLIT_LINES,
    as_percent,
    legend_below,
    panels,
)


def distributions(
    sources: Mapping[str, DataFrame], columns: Mapping[str, tuple[str, float, float]], title: str
) -> Figure:
    """Draw distributions of measurements: a row of panels per source, a panel per measurement.

    Args:
        sources: for each name measurements with a column `split`.
        columns: for each column its label with unit, and the lowest and highest value drawn. What
            lies above is counted in the last bin, whose end is then marked by a '+'.
        title: of the figure.

    Example:
        >>> table = DataFrame({"width": [1.0, 2, 3, 50], "split": ["train"] * 4})
        >>> figure = distributions({"ours": table}, {"width": ("width, pixels", 0, 10)}, "Widths")
        >>> figure.axes[0].get_xticklabels()[-1].get_text()
        '10+'
    """
    figure, axes = panels(
        len(columns),
        len(sources),
        (8.8 / len(columns), 2.3),
        shows="Histograms as lines, a panel per measurement",
    )
    for row, (source, measures) in zip(axes, sources.items(), strict=True):
        for cell, (column, (label, low, high)) in zip(row, columns.items(), strict=True):
            for split, part in measures.groupby("split", sort=False):
                look: dict[str, Any] = {
                    "color": SPLIT_COLOURS.get(str(split), BLACK),
                    "linestyle": SPLIT_LINES.get(str(split), "-"),
                    "label": str(split),
                }
                _outline(cell, np.clip(part[column], low, high), (low, high), **look)
            cell.set(xlabel=label, ylabel="", xlim=(low, high))
            _mark_last(cell, high, bool((measures[column] > high).any()))
        row[0].set_ylabel(f"{source}:\nshare of each split")
    legend_below(figure, axes[0, 0])
    figure.suptitle(title)
    return figure


def _outline(
    axes: Axes, values: ArrayLike, ends: tuple[float, float] | None, bins: int = 30, **look: Any
) -> None:
    """A histogram as a line; each of its steps is a share of the values."""
    sns.histplot(
        x=np.asarray(values, dtype=float), stat="proportion", bins=bins, binrange=ends,
        element="step", fill=False, linewidth=look.pop("linewidth", 1.8), ax=axes, **look,
    )  # fmt: skip
    as_percent(axes.yaxis)


def _mark_last(axes: Axes, high: float, more: bool) -> None:
    ticks = [tick for tick in axes.get_xticks() if tick <= high]
    names = [f"{tick:g}" for tick in ticks]
    axes.set_xticks(ticks, [*names[:-1], names[-1] + "+"] if more and ticks[-1] == high else names)


def quantile_boxes(
    sets: Mapping[str, Mapping[str, ArrayLike]], labels: Mapping[str, str], title: str
) -> Figure:
    """Draw sets beside each other in a few quantiles: a panel per measurement, a row per set.

    Args:
        sets: for each name, for each measurement its quantiles at 5, 25, 50, 75 and 95 %, (5,).
        labels: for each measurement its label with unit, in the order of the panels.
        title: of the figure.

    Example:
        >>> sets = {"ours": {"height": [1, 2, 3, 4, 9]}, "real": {"height": [2, 3, 5, 6, 7]}}
        >>> figure = quantile_boxes(sets, {"height": "height, pixels"}, "Heights")
        >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
        ['ours', 'real']
    """
    size = (8.8 / len(labels), 0.9 + 0.35 * len(sets))
    medians = (
        f"{label}: "
        + ", ".join(
            f"{name} {np.asarray(measured[column])[2]:.3g}" for name, measured in sets.items()
        )
        for column, label in labels.items()
    )
    figure, axes = panels(
        len(labels),
        size=size,
        sharey=True,
        shows=f"Boxes from the 5 % to the 95 % quantile; medians: {'; '.join(medians)}",
    )
    for cell, (column, label) in zip(axes[0], labels.items(), strict=True):
        names = ("whislo", "q1", "med", "q3", "whishi")
        boxes = [
            dict(zip(names, np.asarray(measured[column]).tolist(), strict=True))
            for measured in sets.values()
        ]
        drawn = cell.bxp(
            boxes, showfliers=False, orientation="horizontal", widths=0.5, patch_artist=True,
            medianprops={"color": BLACK, "linewidth": 2},
        )  # fmt: skip
        for box, colour in zip(drawn["boxes"], PALETTE, strict=False):
            box.set(facecolor=colour, alpha=0.4)
        cell.set_yticks(range(1, len(sets) + 1), list(sets))
        cell.set(xlabel=label, xlim=(0, None))
        cell.grid(True, axis="x")
        cell.tick_params(axis="y", length=0)
    axes[0, 0].invert_yaxis()
    figure.suptitle(title)
    return figure


def value_histograms(
    groups: Mapping[str, Sequence[ArrayLike]], names: Sequence[str], title: str
) -> Figure:
    """Draw histograms of the values of some pictures: a panel per group, a line per picture.

    Args:
        groups: for each panel's name the values of its pictures, of any shape.
        names: of the pictures, the same in every group.
        title: of the figure.

    Example:
        >>> figure = value_histograms({"grey": [np.arange(9), np.ones(9)]}, ["a", "b"], "Values")
        >>> [text.get_text() for text in figure.legends[0].get_texts()]
        ['a', 'b']
    """
    figure, axes = panels(
        len(groups), size=(8.4 / len(groups), 2.5), shows="Histograms of pixel values as lines"
    )
    for cell, (group, pictures) in zip(axes[0], groups.items(), strict=True):
        for i, (name, picture) in enumerate(zip(names, pictures, strict=True)):
            # Thinner lines on top, so that equal ones can be told from missing ones.
            look: dict[str, Any] = {
                "linestyle": DASHES[i % 4],
                "linewidth": max(3 - 0.8 * i, 0.6),
                "color": PALETTE[i % len(PALETTE)],
            }
            _outline(cell, np.asarray(picture).ravel(), None, 40, label=name, **look)
        cell.set(xlabel=group, ylabel="")
    axes[0, 0].set_ylabel("share of the pixels")
    legend_below(figure, axes[0, 0])
    figure.suptitle(title)
    return figure


def confidence_histogram(
    right: ArrayLike, wrong: ArrayLike, title: str = "", bins: int = 20
) -> Figure:
    """Draw how many right and wrong answers have which confidence.

    Counts above 1 are on a logarithmic scale, on which 0 still has its place.

    Args:
        right: confidences of the right answers, 0 to 1.
        wrong: confidences of the wrong answers, 0 to 1.
        title: of the figure.
        bins: of equal width.

    Example:
        >>> figure = confidence_histogram([0.99, 0.97, 0.5], [0.1, 0.98], bins=10)
        >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
        ['right answers', 'wrong answers']
    """
    figure, ((axes,),) = panels(
        1, size=(6.2, 2.8), shows="Two histograms of confidence, of right and of wrong answers"
    )
    common: dict[str, Any] = {"bins": bins, "binrange": (0, 1), "element": "step", "ax": axes}
    sns.histplot(x=np.asarray(right), color=BLUE, alpha=0.6, lw=0, label="right answers", **common)
    sns.histplot(x=np.asarray(wrong), color=RED, lw=2, fill=False, label="wrong answers", **common)
    count_axis(axes)
    axes.set(xlabel="confidence: probability of the whole number", ylabel="answers")
    axes.set(title=title, xlim=(0, 1))
    as_percent(axes.xaxis)
    axes.legend(loc="upper left")
    return figure


def count_axis(axes: Axes) -> None:
    """Give counts a y axis from 0 to 1 in one step, and logarithmic above.

    Example:
        >>> figure, ((axes,),) = panels(1)
        >>> bars = axes.bar([0, 1], [0, 700])
        >>> count_axis(axes)
        >>> [f"{tick:g}" for tick in axes.get_yticks()]
        ['0', '1', '10', '100']
    """
    highest = max(axes.dataLim.y1, 1)
    axes.set_yscale("symlog", linthresh=1)
    axes.set_yticks([0, *(10**power for power in range(int(np.log10(highest)) + 1))])
    axes.set_ylim(0, 1.3 * highest)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
