"""Figures of single digits: training, templates, accuracy by class, confusions, label suspects.

They draw what a notebook or `metrics` has counted; numbers of several digits are drawn by `errors`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike
from pandas import DataFrame

from svhn_lib.plots import BLACK, BLUE, DASHES, PALETTE, SOFT, panels

_PERCENT = PercentFormatter(1)  # as many decimals as the ticks need


def epoch_curves(runs: Mapping[str, Sequence[Mapping[str, float]]], title: str = "") -> Figure:
    """Training loss and validation accuracy after each epoch, a line a run.

    Args:
        runs: for each run's name a row an epoch: loss, accuracy.
    """
    figure, ((left, right),) = panels(2, size=(4.2, 2.8))
    for i, (name, rows) in enumerate(runs.items()):
        epochs = range(1, len(rows) + 1)
        colour, line = PALETTE[i % len(PALETTE)], DASHES[i % len(DASHES)]
        for axes, key in ((left, "loss"), (right, "accuracy")):
            values = [row[key] for row in rows]
            axes.plot(epochs, values, color=colour, ls=line, marker="o", ms=3.5, label=name)
    highest = max(row["loss"] for rows in runs.values() for row in rows)
    left.set(title="Training", ylabel="mean loss of the epoch", ylim=(0, 1.08 * highest))
    right.set(title="Validation", ylabel="digits read right")
    right.yaxis.set_major_formatter(_PERCENT)
    for axes in (left, right):
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(runs) > 1:
        right.legend(loc="lower right", fontsize=8)
    figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure


def templates(weights: ArrayLike, names: Sequence[str], title: str = "") -> Figure:
    """The weights (K, H, W) of K outputs as pictures, 0 being white, all on one scale.

    The scale ends where 99 % of the weights do, so that a few large ones leave something to see.
    """
    pictures = np.asarray(weights, dtype=float)
    columns = min(5, len(pictures))
    figure, axes = panels(columns, -(-len(pictures) // columns), (1.4, 1.5))
    limit = float(np.quantile(np.abs(pictures), 0.99))
    for cell in axes.flat:
        cell.set_axis_off()
    for cell, picture, name in zip(axes.flat, pictures, names, strict=False):
        image = cell.imshow(picture, cmap="PuOr_r", vmin=-limit, vmax=limit)
        cell.set_title(name, fontsize=9, fontweight="normal", pad=3)
    figure.colorbar(image, ax=axes, label="weight of the pixel", shrink=0.8, extend="both")
    figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure


def accuracy_by_digit(shares: DataFrame, overall: float, title: str = "") -> Figure:
    """Accuracy with its interval for each digit, and that of all digits as a line.

    Args:
        shares: indexed by digit: count, accuracy, low, high.
        overall: accuracy of all digits together.
    """
    figure, ((axes,),) = panels(1, size=(6.6, 3.0))
    ends = [shares["accuracy"] - shares["low"], shares["high"] - shares["accuracy"]]
    spread = [side.clip(lower=0) for side in ends]  # where all are right, rounding may say -1e-16
    axes.axhline(overall, color=SOFT, lw=1, ls="--", label=f"all digits, {overall:.1%}")
    axes.errorbar(range(len(shares)), shares["accuracy"], spread, fmt="o", color=BLUE, capsize=4)
    for place, (count, high) in enumerate(shares[["count", "high"]].to_numpy()):
        axes.annotate(
            f"{count:,.0f}", (place, high), (0, 4), textcoords="offset points",
            ha="center", fontsize=8, color=SOFT,
        )  # fmt: skip
    lowest = float(shares["low"].min())
    room = 1.08 - lowest
    axes.set(title=title, xlabel="true digit", ylabel="digits read right")
    axes.set_ylim(max(0, lowest - 0.06 * room), 1 + 0.12 * (1 - lowest))
    axes.set_xticks(range(len(shares)), [str(digit) for digit in shares.index])
    axes.yaxis.set_major_formatter(_PERCENT)
    axes.legend(loc="lower left", fontsize=8)
    return figure


def confusion_matrix(counts: DataFrame, shares: DataFrame, title: str = "") -> Figure:
    """Counts of true (rows) and read (columns) digits, coloured by their share of the row.

    The diagonal is left white, for beside it no error would be seen.
    """
    figure, ((axes,),) = panels(1, size=(5.6, 4.5))
    wrong = ~np.eye(len(counts), dtype=bool)
    values = np.where(wrong, shares.to_numpy(dtype=float), np.nan)
    image = axes.imshow(values, cmap="YlOrBr", vmin=0, vmax=np.nanmax(values, initial=0.01))
    for (row, column), count in np.ndenumerate(counts.to_numpy()):
        if count:
            dark = wrong[row, column] and values[row, column] > 0.6 * np.nanmax(values)
            colour = "white" if dark else BLACK if wrong[row, column] else SOFT
            axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(counts.shape[1]), [str(name) for name in counts.columns])
    axes.set_yticks(range(len(counts)), [str(name) for name in counts.index])
    axes.set(title=title, xlabel="digit read", ylabel="true digit")
    axes.grid(False)
    axes.tick_params(length=0)
    figure.colorbar(image, ax=axes, label="share of the row", format=_PERCENT, shrink=0.8)
    return figure


def precision_of_first(hits: ArrayLike, expected: int, title: str = "") -> Figure:
    """Of the first k suspects, the share that is a true find; bool (K,), most suspect first.

    Args:
        expected: how many there are to find, marked on the axis.
    """
    found = np.asarray(hits, dtype=bool)
    places = np.arange(1, len(found) + 1)
    figure, ((axes,),) = panels(1, size=(6.2, 2.8))
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
    axes.yaxis.set_major_formatter(_PERCENT)
    return figure
