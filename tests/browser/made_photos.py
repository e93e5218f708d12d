"""Painted photos for the browser tests, and a reader that knows what stands in them."""

import time
from types import SimpleNamespace

import cv2
import numpy as np

from svhn_lib.data.cutting.pictures import read_picture

HEIGHT, WIDTH = 360, 480
BOX = (120, 90, 280, 170)  # of the number in every photo


def painted(text: str = "257", ground: tuple[int, int, int] = (40, 70, 120)) -> np.ndarray:
    """A wall with a number in `BOX`; uint8 (360, 480, 3)."""
    picture = np.full((HEIGHT, WIDTH, 3), ground, np.uint8)
    left, top, right, bottom = BOX
    cv2.rectangle(picture, (left, top), (right, bottom), (230, 230, 220), -1)
    size = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 2, 5)[0]
    corner = ((left + right - size[0]) // 2, (top + bottom + size[1]) // 2)
    return cv2.putText(picture, text, corner, cv2.FONT_HERSHEY_SIMPLEX, 2, (20, 20, 20), 5)


class Double:
    """Finds the plate wherever it is, by its colour, and reads 251 in it.

    Attributes:
        seen: how many photos were asked for.
        seconds: that each takes.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self.seen, self.seconds = 0, seconds

    def read_all(self, photo) -> list[SimpleNamespace]:
        self.seen += 1
        time.sleep(self.seconds)
        picture = photo if isinstance(photo, np.ndarray) else read_picture(photo)
        rows, columns = np.nonzero(picture.min(axis=2) > 180)
        if len(rows) < 500:
            return []
        box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        left, top, right, bottom = (float(side) for side in box)
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        candidates = (("251", 0.61), ("257", 0.3), (None, 0.02))
        return [
            SimpleNamespace(
                number="251", probability=0.61, confidence=0.55, found=0.9, stacked=False,
                candidates=candidates, corners=corners, box=(left, top, right, bottom),
            )
        ]  # fmt: skip
