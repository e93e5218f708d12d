"""What all figures share: one look, one set of colours, and grids of pictures.

A function here or beside returns a matplotlib Figure that pyplot has already let go of, so that a
notebook shows it once, as the value of its cell; nothing in this package computes a statistic.
"""

import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

# Okabe and Ito 2008: told apart with every common kind of colour blindness, and in grey print.
BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"
RED, SKY, PINK, YELLOW, BLACK = "#D55E00", "#56B4E9", "#CC79A7", "#F0E442", "#000000"
PALETTE = (BLUE, ORANGE, GREEN, RED, SKY, PINK, YELLOW, BLACK)
# A split looks the same in every chapter: a colour, and a line or hatching for grey print.
SPLIT_COLOURS = {"train": BLUE, "test": ORANGE, "extra": GREEN}
SPLIT_LINES = {"train": "-", "test": "--", "extra": ":"}
DASHES = ("-", "--", "-.", ":")
SOFT = "#57606A"  # for grids, notes and what is only there to compare with


def style() -> None:
    """Gives every figure drawn afterwards the look of the course."""
    plt.rcParams.update(
        {
            "figure.dpi": 90,
            "font.size": 10,
            "axes.titlesize": 10,
            "axes.titleweight": "bold",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.grid": True,
            "axes.grid.axis": "y",
            "grid.color": "#D8DEE4",
            "grid.linewidth": 0.8,
            "axes.prop_cycle": cycler(color=PALETTE),
            "legend.frameon": False,
            "image.cmap": "gray",
            "savefig.facecolor": "white",
        }
    )


def panels(
    columns: int, rows: int = 1, size: tuple[float, float] = (3.4, 2.6), **options: Any
) -> tuple[Figure, np.ndarray]:
    """An empty figure of `rows` times `columns` axes, each of `size` (width, height) inches.

    `options` go to `plt.subplots`. Gives the figure and the axes, object (rows, columns).
    """
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(size[0] * columns, size[1] * rows),
        layout="constrained",
        squeeze=False,
        **options,
    )
    plt.close(figure)  # else the notebook would show it a second time
    return figure, axes


def as_picture(picture: ArrayLike) -> np.ndarray:
    """A picture as `imshow` takes it: uint8 (H, W) or (H, W, 3).

    Takes (H, W), (H, W, C) or a tensor's (C, H, W), C being 1 or 3, of any type with values of
    0-255.

    Raises:
        ValueError: any other shape.
    """
    array = np.asarray(picture)
    if array.ndim == 3 and array.shape[2] not in (1, 3) and array.shape[0] in (1, 3):
        array = array.transpose(1, 2, 0)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3):
        raise ValueError(f"a picture is (H, W), (H, W, C) or (C, H, W), not {array.shape}")
    return array if array.dtype == np.uint8 else np.clip(np.rint(array), 0, 255).astype(np.uint8)


def show_picture(axes: Axes, picture: ArrayLike, caption: str = "", colour: str = BLACK) -> None:
    """A picture without ticks, its pixels as squares; (0, 0) is its top left *corner*.

    So boxes of exclusive edges, as the library has them, lie exactly where they belong.
    """
    array = as_picture(picture)
    height, width = array.shape[:2]
    extent = (0, width, height, 0)
    axes.imshow(array, vmin=0, vmax=255, interpolation="nearest", extent=extent)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title(caption, fontsize=9, fontweight="normal", color=colour, pad=3)


def draw_boxes(
    axes: Axes, boxes: ArrayLike, colour: str = YELLOW, line: str = "-", width: float = 1.5
) -> None:
    """Outlines of boxes (K, 4) or one box (4,): left, top, right, bottom in pixels; NaN is none."""
    for left, top, right, bottom in np.asarray(boxes, dtype=float).reshape(-1, 4):
        if np.isfinite(left):
            place, sides = (left, top), (right - left, bottom - top)
            if line == "-":  # a dark rim below, so that the outline shows on every ground
                axes.add_patch(Rectangle(place, *sides, fill=False, lw=width + 1.2, ec="#00000080"))
            axes.add_patch(Rectangle(place, *sides, fill=False, lw=width, ec=colour, ls=line))


def picture_grid(
    pictures: Sequence[ArrayLike],
    captions: Sequence[str] = (),
    columns: int = 8,
    title: str = "",
    boxes: Sequence[ArrayLike | None] = (),
    colours: Sequence[str] = (),
    size: float = 1.15,
) -> Figure:
    """Pictures in rows of `columns`, read like text.

    Args:
        pictures: uint8 (H, W, C) arrays or (C, H, W) tensors of 0-255; sizes may differ.
        captions: a text above each picture; none where empty.
        boxes: for each picture boxes (K, 4) to outline, or None; none at all where empty.
        colours: of the captions; black where empty.
        size: inches that a picture's cell is wide and high, captions apart.

    Raises:
        ValueError: captions, boxes or colours are not as many as pictures.
    """
    count = len(pictures)
    for name, values in (("captions", captions), ("boxes", boxes), ("colours", colours)):
        if len(values) not in (0, count):
            raise ValueError(f"{len(values)} {name} for {count} pictures")
    columns = max(1, min(columns, count))
    rows = max(1, -(-count // columns))
    lines = max((caption.count("\n") + 1 for caption in captions if caption), default=0)
    over = 0.17 * lines + 0.06  # inches of caption above each row
    figure, axes = panels(
        columns, rows, (size, size + over), gridspec_kw={"wspace": 0, "hspace": 0}
    )
    for cell in axes.flat:
        cell.set_axis_off()
    for i, (cell, picture) in enumerate(zip(axes.flat, pictures, strict=False)):
        caption = captions[i] if len(captions) else ""
        show_picture(cell, picture, caption, colours[i] if len(colours) else BLACK)
        if len(boxes) and boxes[i] is not None:
            draw_boxes(cell, np.asarray(boxes[i]))
    if title:
        width = max(20, int(12 * columns * size))  # characters that fit over the grid
        figure.suptitle(textwrap.fill(title, width), fontsize=10, fontweight="bold")
    return figure
