"""What a confidence is worth: coverage, calibration, costs, and the search for wrong labels.

They draw what `metrics` and `analysis` have measured.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter
from numpy.typing import ArrayLike
from pandas import DataFrame

from svhn_lib.plots.histograms import count_axis
from svhn_lib.plots.theme import BLUE, MARKERS, ORANGE, RED, SOFT, as_percent, look, panels


def coverage_curve(
    coverage: ArrayLike, accuracy: ArrayLike, reached: Mapping[float, float], title: str = ""
) -> Figure:
    """Draw accuracy of the answers that are kept over the share that is kept.

    Args:
        coverage: (M,) shares kept, rising.
        accuracy: (M,) of those kept.
        reached: for each accuracy to mark, the most that can be kept at it.
        title: of the figure.

    Example:
        >>> figure = coverage_curve([0.5, 1.0], [1.0, 0.9], {0.98: 0.6})
        >>> figure.axes[0].get_legend().get_texts()[0].get_text()
        '60.0% kept at 98%'
    """
    figure, ((axes,),) = panels(
        1, size=(6.4, 3.2), shows="A curve, with the accuracies asked for marked on it"
    )
    values = np.asarray(accuracy)
    axes.plot(np.asarray(coverage), values, color=BLUE)
    for i, (target, share) in enumerate(reached.items()):
        axes.axhline(target, color=SOFT, lw=0.8, ls="--")
        label, mark = f"{share:.1%} kept at {target:.0%}", MARKERS[i % len(MARKERS)]
        axes.plot([share], [target], mark, color=RED, label=label, ls="", clip_on=False)
    axes.set(xlabel="coverage: share of the answers kept", ylabel="accuracy of those kept")
    lowest = min([float(values[-1]), *reached])
    axes.set(title=title, xlim=(0, 1.01), ylim=(lowest - 0.1 * (1 - lowest), 1.003))
    as_percent(axes.xaxis, axes.yaxis)
    axes.legend(loc="lower left")
    return figure


def reliability_diagrams(
    tables: Mapping[str, DataFrame], errors: Mapping[str, float], title: str = ""
) -> Figure:
    """Draw accuracy over confidence, a panel per name, and below how many are so confident.

    A reader whose confidence is what it claims to be has its points on the diagonal (Guo et al.
    2017, figure 1); thick lines show by how much they are off, thin ones the intervals.

    Args:
        tables: for each name a row per bin, indexed by pandas intervals: numbers, confidence (their
            mean), accuracy, low, high; as from `analysis.accuracy_by_confidence`.
        errors: for each name the expected calibration error.
        title: of the figure.

    Example:
        >>> from svhn_lib.analysis import accuracy_by_confidence
        >>> answers = DataFrame({"confidence": [0.9, 0.8, 0.2], "right": [True, True, False]})
        >>> bins = accuracy_by_confidence(answers)
        >>> figure = reliability_diagrams({"T = 1": bins}, {"T = 1": 0.1})
        >>> figure.axes[0].get_title()
        'T = 1: off by 10.0%'
    """
    figure, axes = panels(
        len(tables),
        2,
        (8.4 / len(tables), 2.2),
        sharex=True,
        sharey="row",
        height_ratios=(2.2, 1),
        shows="Accuracy at each confidence beside the diagonal; below, how many answers have it",
    )
    for (upper, lower), (name, table) in zip(axes.T, tables.items(), strict=True):
        sure, right = table["confidence"], table["accuracy"]
        upper.plot([0, 1], [0, 1], color=SOFT, lw=1, ls="--")
        upper.vlines(sure, np.minimum(sure, right), np.maximum(sure, right), color=ORANGE, lw=4)
        upper.vlines(sure, table["low"], table["high"], color=BLUE, lw=1)
        upper.plot(sure, right, "o", color=BLUE, ms=5, clip_on=False)
        upper.set_title(f"{name}: off by {errors[name]:.1%}", fontweight="normal")
        left, wide = table.index.map(lambda i: i.left), table.index.map(lambda i: i.length)
        lower.bar(left, table["numbers"], wide, align="edge", color=BLUE, ec="white")
        lower.set(xlabel="confidence", xlim=(0, 1))
        as_percent(lower.xaxis)
    count_axis(max(axes[1], key=lambda lower: lower.dataLim.y1))
    axes[0, 0].set(ylabel="read right", ylim=(-0.03, 1.03))
    as_percent(axes[0, 0].yaxis)
    axes[1, 0].set_ylabel("answers")
    figure.suptitle(title)
    return figure


def cost_curves(
    thresholds: ArrayLike,
    costs: Mapping[str, ArrayLike],
    marked: Mapping[str, float],
    title: str = "",
) -> Figure:
    """Draw mean cost per picture over the confidence below which a person reads, logarithmic.

    Args:
        thresholds: (T,) confidences.
        costs: for each name mean costs (T,), above 0, in readings by a person.
        marked: for each name a threshold to mark on its curve.
        title: of the figure.

    Example:
        >>> figure = cost_curves([0.0, 0.5, 1.0], {"10": [4.0, 2.0, 3.0]}, {"10": 0.5})
        >>> figure.axes[0].get_yscale()
        'log'
    """
    figure, ((axes,),) = panels(
        1, size=(6.2, 3.0), shows="A curve per cost of a mistake, its cheapest threshold marked"
    )
    places = np.asarray(thresholds)
    for i, (name, values) in enumerate(costs.items()):
        line = {**look(i), "marker": ""}
        axes.plot(places, np.asarray(values), label=name, **line)
        height = float(np.interp(marked[name], places, np.asarray(values)))
        axes.plot([marked[name]], [height], "o", color=line["color"])
    axes.set(xlabel="threshold: below this confidence a person reads", xlim=(0, 1.01))
    axes.set(ylabel="cost per picture\n(1 = a person reads it)", yscale="log", title=title)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    as_percent(axes.xaxis)
    axes.legend()
    return figure


def search_curves(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    inspected: float,
    found: Mapping[str, float],
    title: str = "",
) -> Figure:
    """Draw which share of the wrong labels is found by looking at a share of all, the worst first.

    Args:
        curves: for each name the shares looked at, rising, and the shares found, (N,) each.
        inspected: a share to mark.
        found: for each name the share found there.
        title: of the figure.

    Example:
        >>> curves = {"ranked": ([0.02, 1.0], [0.8, 1.0])}
        >>> figure = search_curves(curves, 0.02, {"ranked": 0.8})
        >>> figure.axes[0].get_legend().get_texts()[0].get_text()
        'ranked: 80%'
    """
    figure, ((axes,),) = panels(
        1, size=(6.4, 3.0), shows="A curve per order in which labels are looked at"
    )
    for i, (name, (shares, hits)) in enumerate(curves.items()):
        line, label = {**look(i), "marker": ""}, f"{name}: {found[name]:.0%}"
        axes.plot(np.asarray(shares), np.asarray(hits), label=label, **line)
        axes.plot([inspected], [found[name]], "o", color=line["color"], clip_on=False)
    axes.axvline(inspected, color=SOFT, lw=0.8, ls="--")
    axes.set(title=title, ylim=(0, 1.03), xlim=(0, min(1.0, 8 * inspected)))
    axes.set(xlabel="share of the labels looked at", ylabel="wrong labels found")
    as_percent(axes.xaxis, axes.yaxis)
    axes.legend(loc="center right", title=f"found in the first {inspected:.0%}")
    return figure


def precision_of_first(hits: ArrayLike, expected: int, title: str = "") -> Figure:
    """Draw, of the first k suspects, the share that is a true find.

    Args:
        hits: bool (K,), most suspect first.
        expected: how many there are to find, marked on the axis.
        title: of the figure.

    Example:
        >>> figure = precision_of_first([True, True, False, True], 3)
        >>> figure.axes[0].lines[0].get_ydata()[3]
        np.float64(0.75)
    """
    found = np.asarray(hits, dtype=bool)
    places = np.arange(1, len(found) + 1)
    figure, ((axes,),) = panels(
        1, size=(6.2, 2.8), shows="The share of true finds among the first suspects"
    )
    marker = "o" if len(found) <= 60 else ""
    axes.plot(places, found.cumsum() / places, color=BLUE, marker=marker, ms=4)
    axes.axvline(expected, color=SOFT, lw=1, ls="--")
    axes.annotate(
        f"{expected} to find", (expected, 0.04), (5, 0), textcoords="offset points",
        fontsize=9, color=SOFT,
    )  # fmt: skip
    axes.set(title=title, xlabel="suspects looked at, the most suspect first", ylim=(0, 1.05))
    axes.set_ylabel("wrong labels among them")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    as_percent(axes.yaxis)
    return figure
