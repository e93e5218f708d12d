"""Figures of what a model gets right and wrong: galleries, intervals, confusions, confidence.

They draw the tables that `analysis` and `metrics` make; no share and no interval is computed here.
"""

from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, PercentFormatter
from numpy.typing import ArrayLike
from pandas import DataFrame

from svhn_lib.plots import BLACK, BLUE, DASHES, ORANGE, PALETTE, RED, SOFT, panels, picture_grid

_PERCENT = PercentFormatter(1, decimals=0)


def answers(
    pictures: Sequence[ArrayLike], table: DataFrame, columns: int = 6, title: str = ""
) -> Figure:
    """Pictures with what was read and how sure the model was; a wrong answer names the true number.

    Args:
        pictures: one for each row of `table`, as `picture_grid` takes them.
        table: number, predicted, confidence.
    """
    rows = list(zip(table["number"], table["predicted"], table["confidence"], strict=True))
    captions = [
        f"{read or 'nothing'}  {sure:.2f}" if true == read
        else f"{true} read {read or 'nothing'}\nconfidence {sure:.2f}"
        for true, read, sure in rows
    ]  # fmt: skip
    colours = [BLACK if true == read else RED for true, read, _ in rows]
    return picture_grid(pictures, captions, columns, title, colours=colours, size=1.4)


def accuracy_by_group(shares: Mapping[str, DataFrame], group: str, title: str = "") -> Figure:
    """Accuracy with its interval for each group of numbers, one or several sets side by side.

    Args:
        shares: for each set's name a table indexed by group: numbers, accuracy, low, high.
        group: what the groups are, for the axis.
    """
    figure, ((axes,),) = panels(1, size=(6.2, 3.0))
    names = sorted({key for table in shares.values() for key in table.index})
    for number, (name, table) in enumerate(shares.items()):
        shift = 0.16 * (number - (len(shares) - 1) / 2)
        places = [names.index(key) + shift for key in table.index]
        _intervals(axes, places, table, number, name)
    axes.set_xticks(range(len(names)), [str(name) for name in names])
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.yaxis.set_major_formatter(_PERCENT)
    axes.set(title=title, xlabel=group, ylabel="whole numbers read right", ylim=(0, 1.09))
    axes.set_yticks(np.linspace(0, 1, 6))
    if len(shares) > 1:
        figure.legend(loc="outside lower center", ncols=len(shares), fontsize=8)
    return figure


def accuracy_by_condition(
    tables: Mapping[str, DataFrame], overall: float, title: str = ""
) -> Figure:
    """A panel for each condition of the pictures: accuracy with its interval in each of its bins.

    Args:
        tables: for each condition's name, with its unit, a table as for `accuracy_by_group`,
            indexed by pandas intervals that follow on each other, whose ends mark the axis.
        overall: accuracy of all numbers, drawn as a line.
    """
    figure, axes = panels(len(tables), 1, (9.0 / len(tables), 3.0), sharey=True)
    for cell, (name, table) in zip(axes[0], tables.items(), strict=True):
        cell.axhline(overall, color=SOFT, lw=1, ls="--")
        _intervals(cell, range(len(table)), table)
        edges = [table.index[0].left, *(interval.right for interval in table.index)]
        names = [f"{edge:.0f}" if edge >= 10 else f"{edge:.2g}" for edge in edges]
        cell.set_xticks(np.arange(len(edges)) - 0.5, names)
        cell.set(xlabel=name, xlim=(-0.6, len(table) - 0.4))
    lowest = min(float(table["low"].min()) for table in tables.values())
    axes[0, 0].set_ylim(max(0, lowest - 0.05), 1 + 0.1 * (1 - max(0, lowest - 0.05)))
    axes[0, 0].set_ylabel("whole numbers read right")
    axes[0, 0].yaxis.set_major_formatter(_PERCENT)
    figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure


def _intervals(
    axes: Axes, places: Sequence[float], table: DataFrame, series: int = 0, label: str = ""
) -> None:
    """Accuracies with their intervals and, above each, how many numbers it is of."""
    spread = [table["accuracy"] - table["low"], table["high"] - table["accuracy"]]
    axes.errorbar(
        places,
        table["accuracy"],
        [side.clip(lower=0) for side in spread],  # where all are right, rounding may say -1e-16
        fmt="os^D"[series % 4],
        color=PALETTE[series % len(PALETTE)],
        capsize=4,
        label=label,
    )
    for place, (count, high) in zip(places, table[["numbers", "high"]].to_numpy(), strict=True):
        axes.annotate(
            f"{count:,.0f}", (place, high), (0, 4), textcoords="offset points",
            ha="center", fontsize=8, color=SOFT,
        )  # fmt: skip


def confusion_map(counts: DataFrame, shares: DataFrame, title: str = "") -> Figure:
    """Counts of digits true (rows) and read (columns), coloured by their share of the row.

    The right digits on the diagonal are left uncoloured, for beside them no error would be seen;
    so are shares that are NaN.
    """
    figure, ((axes,),) = panels(1, size=(6.6, 5.4))
    wrong = ~np.eye(len(counts), dtype=bool)
    values = shares.to_numpy(dtype=float)
    image = axes.imshow(np.where(wrong, values, np.nan), cmap="YlOrBr", vmin=0)
    middle = np.nanmax(np.where(wrong, values, 0), initial=0.01) * 0.6
    for (row, column), count in np.ndenumerate(counts.to_numpy()):
        if count:
            dark = wrong[row, column] and values[row, column] > middle
            colour = "white" if dark else BLACK if wrong[row, column] else SOFT
            axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=8, color=colour)
    for side in (axes.axhline, axes.axvline):
        side(len(counts) - 1.5, color=SOFT, lw=0.8)
    axes.set_xticks(range(counts.shape[1]), counts.columns)
    axes.set_yticks(range(len(counts)), counts.index)
    axes.set(title=title, xlabel="digit read", ylabel="true digit")
    axes.grid(False)
    axes.tick_params(length=0)
    figure.colorbar(image, ax=axes, label="share of the row", format=_PERCENT, shrink=0.8)
    return figure


def confidence_histogram(
    right: ArrayLike, wrong: ArrayLike, title: str = "", bins: int = 20
) -> Figure:
    """Confidences of right and of wrong answers; counts on a logarithmic axis."""
    figure, ((axes,),) = panels(1, size=(6.2, 2.8))
    edges = np.linspace(0, 1, bins + 1).tolist()
    axes.hist(np.asarray(right), edges, color=BLUE, alpha=0.75, label="right answers")
    axes.hist(
        np.asarray(wrong),
        edges,
        histtype="step",
        color=RED,
        lw=2,
        hatch="///",
        label="wrong answers",
    )
    axes.set_yscale("log")
    axes.set_ylim(0.7, None)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set(xlabel="confidence: probability of the whole number", ylabel="answers", xlim=(0, 1))
    axes.set_title(title)
    axes.legend(loc="upper left")
    return figure


def coverage_curve(
    coverage: ArrayLike, accuracy: ArrayLike, reached: Mapping[float, float], title: str = ""
) -> Figure:
    """Accuracy of the kept answers over the share that is kept.

    Args:
        coverage: (M,) shares kept, rising.
        accuracy: (M,) of those kept.
        reached: for each accuracy to mark, the most that can be kept at it.
    """
    figure, ((axes,),) = panels(1, size=(6.4, 3.2))
    values = np.asarray(accuracy)
    axes.plot(np.asarray(coverage), values, color=BLUE)
    for (target, share), mark in zip(reached.items(), cycle("os^D")):
        axes.axhline(target, color=SOFT, lw=0.8, ls="--")
        label = f"{share:.1%} kept at {target:.0%}"
        axes.plot([share], [target], mark, color=RED, label=label, ls="", clip_on=False)
    axes.set(xlabel="coverage: share of the answers kept", ylabel="accuracy of those kept")
    lowest = min([float(values[-1]), *reached])
    axes.set(title=title, xlim=(0, 1.01), ylim=(lowest - 0.1 * (1 - lowest), 1.003))
    axes.xaxis.set_major_formatter(_PERCENT)
    axes.yaxis.set_major_formatter(PercentFormatter(1))  # as many decimals as its ticks need
    axes.legend(loc="lower left", fontsize=9)
    return figure


