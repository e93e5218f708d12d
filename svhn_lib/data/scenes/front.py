"""The canvas of a house front, measured in metres, and the texture that surfaces are made of.

x goes to the right, y downwards; the pavement begins at y = 0, so that what stands on it has
negative y.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

_TILE = 1024
_FINE = 4  # bits of a pixel's fraction in the coordinates that OpenCV draws at


@dataclass(frozen=True)
class Front:
    """A house front while it is painted; painting changes `canvas` in place.

    Attributes:
        rng: random numbers of whatever is painted next.
        canvas: float32 (H, W, 3), RGB, 0-255.
        scale: pixels of a metre.
        left: x of the canvas's left edge, metres.
        top: y of its upper edge, metres.
    """

    rng: np.random.Generator
    canvas: np.ndarray
    scale: float
    left: float
    top: float

    @property
    def right(self) -> float:
        """X of the canvas's right edge, metres."""
        return self.left + self.canvas.shape[1] / self.scale

    @property
    def bottom(self) -> float:
        """Y of the canvas's lower edge, metres."""
        return self.top + self.canvas.shape[0] / self.scale

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Return points, float64 (K, 2) in metres, in pixels of the canvas."""
        return (points - (self.left, self.top)) * self.scale

    def sees(self, box: tuple[float, float, float, float]) -> bool:
        """Return whether a box (left, top, right, bottom) in metres reaches into the canvas."""
        left, top, right, bottom = box
        over = right > self.left and left < self.right
        return over and bottom > self.top and top < self.bottom

    def part(self, box: tuple[float, float, float, float]) -> np.ndarray:
        """Return the canvas inside a box in metres, as a view, float32 (h, w, 3); maybe empty."""
        scale, left, top = self.scale, self.left, self.top
        x0, x1 = round((box[0] - left) * scale), round((box[2] - left) * scale)
        y0, y1 = round((box[1] - top) * scale), round((box[3] - top) * scale)
        return self.canvas[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]

    def fill(self, box: tuple[float, float, float, float], colour: np.ndarray) -> np.ndarray:
        """Fill a box in metres with a colour, (3,); return that part of the canvas."""
        part = self.part(box)
        part[:] = colour
        return part

    def polygon(self, points: np.ndarray, colour: np.ndarray) -> None:
        """Fill the polygon with corners (K, 2) in metres."""
        cv2.fillPoly(self.canvas, [self._fixed(points)], colour.tolist(), cv2.LINE_AA, _FINE)

    def shape(self, points: list[list[float]], x: float, y: float, colour: np.ndarray) -> None:
        """Fill a polygon whose corners are given from a point (x, y) on, metres."""
        self.polygon(np.array(points) + np.array([x, y]), colour)

    def line(self, points: np.ndarray, colour: np.ndarray, thick: float) -> None:
        """Draw lines through points (K, 2) in metres; `thick` is in metres too."""
        thick = thick * self.scale
        if thick < 0.35:
            return
        fixed = [self._fixed(points)]
        width = max(1, round(thick))
        cv2.polylines(self.canvas, fixed, False, colour.tolist(), width, cv2.LINE_AA, _FINE)

    def frame(
        self, box: tuple[float, float, float, float], colour: np.ndarray, thick: float
    ) -> None:
        """Draw the outline of a box in metres."""
        left, top, right, bottom = box
        corners = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
        self.line(np.array(corners), colour, thick)

    def disc(self, x: float, y: float, radius: float, colour: np.ndarray) -> None:
        """Fill a circle; all in metres."""
        size = radius * self.scale
        if size < 0.3 or not self.sees((x - radius, y - radius, x + radius, y + radius)):
            return
        centre = self._fixed(np.array([[x, y]]))[0].tolist()
        pixels = max(8, round(size * 2**_FINE))
        cv2.circle(self.canvas, centre, pixels, colour.tolist(), -1, cv2.LINE_AA, _FINE)

    def shade(self, box: tuple[float, float, float, float], factor: float) -> None:
        """Make a box in metres darker (a factor below 1) or brighter."""
        self.part(box)[...] *= np.float32(factor)

    def _fixed(self, points: np.ndarray) -> np.ndarray:
        limited = np.clip(self.pixels(points), -20_000, 20_000)
        return np.round(limited * 2**_FINE).astype(np.int32)


@lru_cache(maxsize=1)
def _white() -> np.ndarray:
    return np.random.default_rng(15).standard_normal((_TILE, _TILE), dtype=np.float32)


def grain(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Return white noise, float32 (H, W) of deviation 1, cut from one large piece."""
    rows, columns = min(size[0], _TILE), min(size[1], _TILE)
    y, x = (int(rng.integers(_TILE - side + 1)) for side in (rows, columns))
    piece = _white()[y : y + rows, x : x + columns]
    if (rows, columns) == size:
        return piece
    return np.resize(np.tile(piece, (-(-size[0] // rows), -(-size[1] // columns))), size)


@lru_cache(maxsize=1)
def _fractal() -> np.ndarray:
    """Noise with as much in every octave, float32 (1024, 1024), as textures of nature have it."""
    rng, noise = np.random.default_rng(16), np.zeros((_TILE, _TILE), np.float32)
    for octave in range(3, 11):
        coarse = rng.standard_normal((2**octave, 2**octave), dtype=np.float32)
        noise += cv2.resize(coarse, (_TILE, _TILE), interpolation=cv2.INTER_CUBIC)
    return noise / noise.std()


def weathered(rng: np.random.Generator, canvas: np.ndarray) -> None:
    """Make a canvas, float32 (H, W, 3), as uneven as all that stands outdoors; in place."""
    rows, columns = canvas.shape[:2]
    zoom = max(rng.uniform(0.4, 1.6), rows / _TILE, columns / _TILE)
    high, wide = int(rows / zoom), int(columns / zoom)
    y, x = int(rng.integers(_TILE - high + 1)), int(rng.integers(_TILE - wide + 1))
    piece = _fractal()[y : y + high, x : x + wide][:: 1 - 2 * int(rng.integers(2))]
    noise = cv2.resize(piece, (columns, rows), interpolation=cv2.INTER_LINEAR)
    canvas *= (1 + np.float32(np.exp(rng.uniform(-5.5, -2.7))) * noise)[..., None]


def clouds(rng: np.random.Generator, size: tuple[int, int], cell: float) -> np.ndarray:
    """Return smooth noise, float32 (H, W) of deviation near 1; `cell` is a blob's width, pixels."""
    cell = max(1.0, cell)
    coarse = max(2, round(size[0] / cell) + 1), max(2, round(size[1] / cell) + 1)
    if cell < 1.5:
        return grain(rng, size)
    way = cv2.INTER_CUBIC if cell > 4 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grain(rng, coarse), size[::-1], interpolation=way), np.float32)
