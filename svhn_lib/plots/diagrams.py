"""Diagrams of decoders that write token by token: unrolled, searched, and where they look.

They draw what a notebook has computed. A map of boxes and arrows is here, too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from numpy.typing import ArrayLike
from pandas import DataFrame

from svhn_lib.plots.pictures import as_picture, show_picture
from svhn_lib.plots.theme import BLACK, BLUE, GREEN, ORANGE, SKY, SOFT, panels

# What became of a beginning: colour, weight and mark, so that colour is not needed to tell.
_FATES = {
    "kept": (BLUE, "bold", "→"),
    "dropped": (SOFT, "normal", "×"),
    "ended": (GREEN, "bold", "■"),
}


def needs_map(
    places: Mapping[str, tuple[float, float]],
    needs: Sequence[tuple[str, str]],
    marked: Collection[str] = (),
    title: str = "",
) -> Figure:
    """Draw boxes, and an arrow from each to those that need it.

    Args:
        places: for the text of each box its column from the left and its row from below.
        needs: pairs of texts: what comes first, and what needs it.
        marked: texts of the boxes that stand out.
        title: of the figure.

    Example:
        >>> figure = needs_map({"walk": (0, 0), "run": (1, 0)}, [("walk", "run")], ["walk"])
        >>> [text.get_text() for text in figure.axes[0].texts if text.get_text()]
        ['walk', 'run']
    """
    figure, ((axes,),) = panels(1, size=(8.8, 3.2), shows="A map: boxes, and what each one needs")
    spots = {text: (2.6 * column, 0.9 * row) for text, (column, row) in places.items()}
    for text, (x, y) in spots.items():
        _box(axes, x, y, text, ORANGE if text in marked else "white", 1.9)
    for first, then in needs:
        (x, y), (right, up) = spots[first], spots[then]
        _arrow(axes, (x + 0.98, y), (right - 0.98, up))
    across = [x for x, _ in spots.values()]
    heights = [y for _, y in spots.values()]
    axes.set_xlim(min(across) - 1.1, max(across) + 1.1)
    axes.set_ylim(min(heights) - 0.4, max(heights) + 0.4)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_title(title)
    return figure


def unrolled_decoder(
    picture: ArrayLike, tokens: Sequence[str], cell: str, title: str = ""
) -> Figure:
    """Draw an encoder and a decoder that writes tokens, step by step from left to right.

    The first input of the decoder is the encoded picture, the next ones are the start and the
    answers so far; only from the start on is an answer asked for.

    Args:
        picture: what is read, as `show_picture` takes it.
        tokens: the answers, the end included; each but the last is what the next step is given.
        cell: what a step of the decoder is called.
        title: of the figure.

    Example:
        >>> figure = unrolled_decoder(np.zeros((8, 8)), ["2", "end"], "LSTM")
        >>> sum(text.get_text() == "LSTM" for text in figure.axes[0].texts)
        3
    """
    figure, ((axes,),) = panels(
        1,
        size=(8.4, 2.9),
        shows="A diagram: a decoder is given the encoded picture, then its last answer each time",
    )
    axes.imshow(as_picture(picture), "gray", extent=(0.1, 1.4, -0.45, 0.85), vmin=0, vmax=255)
    first, step = 2.5, 1.3
    inputs, outputs = ["encoder", "start", *tokens[:-1]], ["", *tokens]
    for i, (given, answer) in enumerate(zip(inputs, outputs, strict=True)):
        place = first + step * i
        _box(axes, place, 1.2, cell, ORANGE)
        _box(axes, place, 0.2, given, "white" if i else SKY, 0.8 if i else 1.0)
        _arrow(axes, (place, 0.42), (place, 0.95))
        if i:
            _arrow(axes, (place - 0.9, 1.2), (place - 0.42, 1.2))
            _arrow(axes, (place, 1.45), (place, 2.02))
            axes.text(place, 2.2, answer, ha="center", va="center", fontweight="bold", fontsize=11)
    _arrow(axes, (1.4, 0.2), (first - 0.52, 0.2))
    end = first + step * len(tokens) + 0.55
    for height, name in ((2.2, "answer"), (1.2, "state"), (0.2, "input, embedded")):
        axes.text(end, height, name, ha="left", va="center", color=SOFT, fontsize=9)
    axes.set(xlim=(0, end + 1.6), ylim=(-0.5, 2.45), title=title)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return figure


def _box(axes: Axes, x: float, y: float, text: str, colour: str, width: float = 0.8) -> None:
    style: dict[str, Any] = {"boxstyle": "round,pad=0.02", "fc": colour, "ec": BLACK, "lw": 0.8}
    axes.add_patch(FancyBboxPatch((x - width / 2, y - 0.22), width, 0.44, **style))
    axes.text(x, y, text, ha="center", va="center", fontsize=9)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": BLACK, "lw": 1})


def beam_tree(steps: Sequence[DataFrame], title: str = "", rows: int = 6) -> Figure:
    """Draw a beam search as a tree that grows from left to right, a column per step.

    Args:
        steps: for each step a table of text, probability and fate ('kept', 'dropped' or 'ended'),
            best first; a text goes on from one that was kept in the step before.
        title: of the figure.
        rows: of each table that are shown; of the others, how many there are.

    Example:
        >>> step = {"text": ["2", "3"], "probability": [0.9, 0.1], "fate": ["kept", "dropped"]}
        >>> figure = beam_tree([DataFrame(step)])
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['start', 'step 1', '→ 2  0.900', '× 3  0.100']
    """
    most = min(rows, max(map(len, steps))) + any(len(table) > rows for table in steps)
    figure, ((axes,),) = panels(
        1,
        size=(min(8.8, 1.2 + 1.9 * len(steps)), 0.8 + 0.27 * (most + 1)),
        shows="A tree with a column per step, → for kept, × for dropped, ■ for ended",
    )
    middle = -(most - 1) / 2
    axes.text(0.0, middle, "start", va="center", fontsize=9)
    places = {"": (0.28, middle)}  # of kept texts: where a branch leaves them
    for number, table in enumerate(steps, start=1):
        left = number - 0.45
        axes.text(left, 1, f"step {number}", va="center", fontsize=9, color=SOFT)
        records = list(table[["text", "probability", "fate"]].itertuples(index=False))
        grown = {}
        for row, (text, probability, fate) in enumerate(records[:rows]):
            colour, weight, mark = _FATES[fate]
            name = (text or "nothing").ljust(number)
            label = f"{mark} {name}  {probability:.3f}"
            parent = text if fate == "ended" else text[:-1]
            if parent in places:
                (x, y), dashes = places[parent], ":" if fate == "dropped" else "-"
                axes.plot([x, left - 0.04], [y, -row], color=colour, ls=dashes, lw=1)
            look: dict[str, Any] = {"color": colour, "fontweight": weight, "fontsize": 8.5}
            axes.text(left, -row, label, va="center", family="monospace", **look)
            if fate == "kept":
                grown[text] = (left + 0.1 + 0.036 * len(label), float(-row))
        if len(records) > rows:
            axes.text(left, -rows, f"{len(records) - rows} more", color=SOFT, fontsize=8)
        places = grown
    axes.set(xlim=(-0.02, len(steps) + 0.35), ylim=(-most + 0.3, 1.4), title=title)
    axes.set_axis_off()
    names = [f"{mark} {fate}" for fate, (_, _, mark) in _FATES.items()]
    figure.supxlabel("     ".join(names), fontsize=8, color=SOFT)
    return figure


def attention_maps(
    picture: ArrayLike, weights: ArrayLike, tokens: Sequence[str], title: str = ""
) -> Figure:
    """Draw where a decoder looks before each token: the picture, lit up there, and the weights.

    Args:
        picture: as `show_picture` takes it.
        weights: (T, W), of the W feature columns from left to right, adding up to 1.
        tokens: the T answers.
        title: of the figure.

    Example:
        >>> figure = attention_maps(np.zeros((8, 16)), [[0.7, 0.3], [0.1, 0.9]], ["4", "end"])
        >>> [axes.get_title() for axes in figure.axes[:2]]
        ['“4”', 'end']
    """
    shares = np.asarray(weights, dtype=float)
    steps, columns = shares.shape
    side = min(1.9, 8.4 / steps)  # inches
    figure, axes = panels(
        steps,
        2,
        (side, side * 0.65 + 0.25),
        height_ratios=(1, 0.3),
        shows="The picture lit up where the decoder looks before each token; below, the weights",
    )
    figure.set_layout_engine("compressed")  # else the bars are wider than the picture above them
    height, width = as_picture(picture).shape[:2]
    edges = np.linspace(0, width, columns + 1)
    for (upper, lower), token, row in zip(axes.T, tokens, shares, strict=True):
        show_picture(upper, picture, f"“{token}”" if token.isdigit() else token)
        veil = np.zeros((1, columns, 4))
        veil[..., 3] = 0.75 * (1 - row / row.max())
        upper.imshow(veil, extent=(0, width, height, 0), interpolation="nearest")
        lower.bar(edges[:-1], row, width / columns, align="edge", color=BLUE, ec="white")
        lower.set(xlim=(0, width), ylim=(0, 1), xticks=[], box_aspect=0.3)
        lower.set_yticks([0, 1], ["0", "1"] if lower is axes[1, 0] else ["", ""], fontsize=8)
    axes[1, 0].set_ylabel("weight", fontsize=8)
    figure.suptitle(title)
    return figure
