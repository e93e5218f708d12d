"""Training runs side by side: accuracy as training goes on, for each factor, for each seed.

The values come from the runs' histories; single losses are drawn in `steps`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from svhn_lib.plots.theme import (
    SOFT,
    as_percent,
    as_thousands,
    legend_below,
    look,
    panels,
)

History = Sequence[Mapping[str, float]]
"""Rows of `TrainResult.history`, one per validation: examples, seconds, loss, sequence_accuracy."""

_AGAINST = {"examples": "pictures seen, thousands", "seconds": "seconds of training"}


def _history(axes: Axes, history: History, against: str, key: str, name: str, series: int) -> None:
    """One run's line."""
    places, values = ([row[column] for row in history] for column in (against, key))
    axes.plot(places, values, ms=3.5, label=name, **look(series))


def ablation_curves(
    factors: Mapping[str, Mapping[str, History]], seeds: Sequence[History] = (), title: str = ""
) -> Figure:
    """Draw small multiples: a column for each factor, in it a line for each of its values.

    The loss is above, the accuracy below, and all of a row have the same axes.

    Args:
        factors: for each factor a history for each of its values.
        seeds: runs that differ in their seed alone, at least two; a band between their lowest and
            highest accuracy is drawn behind the lines.
        title: of the figure.

    Example:
        >>> run = [{"examples": 1000, "loss": 9.0, "sequence_accuracy": 0.1}]
        >>> above, below = ablation_curves({"dropout": {"none": run, "0.2": run}}).axes
        >>> above.get_title(), len(below.lines)
        ('dropout', 2)
    """
    figure, axes = panels(
        len(factors),
        2,
        (2.9, 2.2),
        sharex=True,
        sharey="row",
        shows="Training loss above, accuracy below, a column per change",
    )
    for (above, below), (factor, runs) in zip(axes.T, factors.items(), strict=True):
        if seeds:
            shares = np.array([[row["sequence_accuracy"] for row in run] for run in seeds])
            seen = [row["examples"] for row in seeds[0]]
            below.fill_between(
                seen, shares.min(axis=0), shares.max(axis=0), color=SOFT, alpha=0.25, lw=0,
                label=f"range of {len(seeds)} seeds",
            )  # fmt: skip
            below.legend(loc="upper left")  # of the band alone: the lines are named above
        for i, (name, history) in enumerate(runs.items()):
            for cell, key in ((above, "loss"), (below, "sequence_accuracy")):
                _history(cell, history, "examples", key, name, i)
        above.set_title(factor)
        above.legend(loc="lower left")
        below.set_xlabel(_AGAINST["examples"])
        as_thousands(below.xaxis)
    axes[0, 0].set(ylabel="training loss", ylim=(0, None))
    axes[1, 0].set(ylabel="numbers read right", ylim=(0, None), xlim=(0, None))
    as_percent(axes[1, 0].yaxis)
    figure.suptitle(title)
    return figure


def learning_curves(runs: Mapping[str, History], guess: float, title: str = "") -> Figure:
    """Draw validation accuracy of several runs, by the clock and by the pictures they have seen.

    Args:
        runs: for each name its history.
        guess: sequence accuracy without looking at the picture, drawn to compare with.
        title: of the figure.

    Example:
        >>> run = [{"examples": 1000, "seconds": 2.0, "sequence_accuracy": 0.1}]
        >>> [axes.get_title() for axes in learning_curves({"a net": run}, guess=0.03).axes]
        ['By the clock', 'By pictures']
    """
    figure, ((left, right),) = panels(
        2,
        size=(4.2, 2.8),
        sharey=True,
        shows="Accuracy by the clock and by pictures seen, a line per run",
    )
    for axes, against in ((left, "seconds"), (right, "examples")):
        for i, (name, history) in enumerate(runs.items()):
            _history(axes, history, against, "sequence_accuracy", name, i)
        axes.axhline(guess, color=SOFT, lw=1, ls=(0, (1, 2)), label="always the same answer")
        axes.set(xlabel=_AGAINST[against], xlim=(0, None), ylim=(0, None))
    as_thousands(right.xaxis)
    left.set(title="By the clock", ylabel="numbers read right")
    right.set(title="By pictures")
    as_percent(left.yaxis)
    legend_below(figure, left)
    figure.suptitle(title)
    return figure


def seed_curves(runs: Mapping[str, Sequence[History]], title: str = "") -> Figure:
    """Draw validation accuracy under each name: a thin line per seed, a thick one for their mean.

    Args:
        runs: for each name the histories of its seeds, validated at the same steps.
        title: of the figure.

    Example:
        >>> seeds = [[{"examples": 1000, "sequence_accuracy": share}] for share in (0.2, 0.4)]
        >>> round(float(seed_curves({"masked": seeds}).axes[0].lines[2].get_ydata()[0]), 3)
        0.3
    """
    figure, ((axes,),) = panels(
        1, size=(6.4, 3.0), shows="A thin line per seed and a thick one for their mean"
    )
    for i, (name, histories) in enumerate(runs.items()):
        places = [row["examples"] for row in histories[0]]
        values = np.array([[row["sequence_accuracy"] for row in rows] for rows in histories])
        for each in values:
            axes.plot(places, each, color=look(i)["color"], lw=0.8, alpha=0.7)
        axes.plot(places, values.mean(axis=0), lw=2.2, label=name, **look(i))
    axes.set(xlabel="canvases seen, thousands", ylabel="whole numbers read right", title=title)
    axes.set(xlim=(0, None), ylim=(0, 1))
    as_thousands(axes.xaxis)
    as_percent(axes.yaxis)
    axes.legend(loc="upper left", title="mean of its seeds")
    return figure
