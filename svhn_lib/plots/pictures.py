"""Single pictures and plain grids of them, with boxes in pixels.

Pictures with what was read in them are in `galleries`, whole photos in `photos`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from svhn_lib.plots.theme import BLACK, YELLOW, cells


def as_picture(picture: ArrayLike) -> np.ndarray:
    """Return a picture as `imshow` takes it: uint8 (H, W) or (H, W, 3).

    Args:
        picture: (H, W), (H, W, C) or a tensor's (C, H, W), C being 1 or 3, of any type with values
            of 0-255.

    Raises:
        ValueError: any other shape.

    Example:
        >>> as_picture(np.full((3, 8, 16), 254.6)).shape
        (8, 16, 3)
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
    """Draw a picture without ticks, its pixels as squares; (0, 0) is its top left *corner*.

    So boxes of exclusive edges, as the library has them, lie exactly where they belong.

    Args:
        axes: to draw on.
        picture: as `as_picture` takes it.
        caption: above it.
        colour: of the caption.

    Example:
        >>> from svhn_lib.plots import panels
        >>> figure, ((axes,),) = panels(1)
        >>> show_picture(axes, np.zeros((20, 30, 3)), "257")
        >>> axes.images[0].get_extent()
        [0, 30, 20, 0]
    """
    array = as_picture(picture)
    height, width = array.shape[:2]
    extent = (0, width, height, 0)
    axes.imshow(array, cmap="gray", vmin=0, vmax=255, interpolation="nearest", extent=extent)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title(caption, fontsize=9, fontweight="normal", color=colour, pad=3)


def draw_boxes(
    axes: Axes, boxes: ArrayLike, colour: str = YELLOW, line: str = "-", width: float = 1.5
) -> None:
    """Draw the outlines of boxes.

    Args:
        axes: to draw on.
        boxes: (K, 4) or one of them, (4,): left, top, right, bottom in pixels; NaN is none.
        colour: of the lines.
        line: its style; solid ones get a dark rim, so that they show on every ground.
        width: of the lines in points.

    Example:
        >>> from svhn_lib.plots import panels
        >>> figure, ((axes,),) = panels(1)
        >>> draw_boxes(axes, [2, 3, 10, 15], line="--")
        >>> axes.patches[0].get_bbox().extents.tolist()
        [2.0, 3.0, 10.0, 15.0]
    """
    for left, top, right, bottom in np.asarray(boxes, dtype=float).reshape(-1, 4):
        if np.isfinite(left):
            place, sides = (left, top), (right - left, bottom - top)
            if line == "-":
                axes.add_patch(Rectangle(place, *sides, fill=False, lw=width + 1.2, ec="#00000080"))
            axes.add_patch(Rectangle(place, *sides, fill=False, lw=width, ec=colour, ls=line))


def name_boxes(figure: Figure, lines: Mapping[str, tuple[str, str]]) -> None:
    """Name the outlines that a figure draws, below it.

    Args:
        figure: that has them.
        lines: for each name colour and style of the line.

    Example:
        >>> from svhn_lib.plots import panels
        >>> figure, _ = panels(1)
        >>> name_boxes(figure, {"digit": (YELLOW, "-")})
        >>> [text.get_text() for text in figure.legends[0].get_texts()]
        ['digit']
    """
    handles = [
        Line2D([], [], color=colour, ls=line, lw=2.5, label=name)
        for name, (colour, line) in lines.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=4)


def picture_grid(
    pictures: Sequence[ArrayLike],
    captions: Sequence[str] = (),
    columns: int = 8,
    title: str = "",
    boxes: Sequence[ArrayLike | None] = (),
    colours: Sequence[str] = (),
    size: float = 1.15,
) -> Figure:
    """Draw pictures in rows of `columns`, read like text.

    Args:
        pictures: uint8 (H, W, C) arrays or (C, H, W) tensors of 0-255; sizes may differ.
        captions: a text above each picture; none where empty.
        columns: pictures per row.
        title: over all of them.
        boxes: for each picture boxes (K, 4) to outline, or None; none at all where empty.
        colours: of the captions; black where empty. A picture whose colour is not black also gets
            a frame in that colour, so that it stands out in grey print.
        size: inches that a picture's cell is wide and high, captions apart.

    Raises:
        ValueError: captions, boxes or colours are not as many as pictures.

    Example:
        >>> figure = picture_grid(np.zeros((3, 8, 8, 3)), ["2", "5", "7"], columns=2)
        >>> [axes.get_title() for axes in figure.axes if axes.images]
        ['2', '5', '7']
    """
    count = len(pictures)
    for name, values in (("captions", captions), ("boxes", boxes), ("colours", colours)):
        if len(values) not in (0, count):
            raise ValueError(f"{len(values)} {name} for {count} pictures")
    columns = max(1, min(columns, count))
    lines = max((caption.count("\n") + 1 for caption in captions if caption), default=0)
    above = 0.17 * lines + 0.06  # inches of caption above each row
    space = {"wspace": 0, "hspace": 0}
    figure, axes = cells(count, columns, (size, size + above), gridspec_kw=space)
    for i, (cell, picture) in enumerate(zip(axes, pictures, strict=True)):
        colour = colours[i] if len(colours) else BLACK
        show_picture(cell, picture, captions[i] if len(captions) else "", colour)
        if len(boxes) and boxes[i] is not None:
            draw_boxes(cell, np.asarray(boxes[i]))
        if colour != BLACK:
            cell.spines[:].set(visible=True, color=colour, linewidth=2.5)
    if title:
        width = max(20, int(12 * columns * size))  # characters that fit over the grid
        figure.suptitle(textwrap.fill(title, width))
    return figure
