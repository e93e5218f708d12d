"""Why a net read what it read: saliency, neighbours, weights, feature maps, degraded pictures.

They draw what `analysis` has worked out; nothing is computed but how bright to draw it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from pandas import DataFrame

from svhn_lib.plots.pictures import as_picture, show_picture
from svhn_lib.plots.theme import BLACK, RED, SOFT, cells, panels


def explanation_rows(
    pictures: Sequence[ArrayLike],
    captions: Sequence[str],
    digits: Sequence[str],
    maps: Sequence[NDArray[np.float32]],
    neighbours: Sequence[Sequence[tuple[ArrayLike, str]]] = (),
    title: str = "",
) -> Figure:
    """Draw a row for each picture: itself, the evidence for each digit read, training neighbours.

    Args:
        pictures: N, as `as_picture` takes them.
        captions: of each picture.
        digits: the number read in each, '' for none.
        maps: for each (K, H, W), 0 to 1, one per digit read.
        neighbours: for each some (picture, caption); none where empty.
        title: of the figure.

    Example:
        >>> heat = np.zeros((1, 8, 8), np.float32)
        >>> figure = explanation_rows([np.zeros((8, 8))], ["7 read 1"], ["1"], [heat])
        >>> [axes.get_title() for axes in figure.axes]
        ['7 read 1', 'evidence for 1']
    """
    across = max(map(len, digits))
    beside = max(map(len, neighbours), default=0)
    lines = max(caption.count("\n") for caption in captions) + 1
    size = (1.15, 1.2 + 0.16 * lines)
    figure, axes = panels(
        1 + across + beside,
        len(pictures),
        size,
        gridspec_kw={"wspace": 0.02},
        shows="A row per picture: itself, the evidence for each digit read, neighbours in training",
    )
    for cell in axes.flat:
        cell.set_axis_off()
    for i, row in enumerate(axes):
        show_picture(row[0], pictures[i], captions[i])
        for cell, digit, heat in zip(row[1 : 1 + across], digits[i], maps[i], strict=False):
            _overlay(cell, pictures[i], heat)
            cell.set_title(f"evidence for {digit}", fontsize=8, fontweight="normal", pad=3)
        near = neighbours[i] if len(neighbours) else ()
        for cell, (picture, caption) in zip(row[1 + across :], near, strict=False):
            show_picture(cell, picture, caption, SOFT)
    figure.suptitle(title)
    return figure


def _overlay(axes: Axes, picture: ArrayLike, heat: NDArray[np.float32]) -> None:
    """A picture in grey with a map (H, W), 0 to 1, over it: nothing where it is 0."""
    array = as_picture(picture)
    show_picture(axes, array if array.ndim == 2 else array.mean(axis=2))
    height, width = array.shape[:2]
    extent = (0, width, height, 0)
    axes.imshow(heat, "inferno", alpha=0.75 * heat, vmin=0, vmax=1, extent=extent)


def templates(weights: ArrayLike, names: Sequence[str], title: str = "") -> Figure:
    """Draw the weights of some outputs as pictures, 0 being white, all on one scale.

    The scale ends where 99 % of the weights do, so that some large ones leave something to see.

    Args:
        weights: (K, H, W), of K outputs.
        names: of the outputs.
        title: of the figure.

    Example:
        >>> figure = templates(np.random.default_rng(0).normal(size=(2, 8, 8)), ["0", "1"])
        >>> [axes.get_title() for axes in figure.axes[:2]]
        ['0', '1']
    """
    pictures = np.asarray(weights, dtype=float)
    figure, axes = cells(
        len(pictures), 5, (1.4, 1.5), shows="Weights as pictures, light or dark by sign"
    )
    limit = float(np.quantile(np.abs(pictures), 0.99))
    for cell, picture, name in zip(axes, pictures, names, strict=True):
        image = cell.imshow(picture, cmap="PuOr_r", vmin=-limit, vmax=limit)
        cell.set_axis_off()
        cell.set_title(name, fontsize=9, fontweight="normal", pad=3)
    figure.colorbar(image, ax=axes, label="weight of the pixel", shrink=0.8, extend="both")
    figure.suptitle(title)
    return figure


def filters(weights: ArrayLike, columns: int = 16, title: str = "") -> Figure:
    """Draw the filters of a first layer as pictures; grey is 0.

    Args:
        weights: (F, C, h, w), C = 1 or 3; each is drawn on its own scale, to its largest weight.
        columns: filters per row.
        title: of the figure.

    Example:
        >>> len(filters(np.ones((5, 3, 3, 3))).axes)
        5
    """
    values = np.asarray(weights, dtype=float)
    figure, axes = cells(
        len(values), columns, (0.58, 0.62), shows="Filters of a first layer as small pictures"
    )
    for cell, one in zip(axes, values, strict=True):
        show_picture(cell, 127.5 + 127.5 * one / max(np.abs(one).max(), 1e-12))
    figure.suptitle(title)
    return figure


def feature_rows(
    picture: ArrayLike,
    layers: Mapping[str, NDArray[np.float32]],
    columns: int = 10,
    title: str = "",
) -> Figure:
    """Draw a picture, and below it a row for each layer with its liveliest maps.

    The liveliest are those with the largest standard deviation; each is drawn on its own scale.

    Args:
        picture: as `show_picture` takes it.
        layers: for each name its maps, (channels, h, w).
        columns: maps of each layer.
        title: of the figure.

    Example:
        >>> figure = feature_rows(np.zeros((8, 8)), {"block 1": np.ones((5, 4, 4))}, columns=2)
        >>> figure.axes[2].texts[0].get_text()
        'block 1: 2 of 5 maps, 4 × 4 pixels'
    """
    figure, axes = panels(
        columns,
        1 + len(layers),
        (0.78, 0.9),
        shows="A picture, and below it a row of feature maps per layer",
    )
    for cell in axes.flat:
        cell.set_axis_off()
    show_picture(axes[0, 0], picture)
    for row, (name, layer) in zip(axes[1:], layers.items(), strict=True):
        liveliest = np.argsort(-layer.std(axis=(1, 2)), kind="stable")[:columns]
        for cell, channel in zip(row, liveliest, strict=False):
            cell.imshow(layer[channel], cmap="gray")
        count, height, width = layer.shape
        words = f"{name}: {min(columns, count)} of {count} maps, {height} × {width} pixels"
        row[0].set_title(" ", fontsize=8, pad=3)  # room for the words, which may be wider
        look = {"transform": row[0].transAxes, "fontsize": 8, "va": "bottom", "in_layout": False}
        row[0].text(0, 1.08, words, **look)
    figure.suptitle(title)
    return figure


def degradation_strips(
    strips: Mapping[str, tuple[Sequence[ArrayLike], DataFrame]], title: str = ""
) -> Figure:
    r"""Draw one picture made worse, a row per degradation, with what was read.

    Args:
        strips: for each name, with its unit, the pictures and their rows: strength, predicted,
            confidence, right. Wrong answers are in red.
        title: of the figure.

    Example:
        >>> row = {"strength": [1.5], "predicted": ["25"], "confidence": [0.2], "right": [False]}
        >>> figure = degradation_strips({"blur: sigma": ([np.zeros((8, 8))], DataFrame(row))})
        >>> figure.axes[0].get_title()
        '1.5\n25  0.20'
    """
    most = max(len(pictures) for pictures, _ in strips.values())
    figure, axes = panels(
        most,
        len(strips),
        (1.1, 1.5),
        shows="One picture made worse step by step, a row per degradation, with what was read",
    )
    for cell in axes.flat:
        cell.set_axis_off()
    for row, (name, (pictures, rows)) in zip(axes, strips.items(), strict=True):
        columns = (rows[key] for key in ("strength", "predicted", "confidence", "right"))
        for cell, picture, strength, read, sure, right in zip(
            row, pictures, *columns, strict=False
        ):
            caption = f"{strength:g}\n{read or 'nothing'}  {sure:.2f}"
            show_picture(cell, picture, caption, BLACK if right else RED)
        row[0].text(
            -0.06, 0.5, name.replace(": ", "\n"), transform=row[0].transAxes, rotation=90,
            ha="right", va="center", fontsize=8, color=SOFT,
        )  # fmt: skip
    figure.suptitle(title)
    return figure
