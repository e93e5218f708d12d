"""Values by step and by epoch: losses, learning rates, what a run logged.

The values come from a run or from a notebook's own loop; nothing is smoothed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from svhn_lib.plots.theme import BLUE, SOFT, as_percent, cells, highest, look, panels


def epoch_curves(runs: Mapping[str, Sequence[Mapping[str, float]]], title: str = "") -> Figure:
    """Draw training loss and validation accuracy after each epoch, a line per run.

    Args:
        runs: for each run's name a row per epoch: loss, accuracy.
        title: of the figure.

    Example:
        >>> rows = [{"loss": 2.0, "accuracy": 0.5}, {"loss": 0.5, "accuracy": 0.75}]
        >>> left, right = epoch_curves({"a net": rows}).axes
        >>> right.lines[0].get_ydata().tolist()
        [0.5, 0.75]
    """
    figure, ((left, right),) = panels(
        2, size=(4.2, 2.8), shows="Training loss and validation accuracy after each epoch"
    )
    for i, (name, rows) in enumerate(runs.items()):
        for axes, key in ((left, "loss"), (right, "accuracy")):
            values = [row[key] for row in rows]
            axes.plot(range(1, len(rows) + 1), values, ms=3.5, label=name, **look(i))
    top = 1.08 * highest([row["loss"] for rows in runs.values() for row in rows])
    left.set(title="Training", ylabel="mean loss of the epoch", ylim=(0, top))
    right.set(title="Validation", ylabel="digits read right")
    as_percent(right.yaxis)
    for axes in (left, right):
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(runs) > 1:
        right.legend(loc="lower right")
    figure.suptitle(title)
    return figure


def loss_by_step(
    runs: Mapping[str, Sequence[float]], rates: Sequence[float] = (), title: str = ""
) -> Figure:
    """Draw the loss of every batch, a line per run, and beside it the learning rate of each step.

    Args:
        runs: for each run's name the loss of each step.
        rates: the learning rate of each step. Without them, beside the losses: by how much the
            loss of each further run differs from the first's.
        title: of the figure.

    Example:
        >>> left, right = loss_by_step({"a run": [9.0, 8.0]}, [0.1, 0.2]).axes
        >>> right.lines[0].get_ydata().tolist()
        [0.1, 0.2]
    """
    beside = "the learning rate" if len(rates) else "how far the other runs are from the first"
    figure, ((left, right),) = panels(
        2, size=(4.2, 2.6), shows=f"The loss of each step, and beside it {beside}"
    )
    first = np.asarray(next(iter(runs.values())))
    for i, (name, losses) in enumerate(runs.items()):
        steps = range(1, len(losses) + 1)
        line = {**look(i), "marker": "", "lw": 1.5, "label": name}
        left.plot(steps, losses, **line)
        if i and not len(rates):
            right.plot(steps, np.asarray(losses) - first, **line)
    left.set(title="Loss of each batch", ylabel="loss", ylim=(0, None))
    if len(runs) > 1:
        left.legend(loc="lower left")
    if len(rates):
        right.plot(range(1, len(rates) + 1), rates, color=BLUE)
        right.set(title="Learning rate", ylim=(0, 1.08 * highest(rates)))
    else:
        reach = 0.1 * highest(first)  # what is smaller than a tenth of the loss looks small
        right.axhline(0, color=SOFT, lw=1)
        right.set(title=f"Difference from {next(iter(runs))}", ylabel="loss", ylim=(-reach, reach))
    for axes in (left, right):
        axes.set_xlabel("step")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.suptitle(title)
    return figure


def logged_scalars(curves: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> Figure:
    """Draw what a run logged, such as to TensorBoard: a panel for each tag.

    Args:
        curves: for each tag its steps and values; accuracies are written in per cent.

    Example:
        >>> figure = logged_scalars({"train/loss": ([1, 2], [9.0, 4.0])})
        >>> figure.axes[0].get_title()
        'train: loss'
    """
    figure, axes = cells(len(curves), 3, (2.9, 2.1), shows="A panel per logged value")
    for cell, (tag, (steps, values)) in zip(axes, curves.items(), strict=True):
        cell.plot(steps, values, color=BLUE, marker="o", ms=3)
        name = tag.replace("/", ": ").replace("_", " ")
        cell.set(
            title=name,
            xlabel="step",
            xlim=(0, 1.04 * highest(steps)),
            ylim=(0, 1.08 * highest(values)),
        )
        cell.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        if "accuracy" in tag:
            as_percent(cell.yaxis)
    return figure
