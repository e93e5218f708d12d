"""The scene: a canvas with a number on it, while it is being painted."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import cv2
import numpy as np

from svhn_lib.data.street import layout
from svhn_lib.data.street.layout import Ink, Placed

Picture = np.ndarray  # float32 (H, W, 3), RGB, 0-255

_SIXTEENTHS = 4  # bits of a pixel's fraction in the coordinates that OpenCV draws at


@dataclass(frozen=True)
class Scene:
    """A number on its wall, seen flat and on the canvas.

    The flat scene is measured in digit heights, x to the right and y downwards, the number's
    first digit near (0, 0). Painting changes `canvas` in place; all else stays as it is.

    Attributes:
        rng: random numbers of whatever is painted next.
        canvas: float32 (H, W, 3), RGB, 0-255.
        digits: the number's characters in the flat scene.
        to_canvas: float64 (3, 3), the perspective from the flat scene to pixels of the canvas.
        unit: height of a digit on the canvas, pixels.
    """

    rng: np.random.Generator
    canvas: Picture
    digits: list[Placed]
    to_canvas: np.ndarray
    unit: float

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the canvas, pixels."""
        return self.canvas.shape[0], self.canvas.shape[1]

    @cached_property
    def box(self) -> np.ndarray:
        """The number's box in the flat scene, float64 (2, 2): [[left, top], [right, bottom]]."""
        return layout.flat_box(self.digits)

    def drawing_from(self, rng: np.random.Generator) -> Self:
        """Return the same scene, on the same canvas, with other random numbers."""
        return replace(self, rng=rng)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return where points of the flat scene, float64 (K, 2), lie on the canvas, (K, 2)."""
        return cv2.perspectiveTransform(points[:, None], self.to_canvas)[:, 0]

    def flat(self, points: np.ndarray) -> np.ndarray:
        """Return points (K, 2) on the canvas as if the view did not recede, (K, 2).

        Far points may lie behind the camera; near the number the view is nearly flat.
        """
        origin = self.project(np.zeros((1, 2)))[0]
        return origin + points @ (self.project(np.eye(2)) - origin)

    def outlines(self) -> list[np.ndarray]:
        """Return the convex hull of each digit's ink on the canvas, float64 (K, 2) as (x, y)."""
        return [layout.outline(digit, self.to_canvas) for digit in self.digits]

    def ink(self, characters: list[Placed]) -> Ink:
        """Return characters as ink on the canvas, float32 (H, W), 0-1."""
        return layout.draw_ink(characters, self.to_canvas, self.size)

    def fill(self, corners: np.ndarray, colour: np.ndarray) -> None:
        """Fill the polygon with corners (K, 2), in pixels of the canvas."""
        cv2.fillPoly(self.canvas, [_fixed(corners)], colour.tolist(), cv2.LINE_AA, _SIXTEENTHS)

    def line(
        self, corners: np.ndarray, colour: np.ndarray, thick: float, closed: bool = True
    ) -> None:
        """Draw lines through points (K, 2), in pixels; `thick` is in digit heights."""
        pixels = max(1, int(self.unit * thick))
        points = [_fixed(corners)]
        cv2.polylines(
            self.canvas, points, closed, colour.tolist(), pixels, cv2.LINE_AA, _SIXTEENTHS
        )

    def mask(self, corners: np.ndarray) -> Ink:
        """Return the polygon with corners (K, 2) as ink, float32 (H, W), 0-1."""
        cover: Ink = np.zeros(self.size, np.float32)
        cv2.fillPoly(cover, [_fixed(corners)], 1.0, cv2.LINE_AA, _SIXTEENTHS)
        return cover


def _fixed(points: np.ndarray) -> np.ndarray:
    """Pixels in the sixteenths that OpenCV draws at, int32."""
    return np.round(points * 2**_SIXTEENTHS).astype(np.int32)
