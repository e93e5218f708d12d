"""Diagrams of how a part of a network is wired, drawn once by hand: nothing in them is measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from numpy.typing import ArrayLike

from svhn_lib.plots.pictures import as_picture, show_picture
from svhn_lib.plots.theme import BLACK, ORANGE, SKY, SOFT, YELLOW, panels


def unrolled_gru(digits: Sequence[str], title: str = "") -> Figure:
    """Draw a GRU that is unrolled as in Marek 2017: the same features, a classifier per step.

    Args:
        digits: what the steps answer, from left to right.
        title: of the figure.

    Example:
        >>> figure = unrolled_gru(["2", "0", "blank"])
        >>> [text.get_text() for text in figure.axes[0].texts[:4]]
        ['features', 'GRU', 'classifier 1', '2']
    """
    figure, axes = _canvas(
        (8.4, 2.9),
        "A diagram: a GRU gets the same features at every step and hands its state on to the next; "
        "each step has a classifier of its own",
    )
    end = 1.9 + 1.6 * len(digits)
    _box(axes, (1.9 + end - 1.6) / 2, 0.0, "features", SKY, end - 2.2)
    for i, digit in enumerate(digits):
        x = 1.9 + 1.6 * i
        _box(axes, x, 1.0, "GRU", ORANGE, 0.9)
        _box(axes, x, 2.0, f"classifier {i + 1}", YELLOW, 1.3)
        axes.text(x, 2.95, digit, ha="center", va="center", fontweight="bold", fontsize=11)
        for y in (0.24, 1.24, 2.24):
            _arrow(axes, (x, y), (x, y + 0.5))
        _arrow(axes, (x - (1.15 if i else 0.9), 1.0), (x - 0.47, 1.0))
    axes.text(0.95, 1.0, "zeros", ha="right", va="center", fontsize=9)
    for y, name in ((2.95, "answer"), (1.0, "state, handed on"), (0.0, "the same for all")):
        axes.text(end - 0.5, y, name, va="center", color=SOFT, fontsize=9)
    axes.set(xlim=(0.3, end + 1.5), ylim=(-0.3, 3.2), title=title)
    return figure


def attention_step(columns: int = 5, title: str = "") -> Figure:
    """Draw one step of additive attention (Bahdanau et al. 2015) over columns of features.

    Args:
        columns: of features that are drawn.
        title: of the figure.

    Example:
        >>> figure = attention_step(3)
        >>> [text.get_text() for text in figure.axes[0].texts[:3]]
        ['$m_1$', '$e_1$', '$a_1$']
    """
    figure, axes = _canvas(
        (8.4, 3.3),
        "A diagram: the state and each column give a score, a softmax makes weights of the scores, "
        "and the weighted sum of the columns goes into the next state and into the answer",
    )
    last = 1.2 * (columns - 1)
    for i in range(columns):
        x = 1.2 * i
        _box(axes, x, 0.0, f"$m_{i + 1}$", SKY, 0.8)
        _box(axes, x, 1.0, f"$e_{i + 1}$", "white", 0.8)
        _box(axes, x, 2.0, f"$a_{i + 1}$", YELLOW, 0.8)
        _arrow(axes, (x, 0.24), (x, 0.74))
        _arrow(axes, (x, 1.24), (x, 1.74))
        _arrow(axes, (x, 2.24), (last / 2, 2.84))
    _box(axes, last / 2, 3.1, "seen", SKY, 1.0)
    right = last + 2.2
    _box(axes, right, 1.0, "state $h$", ORANGE, 1.3)
    rim: dict[str, Any] = {"boxstyle": "round,pad=0.02", "fc": "none", "ec": SOFT, "ls": "--"}
    axes.add_patch(FancyBboxPatch((-0.6, 0.65), last + 1.2, 0.7, **rim))
    _arrow(axes, (right - 0.68, 1.0), (last + 0.63, 1.0))
    _box(axes, right, 3.1, "GRU", ORANGE, 1.0)
    _arrow(axes, (last / 2 + 0.52, 3.1), (right - 0.53, 3.1))
    _arrow(axes, (right, 1.24), (right, 2.84))
    _box(axes, right + 1.9, 3.1, "next state", ORANGE, 1.3)
    _arrow(axes, (right + 0.53, 3.1), (right + 1.22, 3.1))
    _arrow(axes, (right + 1.9, 2.84), (right + 1.9, 2.3))
    axes.text(right + 1.9, 2.1, "12 scores, with “seen”", ha="center", va="center", fontsize=9)
    _box(axes, right, 4.0, "last token, embedded", "white", 2.5)
    _arrow(axes, (right, 3.74), (right, 3.36))
    for y, name in ((0.0, "columns"), (1.0, "scores"), (2.0, "softmax"), (3.1, "weighted sum")):
        axes.text(-0.85, y, name, ha="right", va="center", color=SOFT, fontsize=9)
    axes.set(xlim=(-2.4, right + 3.4), ylim=(-0.4, 4.4), title=title)
    return figure


def column_labels(
    picture: ArrayLike, boxes: ArrayLike, labels: Sequence[str], title: str = ""
) -> Figure:
    """Draw what the column loss asks of each feature column: the digit whose centre lies in it.

    Args:
        picture: as `show_picture` takes it.
        boxes: (K, 4) of its digits, in pixels; NaN where there is none.
        labels: of the W columns, from left to right: a digit, or '' for none.
        title: of the figure.

    Example:
        >>> figure = column_labels(np.zeros((8, 8)), [[0, 0, 4, 8]], ["7", ""])
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['7', 'none']
    """
    figure, ((axes,),) = panels(
        1,
        size=(3.4, 3.3),
        shows="A picture cut into its feature columns, a dot in the middle of each digit, and "
        "below each column the digit whose middle lies in it",
    )
    height, width = as_picture(picture).shape[:2]
    show_picture(axes, picture, title)
    step = width / len(labels)
    for i, label in enumerate(labels):
        if i:
            axes.axvline(step * i - 0.5, color="white", lw=0.8, alpha=0.8)
        look = {"fontsize": 9, "fontweight": "bold"} if label else {"fontsize": 7, "color": SOFT}
        axes.text(step * (i + 0.5) - 0.5, height * 1.05, label or "none", ha="center", **look)
    for left, top, right, bottom in np.asarray(boxes, dtype=float):
        axes.plot((left + right) / 2, (top + bottom) / 2, "o", color=ORANGE, mec=BLACK, ms=8)
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height * 1.1, -0.5))
    return figure


def training_loop(title: str = "") -> Figure:
    """Draw one step of training: forward, backward, new weights; and beside it the measurement.

    Args:
        title: of the figure.

    Example:
        >>> texts = [text.get_text() for text in training_loop().axes[0].texts]
        >>> "random views" in texts
        True
    """
    figure, axes = _canvas(
        (8.8, 2.9),
        "A diagram: a batch, its random views, the network, its logits and the loss in a row; back "
        "from the loss by gradients and the optimiser to the network's weights; below, validation",
    )
    names = ("training set", "batch", "random views", "network", "logits", "loss")
    places = [1.75 * i for i in range(len(names))]
    for i, (x, name) in enumerate(zip(places, names, strict=True)):
        colour = ORANGE if name == "network" else SKY if name == "training set" else "white"
        _box(axes, x, 2.0, name, colour, 1.25)
        if i:
            _arrow(axes, (places[i - 1] + 0.65, 2.0), (x - 0.65, 2.0))
    network, logits, loss = places[3:]
    _box(axes, loss, 1.0, "gradients", "white", 1.25)
    _box(axes, logits, 1.0, "optimiser", YELLOW, 1.25)
    _arrow(axes, (loss, 1.76), (loss, 1.26))
    _arrow(axes, (loss - 0.65, 1.0), (logits + 0.65, 1.0))
    _arrow(axes, (logits - 0.65, 1.0), (network + 0.1, 1.74))
    _box(axes, places[0], 0.0, "validation set", SKY, 1.25)
    _box(axes, loss, 0.0, "numbers read right", "white", 1.75)
    _arrow(axes, (places[0] + 0.65, 0.0), (network - 0.65, 0.0))
    _box(axes, network, 0.0, "network", ORANGE, 1.25)
    _arrow(axes, (network + 0.65, 0.0), (loss - 0.9, 0.0))
    notes = (
        (logits, 2.45, "forward"),
        (logits + 0.9, 0.52, "backward"),
        (network - 0.5, 1.35, "new weights"),
    )
    for x, y, note in notes:
        axes.text(x, y, note, ha="center", color=SOFT, fontsize=9)
    axes.text(
        network,
        -0.5,
        "now and then, without changing a weight",
        ha="center",
        color=SOFT,
        fontsize=9,
    )
    axes.set(xlim=(-0.8, loss + 1.0), ylim=(-0.65, 2.65), title=title)
    return figure


def data_parallel(processes: int = 2, title: str = "") -> Figure:
    """Draw a step of data-parallel training: parts of a batch, their gradients, and the mean.

    Args:
        processes: that share the batch.
        title: of the figure.

    Example:
        >>> figure = data_parallel(2)
        >>> [text.get_text() for text in figure.axes[0].texts].count("network")
        2
    """
    figure, axes = _canvas(
        (8.8, 0.6 + 0.75 * processes),
        "A diagram: each process computes the gradient of its part of the batch with the same "
        "weights; the mean of the gradients goes back to all, and all make the same step",
    )
    middle = (processes - 1) / 2
    _box(axes, 0.0, middle, "batch", SKY, 1.0)
    _box(axes, 6.9, middle, "mean gradient", YELLOW, 1.5)
    for i in range(processes):
        y = float(processes - 1 - i)
        _box(axes, 1.9, y, f"part {i + 1}", "white", 0.9)
        _box(axes, 3.4, y, "network", ORANGE, 1.0)
        _box(axes, 5.0, y, f"gradient {i + 1}", "white", 1.2)
        _box(axes, 9.0, y, "same step", ORANGE, 1.2)
        _arrow(axes, (0.53, middle), (1.42, y))
        _arrow(axes, (2.38, y), (2.87, y))
        _arrow(axes, (3.93, y), (4.37, y))
        _arrow(axes, (5.63, y), (6.12, middle))
        _arrow(axes, (7.68, middle), (8.37, y))
        axes.text(
            -0.62,
            y - 0.12 + 0.25 * (y - middle),
            f"process {i + 1}",
            ha="right",
            color=SOFT,
            fontsize=9,
        )
    axes.text(3.4, -0.6, "the same weights everywhere", ha="center", color=SOFT, fontsize=9)
    axes.set(xlim=(-1.8, 9.8), ylim=(-0.75, processes - 0.4), title=title)
    return figure


def _canvas(size: tuple[float, float], shows: str) -> tuple[Figure, Axes]:
    figure, ((axes,),) = panels(1, size=size, shows=shows)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return figure, axes


def _box(axes: Axes, x: float, y: float, text: str, colour: str, width: float) -> None:
    corner = (x - width / 2, y - 0.22)
    axes.add_patch(
        FancyBboxPatch(corner, width, 0.44, boxstyle="round,pad=0.02", fc=colour, ec=BLACK, lw=0.8)
    )
    axes.text(x, y, text, ha="center", va="center", fontsize=9)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": BLACK, "lw": 1})
