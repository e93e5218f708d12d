"""Figures of decoders that write token by token: how they are wired, searched, and where they look.

They draw what a notebook has computed; answers and accuracies are drawn in `errors`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike
from pandas import DataFrame

from svhn_lib.plots import (
    BLACK,
    BLUE,
    DASHES,
    GREEN,
    ORANGE,
    PALETTE,
    SKY,
    SOFT,
    as_picture,
    panels,
    show_picture,
)

_PERCENT = PercentFormatter(1, decimals=0)
# What became of a beginning: colour, weight and mark, so that colour is not needed to tell.
_FATES = {
    "kept": (BLUE, "bold", "→"),
    "dropped": (SOFT, "normal", "×"),
    "ended": (GREEN, "bold", "■"),
}


def unrolled(picture: ArrayLike, tokens: Sequence[str], cell: str, title: str = "") -> Figure:
    """An encoder and a decoder that writes `tokens`, step by step from left to right.

    Args:
        picture: what is read, as `show_picture` takes it.
        tokens: the answers, the end included; each but the last is what the next step is given.
        cell: what a step of the decoder is called.
    """
    figure, ((axes,),) = panels(1, size=(8.4, 2.9))
    steps = len(tokens)
    axes.imshow(as_picture(picture), extent=(0.1, 1.4, 0.55, 1.85), cmap="gray", vmin=0, vmax=255)
    _box(axes, 2.35, 1.2, "encoder", SKY, 1.0)
    _arrow(axes, (1.4, 1.2), (1.85, 1.2))
    for step, (given, answer) in enumerate(zip(["start", *tokens[:-1]], tokens, strict=True)):
        place = 3.9 + 1.3 * step
        _box(axes, place, 1.2, cell, ORANGE)
        _arrow(axes, (place - (1.05 if step == 0 else 0.9), 1.2), (place - 0.42, 1.2))
        _box(axes, place, 0.2, given, "white")
        _arrow(axes, (place, 0.42), (place, 0.95))
        axes.text(place, 2.2, answer, ha="center", va="center", fontweight="bold", fontsize=11)
        _arrow(axes, (place, 1.45), (place, 2.02))
    for height, name in ((2.2, "answer"), (0.2, "given, embedded")):
        axes.text(2.95, height, name, ha="right", va="center", color=SOFT, fontsize=9)
    axes.set(xlim=(0, 3.9 + 1.3 * (steps - 1) + 0.6), ylim=(-0.1, 2.45), title=title)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return figure


def _box(axes: Axes, x: float, y: float, text: str, colour: str, width: float = 0.8) -> None:
    style: dict[str, Any] = {"boxstyle": "round,pad=0.02", "fc": colour, "ec": BLACK, "lw": 0.8}
    axes.add_patch(FancyBboxPatch((x - width / 2, y - 0.22), width, 0.44, **style))
    axes.text(x, y, text, ha="center", va="center", fontsize=9)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": BLACK, "lw": 1})


def similarities(tables: Mapping[str, DataFrame], title: str = "") -> Figure:
    """Cosines of -1 to 1 between tokens, a panel for each table; the diagonal is left out."""
    figure, axes = panels(len(tables), size=(3.7, 3.5))
    for cell, (name, table) in zip(axes[0], tables.items(), strict=True):
        values = np.where(np.eye(len(table), dtype=bool), np.nan, table.to_numpy(dtype=float))
        image = cell.imshow(values, cmap="PuOr", vmin=-1, vmax=1)
        cell.set_xticks(range(len(table)), table.columns, fontsize=8, rotation=90)
        cell.set_yticks(range(len(table)), table.index, fontsize=8)
        cell.set_title(name, fontsize=9, fontweight="normal")
        cell.tick_params(length=0)
        cell.grid(False)
    figure.colorbar(image, ax=axes, label="cosine", shrink=0.8)
    figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure


def beam_steps(steps: Sequence[DataFrame], title: str = "", rows: int = 6) -> Figure:
    """A beam search as one small table a step, in the order in which they come about.

    Args:
        steps: for each step a table of text, probability and fate ('kept', 'dropped' or 'ended'),
            best first; the first `rows` of each are shown, and how many more there are.
    """
    shown = min(rows, max(map(len, steps)))
    figure, axes = panels(len(steps), size=(8.4 / len(steps), 0.75 + 0.21 * (shown + 1)))
    for number, (cell, table) in enumerate(zip(axes[0], steps, strict=True), start=1):
        cell.set_title(f"step {number}", fontsize=9, loc="left")
        records = list(table[["text", "probability", "fate"]].itertuples(index=False))
        for row, (text, probability, fate) in enumerate(records[:rows]):
            colour, weight, mark = _FATES[fate]
            look: dict[str, Any] = {"color": colour, "fontweight": weight, "fontsize": 9}
            cell.text(0.0, -row, mark, va="center", **look)
            cell.text(0.16, -row, text or "nothing", va="center", family="monospace", **look)
            cell.text(0.96, -row, f"{probability:.4f}", va="center", ha="right", **look)
        if len(records) > rows:
            cell.text(
                0.16, -rows, f"{len(records) - rows} more", va="center", color=SOFT, fontsize=8
            )
        cell.set(xlim=(-0.02, 1), ylim=(-shown - 0.5, 0.5))
        cell.set_axis_off()
    names = [f"{mark} {fate}" for fate, (_, _, mark) in _FATES.items()]
    figure.suptitle(title, fontsize=10, fontweight="bold")
    figure.supxlabel("     ".join(names), fontsize=8, color=SOFT)
    return figure


def looks(picture: ArrayLike, weights: ArrayLike, tokens: Sequence[str], title: str = "") -> Figure:
    """Where a decoder looks before each token: the picture, lit up where it does, and the weights.

    Args:
        picture: as `show_picture` takes it.
        weights: (T, W), of the W feature columns from left to right, adding up to 1.
        tokens: the T answers.
    """
    shares = np.asarray(weights, dtype=float)
    steps, columns = shares.shape
    side = min(1.9, 8.4 / steps)  # inches
    figure, axes = panels(steps, 2, (side, side * 0.65 + 0.25), height_ratios=(1, 0.3))
    figure.set_layout_engine("compressed")  # else the bars are wider than the picture above them
    image = as_picture(picture)
    height, width = image.shape[:2]
    edges = np.linspace(0, width, columns + 1)
    for step, (upper, lower) in enumerate(axes.T):
        show_picture(
            upper, picture, f"“{tokens[step]}”" if tokens[step].isdigit() else tokens[step]
        )
        veil = np.zeros((1, columns, 4))
        veil[..., 3] = 0.75 * (1 - shares[step] / shares[step].max())
        upper.imshow(veil, extent=(0, width, height, 0), interpolation="nearest")
        lower.bar(edges[:-1], shares[step], width / columns, align="edge", color=BLUE, ec="white")
        lower.set(xlim=(0, width), ylim=(0, 1), xticks=[], box_aspect=0.3)
        lower.set_yticks([0, 1], ["0", "1"] if step == 0 else ["", ""], fontsize=8)
    axes[1, 0].set_ylabel("weight", fontsize=8)
    figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure


def found_by_width(shares: Mapping[str, Mapping[int, float]], title: str = "") -> Figure:
    """The share of pictures whose best number is found, over the beam's width; a line a name."""
    figure, ((axes,),) = panels(1, size=(6.4, 2.8))
    for i, (name, by_width) in enumerate(shares.items()):
        axes.plot(
            list(by_width), list(by_width.values()), DASHES[i % len(DASHES)],
            color=PALETTE[i % len(PALETTE)], marker="os^D"[i % 4], label=name,
        )  # fmt: skip
    widths = sorted({width for by_width in shares.values() for width in by_width})
    axes.set(xscale="log", xlabel="width of the beam", ylabel="best number found", title=title)
    axes.set_xticks(widths, [f"{width:,}" for width in widths])
    axes.minorticks_off()
    axes.set_ylim(top=1.005)
    axes.yaxis.set_major_formatter(_PERCENT)
    axes.legend(fontsize=8)
    return figure


def accuracy_by_length(shares: Mapping[str, DataFrame], title: str = "") -> Figure:
    """Whole numbers read right over their length, a line with intervals for each reader.

    Args:
        shares: for each name a table indexed by length: accuracy, low, high.
    """
    figure, ((axes,),) = panels(1, size=(6.6, 3.0))
    for i, (name, table) in enumerate(shares.items()):
        spread = [table["accuracy"] - table["low"], table["high"] - table["accuracy"]]
        spread = [part.clip(lower=0) for part in spread]  # a share of 0 may lie a rounding below
        axes.errorbar(
            table.index + 0.08 * (i - (len(shares) - 1) / 2),  # intervals beside each other
            table["accuracy"],
            spread,
            color=PALETTE[i % len(PALETTE)],
            fmt=DASHES[i % len(DASHES)],
            marker="os^D"[i % 4],
            lw=1.2,
            capsize=3,
            label=name,
        )
    lengths = sorted({length for table in shares.values() for length in table.index})
    axes.set(title=title, xlabel="digits of the number", ylabel="whole numbers read right")
    axes.set(xticks=lengths, ylim=(-0.02, 1.02))
    axes.yaxis.set_major_formatter(_PERCENT)
    axes.legend(fontsize=8)
    return figure
