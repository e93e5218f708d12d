"""What was read in one picture: the one record that every way of reading gives."""

from __future__ import annotations

from dataclasses import dataclass, field

ONE_VIEW_ONLY = "writes token by token, so that views cannot be averaged: read one view"
Candidate = tuple[str | None, float]
"""A number, None for no number, and its probability."""
Corners = tuple[tuple[float, float], ...]
"""Four points, x and y in pixels: a number's own top left, top right, bottom right, bottom left."""


@dataclass(frozen=True)
class Answer:
    """What was read in one picture; probabilities are 0 to 1.

    Attributes:
        number: its digits, leading zeros kept; None for no number.
        probability: of the most probable answer, which `number` is unless it was too improbable
            to be given. Where the number had to be found, it is the probability that there is one
            times that of what it says.
        digit_probabilities: of each digit of the most probable answer, given its place and length
            or the digits before it.
        candidates: the most probable answers with their probabilities, best first.
        box: of the number in the picture, pixels: left, top, right, bottom; None where it was not
            looked for, or nothing was found.
        corners: of the number, which may climb or lie on its side; None where `box` is.
        found: the probability that a number stands there; None where it was not looked for.
        others: the further numbers of the picture, best first; each has no others of its own.

    Example:
        >>> answer = Answer("25", 0.9, (0.95, 0.95), (("25", 0.9), (None, 0.06)))
        >>> answer.number
        '25'
        >>> round(answer.other_probability, 2)
        0.04
    """

    number: str | None
    probability: float
    digit_probabilities: tuple[float, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    box: tuple[float, float, float, float] | None = None
    corners: Corners | None = field(default=None, repr=False)
    found: float | None = None
    others: tuple[Answer, ...] = ()

    @property
    def confidence(self) -> float:
        """The probability, by the name that tables and JSON give it."""
        return self.probability

    @property
    def other_probability(self) -> float:
        """The probability of all answers that are not among the candidates."""
        return max(0.0, 1 - sum(probability for _, probability in self.candidates))


def number_text(value: int, length: int) -> str | None:
    """Write a value with leading zeros to its length; None, no number, for length 0.

    Example:
        >>> number_text(7, 3), number_text(0, 0)
        ('007', None)
    """
    return f"{value:0{length}d}" if length else None
