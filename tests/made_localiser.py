"""A localiser that finds what a test tells it to, in place of a net."""

from collections.abc import Sequence

import numpy as np

from svhn_lib.detection import Found


def corners_of(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """The corners of a level, upright box."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def place(left: float, top: float, right: float, bottom: float, confidence: float = 0.9) -> Found:
    """A level place."""
    return Found(corners_of(left, top, right, bottom), confidence)


class Finds:
    """Finds in every picture the same places, given in shares of its width and height."""

    def __init__(self, *places: Found) -> None:
        self.places = places
        self.sizes: list[list[tuple[int, ...]]] = []

    def find_many(self, pictures: Sequence[np.ndarray]) -> list[list[Found]]:
        """Note the sizes of the pictures, and return the places of each in its pixels."""
        self.sizes.append([picture.shape for picture in pictures])
        return [
            [
                Found(one.corners * picture.shape[1::-1], one.confidence, one.stacked)
                for one in self.places
            ]
            for picture in pictures
        ]
