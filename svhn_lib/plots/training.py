"""Figures of training runs: losses and rates by step, learning curves side by side, speeds.

The values come from a run's history or from a notebook's own loop; nothing is smoothed here.
"""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
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
_AGAINST = {"examples": "pictures seen, thousands", "seconds": "seconds of training"}


def loss_by_step(losses: Sequence[float], rates: Sequence[float]) -> Figure:
    """The loss of every batch beside the learning rate that it was followed with."""
    figure, ((left, right),) = panels(2, size=(4.2, 2.6))
    left.plot(range(1, len(losses) + 1), losses, color=BLUE, lw=1.2)
    left.set(title="Loss of each batch", ylabel="loss")
    right.plot(range(1, len(rates) + 1), rates, color=BLUE)
    right.set(title="Learning rate")
    for axes, highest in ((left, max(losses)), (right, max(rates))):
        axes.set(xlabel="step", ylim=(0, 1.08 * highest))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def learning_curves(
    runs: Mapping[str, History],
    against: str = "examples",
    guess: float | None = None,
    title: str = "",
) -> Figure:
    """Loss and validation accuracy of one or several runs on the same axes.

    Args:
        runs: a name for each history; a single one needs no legend.
        against: 'examples' or 'seconds'.
        guess: sequence accuracy without looking at the picture, drawn to compare with.

    Raises:
        ValueError: `against` is another column.
    """
    if against not in _AGAINST:
        raise ValueError(f"curves against {against!r}: use one of {', '.join(_AGAINST)}")
    figure, ((left, right),) = panels(2, size=(4.2, 2.8))
    for number, (name, history) in enumerate(runs.items()):
        places = [row[against] for row in history]
        for axes, key in ((left, "loss"), (right, "sequence_accuracy")):
            axes.plot(
                places,
                [row[key] for row in history],
                color=PALETTE[number % len(PALETTE)],
                ls=DASHES[number % len(DASHES)],
                marker="o",
                ms=3.5,
                label=name,
            )
    if guess is not None:
        right.axhline(guess, color=SOFT, lw=1, ls=(0, (1, 2)), label="always the same answer")
    highest = max(row["loss"] for history in runs.values() for row in history)
    left.set(title="Training loss", ylabel="mean since the last point", ylim=(0, 1.08 * highest))
    right.set(title="Whole numbers read right", ylabel="share of the validation set")
    right.set_ylim(0, 1)
    for axes in (left, right):
        axes.set_xlabel(_AGAINST[against])
        axes.set_xlim(0, None)
        if against == "examples":
            axes.xaxis.set_major_formatter(_THOUSANDS)
    if len(runs) > 1 or guess is not None:
        right.legend(loc="upper left", fontsize=8)
    if title:
        figure.suptitle(title, fontsize=10, fontweight="bold")
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
