"""What is seen on a figure, in words: read off what has been drawn, for those who do not see it.

A figure function adds only what kind of drawing it is; titles, axes, series and values are found
here, so that the words and the drawing cannot say different things.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.category import StrCategoryFormatter
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, StrMethodFormatter

MOST = 900  # characters: a screen reader reads an alternative text in one go
MARKS = ("o", "s", "^", "D")  # of points that are told without a name
_FEW = 12  # points of a line that are all told


def describe(figure: Figure, shows: str = "") -> str:
    """Return a figure's title, what it shows and its values, as one line of text.

    Args:
        figure: as it is drawn.
        shows: what kind of drawing it is, such as 'Bars side by side'.

    Example:
        >>> figure = Figure()
        >>> axes = figure.add_subplot(title="Accuracy", xlabel="epoch", ylabel="share")
        >>> lines = axes.plot([1, 2, 3], [0.5, 0.7, 0.9], label="a net")
        >>> describe(figure, "A line")
        'Accuracy. A line: share over epoch: a net: 0.5 at 1, 0.7 at 2, 0.9 at 3.'
    """
    seen = [axes for axes in figure.axes if _is_used(axes)]
    title = _plain(figure.get_suptitle())
    if not title and len(seen) == 1:
        title = _plain(seen[0].get_title())
    panels = [words for words in _panels(seen, title) if words]
    text = ": ".join(part for part in (shows, "; ".join(panels)) if part)
    outlines = [name for name in _legends(figure) if name not in text]
    named = f"Named: {', '.join(outlines)}" if outlines else ""
    text = ". ".join(part.rstrip(".") for part in (title, text, named) if part) or "A figure"
    return text + "." if len(text) < MOST else text[: MOST - 2].rsplit(" ", 1)[0] + " …"


def _is_used(axes: Axes) -> bool:
    """Whether something is drawn or written on it; a scale of colours is no panel."""
    return axes.get_label() != "<colorbar>" and (axes.has_data() or bool(axes.texts))


def _legends(figure: Figure) -> list[str]:
    legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes)]
    return [_written(text) for legend in legends if legend for text in legend.get_texts()]


def _plain(text: str) -> str:
    return " ".join(text.split())


def _panels(seen: list[Axes], title: str) -> Iterator[str]:
    """Each chart in its own words; pictures that follow on each other in a list."""
    for pictures, some in groupby(seen, key=lambda axes: bool(axes.images)):
        group = list(some)
        if pictures:
            captions = [text for axes in group if (text := _caption(axes, title))]
            count = f"{len(group)} pictures" if len(group) > 1 else "a picture"
            yield f"{count}: {', '.join(captions)}" if captions else count
        else:
            yield from (_chart(axes, title) for axes in group)


def _caption(axes: Axes, title: str) -> str:
    """Row name, title and what is written on a picture."""
    words = [axes.get_ylabel(), axes.get_title(), *(text.get_text() for text in axes.texts)]
    return " ".join(word for word in map(_plain, words) if word and word != title)


def _chart(axes: Axes, title: str) -> str:
    """A panel's own title, its axes, and what is drawn on them."""
    name = _plain(axes.get_title()) or _plain(axes.get_title(loc="left"))
    drawn = [*_bars(axes), *_lines(axes), *_cells(axes)]
    if drawn:
        labels = [_plain(axis.get_label_text()) for axis in (axes.yaxis, axes.xaxis)]
        head = [" over ".join(label for label in labels if label)]
    else:
        head, drawn = [], [" ".join(text for text in map(_written, axes.texts) if text)]
    if name and name != title:
        head.insert(0, name)
    return ": ".join(part for part in (*head, ", ".join(drawn)) if part)


def _written(text: Any) -> str:
    return _plain(text.get_text())


def _bars(axes: Axes) -> Iterator[str]:
    for bars in axes.containers:
        if not isinstance(bars, BarContainer) or not len(bars):
            continue
        flat = bars.orientation == "horizontal"
        names, sizes = (axes.yaxis, axes.xaxis) if flat else (axes.xaxis, axes.yaxis)
        boxes = [bar.get_bbox() for bar in bars]
        told = [
            f"{_place(names, (box.y0 + box.y1) / 2)} {_value(sizes, box.x1)}"
            if flat
            else f"{_place(names, (box.x0 + box.x1) / 2)} {_value(sizes, box.y1)}"
            for box in boxes
        ]
        few = len(told) <= 2 * _FEW
        yield _named(str(bars.get_label()), ", ".join(told) if few else f"{len(told)} bars")


