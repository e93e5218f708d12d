"""Figures of why a net read what it read: saliency, neighbours, filters, feature maps, degradation.

They draw what `analysis` has worked out; nothing is computed but how bright to draw it.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike, NDArray
from pandas import DataFrame

from svhn_lib.plots import BLACK, BLUE, ORANGE, RED, SOFT, as_picture, panels, show_picture

_HEAT = "inferno"
_PERCENT = PercentFormatter(1, decimals=0)


def explained(
    pictures: Sequence[ArrayLike],
    captions: Sequence[str],
    digits: Sequence[str],
    maps: Sequence[NDArray[np.float32]],
    neighbours: Sequence[Sequence[tuple[ArrayLike, str]]] = (),
    title: str = "",
) -> Figure:
    """A row for each picture: itself, where each digit read has its evidence, training neighbours.

    Args:
        pictures: N, as `plots.as_picture` takes them.
        captions: of each picture.
        digits: the number read in each.
        maps: for each (K, H, W), 0 to 1, one a digit read.
        neighbours: for each a few (picture, caption); none where empty.
    """
    across = max(map(len, digits))
    beside = max(map(len, neighbours), default=0)
    lines = max(caption.count("\n") for caption in captions) + 1
    size = (1.15, 1.2 + 0.16 * lines)
    figure, axes = panels(1 + across + beside, len(pictures), size, gridspec_kw={"wspace": 0.02})
    for cell in axes.flat:
        cell.set_axis_off()
    for i, cells in enumerate(axes):
        show_picture(cells[0], pictures[i], captions[i])
        for cell, digit, heat in zip(cells[1 : 1 + across], digits[i], maps[i], strict=False):
            overlay(cell, pictures[i], heat)
            cell.set_title(f"evidence for {digit}", fontsize=8, fontweight="normal", pad=3)
        for cell, (picture, caption) in zip(
            cells[1 + across :], neighbours[i] if len(neighbours) else (), strict=False
        ):
            show_picture(cell, picture, caption, SOFT)
    figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure


def overlay(axes: Axes, picture: ArrayLike, heat: NDArray[np.float32]) -> None:
    """A picture in grey with a map (H, W), 0 to 1, over it: nothing where it is 0."""
    array = as_picture(picture)
    show_picture(axes, array if array.ndim == 2 else array.mean(axis=2))
    height, width = array.shape[:2]
    axes.imshow(heat, cmap=_HEAT, vmin=0, vmax=1, alpha=0.75 * heat, extent=(0, width, height, 0))


def filters(weights: ArrayLike, columns: int = 16, title: str = "") -> Figure:
    """The filters of a first layer (F, C, h, w), C = 1 or 3, as pictures; grey is 0.

    Each is drawn on its own scale, to its largest weight.
    """
    values = np.asarray(weights, dtype=float)
    columns = min(columns, len(values))
    figure, axes = panels(columns, -(-len(values) // columns), (0.58, 0.62))
    for cell in axes.flat:
        cell.set_axis_off()
    for cell, one in zip(axes.flat, values, strict=False):
        show_picture(cell, 127.5 + 127.5 * one / max(np.abs(one).max(), 1e-12))
    figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure


def feature_rows(
    picture: ArrayLike,
    layers: Mapping[str, NDArray[np.float32]],
    columns: int = 10,
    title: str = "",
) -> Figure:
    """A picture, and below it a row for each layer (channels, h, w) with its liveliest maps.

    The liveliest are those with the largest deviation; each is drawn on its own scale.
    """
    figure, axes = panels(columns, 1 + len(layers), (0.78, 0.9))
    for cell in axes.flat:
        cell.set_axis_off()
    show_picture(axes[0, 0], picture)
    for cells, (name, layer) in zip(axes[1:], layers.items(), strict=True):
        liveliest = np.argsort(-layer.std(axis=(1, 2)), kind="stable")[:columns]
        for cell, channel in zip(cells, liveliest, strict=False):
            cell.imshow(layer[channel], cmap="gray")
        count, height, width = layer.shape
        words = f"{name}: {min(columns, count)} of {count} maps, {height} × {width} pixels"
        cells[0].set_title(" ", fontsize=8, pad=3)  # room for the words, which may be wider
        cells[0].text(
            0, 1.08, words, transform=cells[0].transAxes, fontsize=8, va="bottom", in_layout=False
        )
    figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure


def degradation_strips(
    strips: Mapping[str, tuple[Sequence[ArrayLike], DataFrame]], title: str = ""
) -> Figure:
    """One picture made worse, a row for each way, with what was read; wrong answers in red.

    Args:
        strips: for each name, with its unit, the pictures and their rows: strength, predicted,
            confidence, right.
    """
    most = max(len(pictures) for pictures, _ in strips.values())
    figure, axes = panels(most, len(strips), (1.1, 1.5))
    for cell in axes.flat:
        cell.set_axis_off()
    for cells, (name, (pictures, rows)) in zip(axes, strips.items(), strict=True):
        columns = (rows[key] for key in ("strength", "predicted", "confidence", "right"))
        for cell, picture, strength, read, sure, right in zip(
            cells, pictures, *columns, strict=False
        ):
            caption = f"{strength:g}\n{read or 'nothing'}  {sure:.2f}"
            show_picture(cell, picture, caption, BLACK if right else RED)
        cells[0].text(
            -0.06, 0.5, name.replace(": ", "\n"), transform=cells[0].transAxes, rotation=90,
            ha="right", va="center", fontsize=8, color=SOFT,
        )  # fmt: skip
    figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure


def degradation_curves(tables: Mapping[str, DataFrame], title: str = "") -> Figure:
    """A panel for each degradation: accuracy and mean confidence over its strength.

    Args:
        tables: for each name, with its unit, a table indexed by strength: accuracy, confidence.
    """
    figure, axes = panels(len(tables), 1, (9.0 / len(tables), 2.8), sharey=True)
    for cell, (name, table) in zip(axes[0], tables.items(), strict=True):
        for column, colour, mark in (("accuracy", BLUE, "o-"), ("confidence", ORANGE, "s--")):
            label = {"accuracy": "read right", "confidence": "mean confidence"}[column]
            cell.plot(table.index, table[column], mark, color=colour, ms=4, label=label)
        cell.set_xlabel(name)
    axes[0, 0].set_ylim(0, 1.03)
    axes[0, 0].yaxis.set_major_formatter(_PERCENT)
    axes[0, 0].legend(loc="lower left", fontsize=8)
    figure.suptitle(title, fontsize=10, fontweight="bold")
    return figure
