"""What tests of figures look for in them."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

RNG = np.random.default_rng(0)


def picture(height: int = 20, width: int = 30) -> np.ndarray:
    """Noise, uint8 (H, W, 3)."""
    return RNG.integers(0, 256, (height, width, 3), dtype=np.uint8)


def shown(figure: Figure) -> list[Axes]:
    """The axes that hold a picture, by rows from the top."""
    return [axes for axes in figure.axes if axes.images]


def outlines(axes: Axes) -> list[list[float]]:
    """Left, top, right, bottom of the rectangles on some axes, each one once."""
    corners = [patch.get_corners() for patch in axes.patches if isinstance(patch, Rectangle)]
    boxes = [[*c.min(axis=0), *c.max(axis=0)] for c in corners]
    return [box for i, box in enumerate(boxes) if box not in boxes[:i]]


def points(line) -> list[tuple[float, float]]:
    """The points of a line."""
    return list(zip(*(map(float, values) for values in line.get_data()), strict=True))


def lines(axes: Axes) -> dict[str, list[tuple[float, float]]]:
    """The points of each line by its name."""
    return {line.get_label(): points(line) for line in axes.lines}


def texts(axes: Axes) -> list[str]:
    """What is written on some axes, in order."""
    return [text.get_text() for text in axes.texts if text.get_text()]


def intervals(axes: Axes) -> list[tuple[float, float, float]]:
    """Place, lower and upper end of each interval that seaborn has drawn, caps left out."""
    found = []
    for line in axes.lines:
        x, y = (np.asarray(values, dtype=float) for values in line.get_data())
        if len(x) == 8 and not np.isnan(y[3]):  # cap, gap, the interval itself, gap, cap
            found.append((float(x[3]), float(min(y[3:5])), float(max(y[3:5]))))
    return found