def _lines(axes: Axes) -> Iterator[str]:
    lines = [line for line in axes.lines if len(_points(line))]
    named = [line for line in lines if not str(line.get_label()).startswith("_")]
    if not any(line.get_transform() == axes.transData for line in named):
        marked = [line for line in lines if line.get_marker() in MARKS]
        named += marked or [line for line in lines if len(_points(line)) > 2]
    for line in named:
        points = _points(line)
        if line.get_transform() == axes.transData:
            told = _course(axes, points)
        elif line.get_transform() == axes.get_xaxis_transform():  # upright across the panel
            told = f"at {_place(axes.xaxis, points[0, 0])}"
        else:
            told = _value(axes.yaxis, points[0, 1])
        yield _named(str(line.get_label()), told)
    for dots in axes.collections:
        if isinstance(dots, PathCollection):
            yield _named(str(dots.get_label()), f"{len(np.asarray(dots.get_offsets())):,} points")


def _points(line: Line2D) -> np.ndarray:
    points = np.asarray(line.get_xydata(), dtype=float)
    return points[np.isfinite(points).all(axis=1)]


def _course(axes: Axes, points: np.ndarray) -> str:
    """All points of a short line; of a long one both ends and its highest point."""
    told = [f"{_value(axes.yaxis, y)} at {_place(axes.xaxis, x)}" for x, y in points]
    if len(told) <= _FEW:
        return ", ".join(told)
    highest = int(points[:, 1].argmax())
    top = f", highest {told[highest]}" if highest not in (0, len(told) - 1) else ""
    return f"from {told[0]} to {told[-1]}{top}"


def _cells(axes: Axes) -> Iterator[str]:
    """The three strongest cells of a heat map."""
    for mesh in axes.collections:
        if isinstance(mesh, QuadMesh):
            values: np.ndarray = np.ma.filled(np.ma.asarray(mesh.get_array()).astype(float), np.nan)
            if values.ndim != 2:  # colours, not values
                continue
            values = np.nan_to_num(np.abs(values), nan=0.0)
            order = np.argsort(-values, axis=None)[:3]
            found = np.column_stack(np.unravel_index(order, values.shape))
            strongest = ", ".join(
                f"{_place(axes.yaxis, row + 0.5)} with {_place(axes.xaxis, column + 0.5)}"
                for row, column in found
                if values[row, column] > 0
            )
            shape = " × ".join(map(str, values.shape))
            yield f"{shape} cells" + (f", strongest {strongest}" if strongest else "")


def _named(label: str, told: str) -> str:
    return told if label.startswith("_") or not label else f"{_plain(label)}: {told}"


def _value(axis: Axis, value: float) -> str:
    """A value as its axis writes it, such as in per cent, or with three digits."""
    written = axis.get_major_formatter()
    text = ""
    if isinstance(written, FuncFormatter | StrMethodFormatter | StrCategoryFormatter):
        text = _plain(str(written(value, 0)))
    return text or (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}")


def _place(axis: Axis, place: float) -> str:
    """The name of a place: of the tick at it, of the two that it is amid, or its value."""
    written = axis.get_major_formatter()
    if not isinstance(written, FuncFormatter | StrCategoryFormatter) or _plain(written(place, 0)):
        return _value(axis, place)
    ticks = np.sort(np.asarray(axis.get_majorticklocs(), dtype=float))
    if len(ticks) and ticks[0] - 0.5 < place < ticks[-1] + 0.5:
        spacing = np.diff(ticks).min() if len(ticks) > 1 else 1.0
        nearest = ticks[np.abs(ticks - place).argmin()]
        if abs(nearest - place) < 0.45 * spacing:
            return _value(axis, nearest)
        right = int(np.searchsorted(ticks, place))
        return f"{_value(axis, ticks[right - 1])}–{_value(axis, ticks[right])}"
    return f"{place:.3g}"
