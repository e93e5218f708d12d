"""Photos and the numbers in them, as they were read and as a person corrected them.

How they are read is in `photo_reading`, how they are shown, in `photo_content`, and how they are
kept on disk, in `labelled`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhn_lib.detection.rectify import checked_corners
from svhn_lib.labels import MAX_DIGITS
from svhn_lib.widgets.labelled import Labelled

_LEAST_SIDE = 2.0  # of a box, in pixels


@dataclass(frozen=True)
class Number:
    """One number of a photo.

    Attributes:
        number: its digits; '' where none could be read.
        corners: float64 (4, 2), x and y in pixels of the photo, in the number's own order.
        stacked: whether the digits stand one under another.
        confidence: that there is a number here and that it is this one; None for a person's.
        candidates: the most probable numbers and their probabilities.
        typed: whether a person said which number it is.
    """

    number: str
    corners: NDArray[np.float64]
    stacked: bool = False
    confidence: float | None = None
    candidates: tuple[tuple[str, float], ...] = ()
    typed: bool = False

    @property
    def words(self) -> str:
        """The number and how sure the reader was, for those who do not see the photo."""
        sure = "" if self.confidence is None else f", confidence {self.confidence:.2f}"
        return f"{self.number or 'not read'}{sure}"


@dataclass
class Photo:
    """One photo; every change can be undone.

    Attributes:
        path: of its file.
        name: as a person knows it.
        numbers: in it, best first.
        problem: why it could not be read; '' where it was.
        saved: whether the numbers stand in the table of labels as they are here.
        earlier: the numbers before each change, the last one last.
    """

    path: Path
    name: str
    numbers: list[Number] = field(default_factory=list)
    problem: str = ""
    saved: bool = False
    earlier: list[list[Number]] = field(default_factory=list)

    def change(self, numbers: Sequence[Number]) -> None:
        """Put other numbers in the place of those that are there.

        Args:
            numbers: all that there are from now on.
        """
        self.earlier.append(self.numbers)
        self.numbers, self.saved = list(numbers), False

    def correct(
        self,
        index: int,
        number: str | None = None,
        corners: ArrayLike | None = None,
        stacked: bool | None = None,
    ) -> None:
        """Change one number; what is None stays.

        Args:
            index: of the number, from 0.
            number: its digits.
            corners: (4, 2), x and y in pixels.
            stacked: whether the digits stand one under another.

        Raises:
            ValueError: the digits are none, the corners no box, or there is no such number.
        """
        self._check(index)
        numbers = list(self.numbers)
        numbers[index] = corrected(numbers[index], number, corners, stacked)
        self.change(numbers)

    def insert(self, corners: ArrayLike, number: str = "") -> None:
        """Add a number.

        Args:
            corners: (4, 2), x and y in pixels.
            number: its digits, '' for not known yet.

        Raises:
            ValueError: the digits are none, or the corners no box.
        """
        new = corrected(Number("", np.zeros((4, 2))), number or None, corners)
        self.change([*self.numbers, new])

    def remove(self, index: int) -> None:
        """Take a number out.

        Args:
            index: of the number, from 0.

        Raises:
            ValueError: there is no such number.
        """
        self._check(index)
        self.change([one for place, one in enumerate(self.numbers) if place != index])

    def undo(self) -> None:
        """Take the last change back, where there was one."""
        if self.earlier:
            self.numbers, self.saved = self.earlier.pop(), False

    def labelled(self) -> list[Labelled]:
        """Return the numbers as the table of labels has them.

        Raises:
            ValueError: a number is still without digits.
        """
        for place, one in enumerate(self.numbers, start=1):
            if not one.number:
                raise ValueError(
                    f"number {place} of {self.name} has no digits: type them, or remove it"
                )
        return [Labelled(one.number, one.corners, one.stacked) for one in self.numbers]

    def in_words(self) -> str:
        """Return the numbers with what is known of them, for those who do not see the photo."""
        return self.problem or "; ".join(one.words for one in self.numbers) or "no number"

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self.numbers):
            raise ValueError(f"there is no number {index}: the photo has {len(self.numbers)}")

    @property
    def words(self) -> str:
        """The numbers in one line."""
        if self.problem:
            return "not read"
        return ", ".join(one.number or "?" for one in self.numbers) or "no number"


def corrected(
    one: Number,
    number: str | None = None,
    corners: ArrayLike | None = None,
    stacked: bool | None = None,
) -> Number:
    """Return a number with what a person says of it; what is None stays.

    A box that was moved or digits that were typed are the person's: no confidence is given then.

    Args:
        one: the number as it was.
        number: its digits.
        corners: (4, 2), x and y in pixels.
        stacked: whether the digits stand one under another.

    Raises:
        ValueError: the digits are none, or the corners no box.

    Example:
        >>> square = np.array([[0, 0], [9, 0], [9, 9], [0, 9.0]])
        >>> corrected(Number("17", square, confidence=0.4), number="11").words
        '11'
    """
    if number is not None:
        one = replace(one, number=_digits(number), confidence=None, typed=True)
    if corners is not None:
        one = replace(one, corners=_corners(corners), confidence=None)
    return one if stacked is None else replace(one, stacked=stacked)


def _digits(text: str) -> str:
    text = text.strip()
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is not made of the digits 0-9")
    if len(text) > MAX_DIGITS:
        raise ValueError(f"{text} has more than {MAX_DIGITS} digits")
    return text


def _corners(given: ArrayLike) -> NDArray[np.float64]:
    corners = checked_corners(given)
    if np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1).min() < _LEAST_SIDE:
        raise ValueError(f"a box of less than {_LEAST_SIDE:.0f} pixels: no digit can be read there")
    return corners