def reliability_diagrams(
    tables: Mapping[str, DataFrame], errors: Mapping[str, float], title: str = ""
) -> Figure:
    """Accuracy over confidence, a panel for each way to be sure, and below how many are so sure.

    A reader whose confidence is what it claims to be has its points on the diagonal (Guo et al.
    2017, figure 1); thick lines show by how much they are off, thin ones the intervals.

    Args:
        tables: for each name a row a bin, indexed by pandas intervals: numbers, confidence (their
            mean), accuracy, low, high.
        errors: for each name the expected calibration error.
    """
    figure, axes = panels(
        len(tables), 2, (8.4 / len(tables), 2.2), sharex=True, sharey="row", height_ratios=(2.2, 1)
    )
    for column, (name, table) in enumerate(tables.items()):
        upper, lower = axes[:, column]
        sure, right = table["confidence"], table["accuracy"]
        upper.plot([0, 1], [0, 1], color=SOFT, lw=1, ls="--")
        upper.vlines(sure, np.minimum(sure, right), np.maximum(sure, right), color=ORANGE, lw=4)
        upper.vlines(sure, table["low"], table["high"], color=BLUE, lw=1)
        upper.plot(sure, right, "o", color=BLUE, ms=5)
        upper.set_title(f"{name}: off by {errors[name]:.1%}", fontweight="normal")
        left, wide = table.index.map(lambda i: i.left), table.index.map(lambda i: i.length)
        lower.bar(left, table["numbers"], wide, align="edge", color=BLUE, ec="white")
        lower.set(yscale="log", xlabel="confidence", xlim=(0, 1))
        lower.yaxis.set_major_formatter("{x:g}")
        lower.yaxis.set_minor_formatter(NullFormatter())
    axes[0, 0].set(ylabel="read right", ylim=(-0.03, 1.03))
    axes[0, 0].yaxis.set_major_formatter(_PERCENT)
    axes[1, 0].set_ylabel("answers")
    figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure


def search_curves(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    looked: float,
    found: Mapping[str, float],
    title: str = "",
) -> Figure:
    """Which share of the wrong labels is found by looking at a share of all, the worst first.

    Args:
        curves: for each name the shares looked at, rising, and the shares found, (N,) each.
        looked: a share to mark.
        found: for each name the share found there.
    """
    figure, ((axes,),) = panels(1, size=(6.4, 3.0))
    for number, (name, (shares, hits)) in enumerate(curves.items()):
        colour, line = PALETTE[number % len(PALETTE)], DASHES[number % len(DASHES)]
        label = f"{name}: {found[name]:.0%}"
        axes.plot(np.asarray(shares), np.asarray(hits), line, color=colour, label=label)
        axes.plot([looked], [found[name]], "o", color=colour, clip_on=False)
    axes.axvline(looked, color=SOFT, lw=0.8, ls="--")
    axes.set(title=title, ylim=(0, 1.03), xlim=(0, min(1.0, 8 * looked)))
    axes.set(xlabel="share of the labels looked at", ylabel="wrong labels found")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(_PERCENT)
    axes.legend(loc="center right", fontsize=9, title=f"found in the first {looked:.0%}")
    return figure


def gain_bars(gains: DataFrame, title: str = "") -> Figure:
    """Numbers that each fix would make right at best, as bars with their counts.

    Args:
        gains: fix (text), numbers, gain (of accuracy), from the top down.
    """
    figure, ((axes,),) = panels(1, size=(7.4, 0.6 + 0.34 * len(gains)))
    places = range(len(gains))
    axes.barh(places, gains["gain"], height=0.6, color=BLUE)
    for place, (count, gain) in enumerate(zip(gains["numbers"], gains["gain"], strict=True)):
        axes.annotate(
            f"{count:,}", (gain, place), (4, 0), textcoords="offset points",
            va="center", fontsize=9, color=SOFT,
        )  # fmt: skip
    axes.set_yticks(places, gains["fix"])
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x")
    axes.set_xlim(0, 1.12 * max(float(gains["gain"].max()), 0.001))
    axes.set(title=title, xlabel="accuracy won at best, and how many numbers")
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    return figure


def cost_curves(
    thresholds: ArrayLike,
    costs: Mapping[str, ArrayLike],
    marked: Mapping[str, float],
    title: str = "",
) -> Figure:
    """Mean cost of a picture over the confidence below which a person is asked, logarithmic.

    Args:
        thresholds: (T,) confidences.
        costs: for each name mean costs (T,), above 0.
        marked: for each name a threshold to mark on its curve.
    """
    figure, ((axes,),) = panels(1, size=(6.2, 3.0))
    places = np.asarray(thresholds)
    for (name, values), colour, line in zip(
        costs.items(), (BLUE, ORANGE, RED), ("-", "--", ":"), strict=False
    ):
        axes.plot(places, np.asarray(values), color=colour, ls=line, label=name)
        height = float(np.interp(marked[name], places, np.asarray(values)))
        axes.plot([marked[name]], [height], "o", color=colour)
    axes.set(
        xlabel="threshold: below this confidence a person reads",
        ylabel="cost of a picture",
        xlim=(0, 1.01),
        yscale="log",
        title=title,
    )
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.legend(fontsize=8)
    return figure
