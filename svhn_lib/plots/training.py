"""Figures of training runs: losses by step, learning curves side by side, speeds, durations.

The values come from a run's history or from a notebook's own loop; nothing is smoothed here.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike

from svhn_lib.plots import (
    BLACK,
    BLUE,
    DASHES,
    PALETTE,
    SOFT,
    YELLOW,
    as_picture,
    panels,
    show_picture,
)

History = Sequence[Mapping[str, float]]
"""Rows of `TrainResult.history`: one a validation."""

_THOUSANDS = FuncFormatter(lambda value, _: f"{value / 1000:g}")
_PERCENT = PercentFormatter(1, decimals=0)
_AGAINST = {"examples": "pictures seen, thousands", "seconds": "seconds of training"}


def loss_by_step(
    runs: Mapping[str, Sequence[float]], rates: Sequence[float] = (), title: str = ""
) -> Figure:
    """The loss of every batch, a line a run; beside it the learning rate of each step.

    Without rates, beside it: by how much the loss of each further run differs from the first's.
    """
    figure, ((left, right),) = panels(2, size=(4.2, 2.6))
    first = np.asarray(next(iter(runs.values())))
    for i, (name, losses) in enumerate(runs.items()):
        steps = range(1, len(losses) + 1)
        look = {"color": PALETTE[i % len(PALETTE)], "ls": DASHES[i % len(DASHES)], "lw": 1.5}
        left.plot(steps, losses, label=name, **look)
        if i and not len(rates):
            right.plot(steps, np.asarray(losses) - first, label=name, **look)
    left.set(title="Loss of each batch", ylabel="loss", ylim=(0, None))
    if len(runs) > 1:
        left.legend(loc="lower left", fontsize=8)
    if len(rates):
        right.plot(range(1, len(rates) + 1), rates, color=BLUE)
        right.set(title="Learning rate", ylim=(0, 1.08 * max(rates)))
    else:
        right.axhline(0, color=SOFT, lw=1)
        right.set(title=f"Difference from {next(iter(runs))}", ylabel="loss", ylim=_around(first))
    for axes in (left, right):
        axes.set_xlabel("step")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure


def _around(losses: np.ndarray) -> tuple[float, float]:
    """A tenth of the largest loss either way: what is smaller than that looks small."""
    reach = 0.1 * float(losses.max())
    return -reach, reach


def _curve(axes: Axes, history: History, against: str, key: str, name: str, number: int) -> None:
    """One run's line: the look goes by its number."""
    axes.plot(
        [row[against] for row in history],
        [row[key] for row in history],
        color=PALETTE[number % len(PALETTE)],
        ls=DASHES[number % len(DASHES)],
        marker="o",
        ms=3.5,
        label=name,
    )


def factors(
    panels_of: Mapping[str, Mapping[str, History]], luck: Sequence[History] = (), title: str = ""
) -> Figure:
    """Small multiples: a column for each factor, in it a line for each of its values.

    The loss is above, the accuracy below, and all of a row have the same axes.

    Args:
        panels_of: for each factor a history for each of its values.
        luck: runs that differ in their seed alone, at least two; a band between their lowest and
            highest accuracy is drawn behind the lines.
    """
    figure, axes = panels(len(panels_of), 2, (2.9, 2.2), sharex=True, sharey="row")
    for (above, below), (factor, runs) in zip(axes.T, panels_of.items(), strict=True):
        if luck:
            shares = np.array([[row["sequence_accuracy"] for row in run] for run in luck])
            seen = [row["examples"] for row in luck[0]]
            low, high = shares.min(axis=0), shares.max(axis=0)
            below.fill_between(seen, low, high, color=SOFT, alpha=0.25, lw=0)
        for i, (name, history) in enumerate(runs.items()):
            for cell, key in ((above, "loss"), (below, "sequence_accuracy")):
                _curve(cell, history, "examples", key, name, i)
        above.set_title(factor)
        above.legend(loc="lower left", fontsize=8)
        below.set_xlabel(_AGAINST["examples"])
        below.xaxis.set_major_formatter(_THOUSANDS)
    axes[0, 0].set(ylabel="training loss", ylim=(0, None))
    axes[1, 0].set(ylabel="numbers read right", ylim=(0, None), xlim=(0, None))
    axes[1, 0].yaxis.set_major_formatter(_PERCENT)
    figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure


def race(runs: Mapping[str, History], guess: float, title: str = "") -> Figure:
    """Validation accuracy of several runs, by the clock and by the pictures they have seen.

    Args:
        guess: sequence accuracy without looking at the picture, drawn to compare with.
    """
    figure, ((left, right),) = panels(2, size=(4.2, 2.8), sharey=True)
    for i, (name, history) in enumerate(runs.items()):
        for axes, against in ((left, "seconds"), (right, "examples")):
            _curve(axes, history, against, "sequence_accuracy", name, i)
    for axes, against in ((left, "seconds"), (right, "examples")):
        axes.axhline(guess, color=SOFT, lw=1, ls=(0, (1, 2)), label="always the same answer")
        axes.set(xlabel=_AGAINST[against], xlim=(0, None), ylim=(0, None))
    right.xaxis.set_major_formatter(_THOUSANDS)
    left.set(title="By the clock", ylabel="numbers read right")
    right.set(title="By pictures")
    left.yaxis.set_major_formatter(_PERCENT)
    left.legend(loc="upper left", fontsize=8)
    figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure


def scalars(curves: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> Figure:
    """What a run logged: a panel for each name, with its (steps, values)."""
    columns = min(3, len(curves))
    figure, axes = panels(columns, -(-len(curves) // columns), (2.9, 2.1))
    for cell in axes.flat[len(curves) :]:
        cell.set_axis_off()
    for cell, (name, (steps, values)) in zip(axes.flat, curves.items(), strict=False):
        cell.plot(steps, values, color=BLUE, marker="o", ms=3)
        cell.set(title=name, xlabel="step", xlim=(0, None), ylim=(0, 1.08 * max(values)))
    return figure


def durations(groups: Mapping[str, Mapping[str, float]], title: str = "") -> Figure:
    """Milliseconds as bars, one for each group, side by side under each name.

    Args:
        groups: for each group milliseconds by name; all have the same names.
    """
    names = list(next(iter(groups.values())))
    figure, ((axes,),) = panels(1, size=(6.8, 0.8 + 0.26 * len(names) * len(groups)))
    height = 0.8 / len(groups)
    for i, (group, values) in enumerate(groups.items()):
        places = np.arange(len(names)) + (i - (len(groups) - 1) / 2) * height
        widths = [values[name] for name in names]
        look = {"color": PALETTE[i % len(PALETTE)], "hatch": ("", "//")[i % 2], "ec": "white"}
        bars = axes.barh(places, widths, 0.92 * height, label=group, **look)
        axes.bar_label(bars, fmt="{:.1f}", padding=4, fontsize=9)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set(title=title, xlabel="milliseconds")
    _bars_only(axes, max(max(values.values()) for values in groups.values()))
    if len(groups) > 1:
        axes.legend(loc="lower right", fontsize=8)
    return figure


def speeds(rates: Mapping[str, float], title: str = "") -> Figure:
    """Pictures a second as bars, each with its figure; the first name stands on top."""
    figure, ((axes,),) = panels(1, size=(6.8, 0.7 + 0.36 * len(rates)))
    bars = axes.barh(list(rates), list(rates.values()), color=BLUE, height=0.6)
    axes.bar_label(bars, fmt="{:,.0f}", padding=4, fontsize=9)
    axes.invert_yaxis()
    axes.set(title=title, xlabel="pictures a second")
    _bars_only(axes, max(rates.values()))
    return figure


def _bars_only(axes: Axes, longest: float) -> None:
    """Room for the figures behind the bars; no grid, for the figures are there."""
    axes.set_xlim(0, longest * 1.15)
    axes.grid(False)
    axes.tick_params(axis="y", length=0)


def column_pictures(
    pictures: Sequence[ArrayLike], targets: Sequence[Sequence[int]], title: str = "", none: int = 10
) -> Figure:
    """Pictures cut into columns by lines, over each column the class it should say.

    Args:
        pictures: N, as `show_picture` takes them.
        targets: for each picture a class a column, from left to right.
        none: the class that is written as a dot.
    """
    columns = min(4, len(pictures))
    figure, axes = panels(columns, -(-len(pictures) // columns), (2.1, 1.5))
    for cell in axes.flat[len(pictures) :]:
        cell.set_axis_off()
    for cell, picture, row in zip(axes.flat, pictures, targets, strict=False):
        show_picture(cell, picture)
        wide = as_picture(picture).shape[1] / len(row)
        for column, said in enumerate(row):
            if column:
                cell.axvline(column * wide, color=YELLOW, lw=0.8)
            text, colour = ("·", SOFT) if said == none else (str(said), BLACK)
            cell.text(
                (column + 0.5) * wide, -1, text, ha="center", va="bottom", fontsize=10, color=colour
            )
    if title:
        figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure
