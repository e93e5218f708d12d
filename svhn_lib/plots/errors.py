"""Figures of what a model gets right and wrong: galleries, intervals, confusions, confidence.

They draw the tables that `analysis` and `metrics` make; no share and no interval is computed here.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, PercentFormatter
from numpy.typing import ArrayLike
from pandas import DataFrame

from svhn_lib.plots import BLACK, BLUE, ORANGE, PALETTE, RED, SOFT, panels, picture_grid

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
        spread = [table["accuracy"] - table["low"], table["high"] - table["accuracy"]]
        axes.errorbar(
            places,
            table["accuracy"],
            spread,
            fmt="os^D"[number % 4],
            color=PALETTE[number % len(PALETTE)],
            capsize=4,
            label=name,
        )
        for place, (count, high) in zip(places, table[["numbers", "high"]].to_numpy(), strict=True):
            axes.annotate(
                f"{count:,.0f}", (place, high), (0, 4), textcoords="offset points",
                ha="center", fontsize=8, color=SOFT,
            )  # fmt: skip
    axes.set_xticks(range(len(names)), [str(name) for name in names])
    axes.set(title=title, xlabel=group, ylabel="whole numbers read right", ylim=(0, 1.09))
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.yaxis.set_major_formatter(_PERCENT)
    if len(shares) > 1:
        axes.legend(loc="lower left", fontsize=8)
    return figure


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
    coverage: ArrayLike, accuracy: ArrayLike, target: float, reached: float, title: str = ""
) -> Figure:
    """Accuracy of the kept answers over the share that is kept; `reached` of it at `target`."""
    figure, ((axes,),) = panels(1, size=(6.2, 3.0))
    axes.plot(np.asarray(coverage), np.asarray(accuracy), color=BLUE)
    axes.axhline(target, color=SOFT, lw=1, ls="--")
    axes.plot([reached], [target], "o", color=RED)
    axes.annotate(
        f"{reached:.0%} kept at {target:.0%}", (reached, target), (-8, -14),
        textcoords="offset points", ha="right", fontsize=9, color=RED,
    )  # fmt: skip
    axes.set(xlabel="coverage: share of the answers kept", ylabel="accuracy of those kept")
    axes.set(title=title, xlim=(0, 1.01))
    axes.xaxis.set_major_formatter(_PERCENT)
    axes.yaxis.set_major_formatter(PercentFormatter(1))  # as many decimals as its ticks need
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
