"""What the error browser tells of the row that is open, as plain values and bytes.

How they are laid out is decided in `static/error_panel.js`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from pandas import Series

from svhn_lib.plots import as_picture
from svhn_lib.widgets.gallery import known, png, shrunk, words

if TYPE_CHECKING:
    from svhn_lib.analysis import Edit
    from svhn_lib.analysis.explain import Explanation

MEANINGS = {
    "sharpness": ("", "strength of edges by contrast; blurred pictures have little"),
    "contrast": ("", "standard deviation of the grey levels 0 to 255 around the number"),
    "height": (" px", "of the number in its picture"),
}
"""Unit of each measure, and what it is."""
_SIDE = 1024  # of the longer side of the picture that is open, pixels


def describe(
    row: Series[Any],
    place: int,
    picture: ArrayLike,
    waits: bool,
    usual: dict[str, tuple[float, float]],
) -> dict[str, Any]:
    """Return picture, digits, candidates and facts of one row.

    Args:
        row: of an error table.
        place: of the row, from 0.
        picture: as `plots.as_picture` takes it.
        waits: whether an explanation is to follow.
        usual: of some measures, between which values half of the pictures lie.
    """
    shown = shrunk(as_picture(picture), _SIDE)
    candidates = row.get("candidates")
    read, sure = row["predicted"] or "", row["digit_probabilities"]
    # Some readers give none, and of an answer that was too improbable only the digits' are known.
    digits = zip(read, sure, strict=True) if len(read) == len(sure) else ()
    return {
        "place": place,
        "title": words(row),
        "number": row["number"],
        "right": bool(row["right"]),
        "picture": png(shown),
        "size": list(shown.shape[:2]),
        "digits": [
            {"digit": digit, "probability": known(probability)} for digit, probability in digits
        ],
        "candidates": [
            [text or "nothing", known(p)]
            for text, p in (candidates if isinstance(candidates, list | tuple) else ())
        ],
        "facts": _facts(row, usual),
        "overlays": [],
        "neighbours": [],
        "waits": waits,
        "problem": "",
    }


def explained(explain: Callable[[int], Explanation], place: int, read: str) -> dict[str, Any]:
    """Return what an explainer says of one row, or, where it fails, its error as `problem`.

    Args:
        explain: gives an explanation for a place.
        place: of the row, from 0.
        read: the number read, '' for none.
    """
    try:
        explanation = explain(place)
        maps = [np.asarray(part) for part in explanation.saliency]
        if len(maps) != len(read):
            raise ValueError(f"{len(maps)} saliency maps for the {len(read)} digits of {read}")
        overlays = [
            {"size": list(part.shape), "strength": _levels(part).tobytes()} for part in maps
        ]
        neighbours = [
            {
                "picture": png(other.picture),
                "number": str(other.number),
                "distance": float(other.distance),
            }
            for other in explanation.neighbours
        ]
    except Exception as error:  # it is the caller's code, and may fail in any way
        return {"waits": False, "problem": f"{type(error).__name__}: {error}"}
    return {"waits": False, "overlays": overlays, "neighbours": neighbours}


def edit_words(edit: Edit, length: int) -> str:
    """Return one edit in words; digits are counted from 1.

    Args:
        edit: of a number.
        length: digits of the true number.

    Example:
        >>> from svhn_lib.analysis import Edit
        >>> edit_words(Edit("missing", 1, "5", ""), 3)
        'digit 2: 5 missing'
    """
    if edit.kind == "substitution":
        return f"digit {edit.position + 1}: {edit.true} read as {edit.read}"
    if edit.kind == "missing":
        return f"digit {edit.position + 1}: {edit.true} missing"
    where = "at the end" if edit.position == length else f"before digit {edit.position + 1}"
    return f"extra {edit.read} {where}"


def _facts(row: Series[Any], usual: dict[str, tuple[float, float]]) -> list[tuple[str, str, str]]:
    """Name, value and meaning of what else is known, as text."""
    edits = [edit_words(edit, len(row["number"])) for edit in row["edits"]]
    facts = [("errors", ", ".join(edits) or "none", ""), ("file", str(row["file"]), "")]
    if row.get("source"):
        facts.append(("source", str(row["source"]), ""))
    for name, (unit, meaning) in MEANINGS.items():
        if name in row and np.isfinite(row[name]):
            low, high = usual[name]
            half = f"half of these pictures have {low:.3g} to {high:.3g}{unit}"
            facts.append((name, f"{row[name]:.3g}{unit}", f"{meaning}; {half}"))
    return facts


def _levels(strength: ArrayLike) -> np.ndarray:
    """Values of 0 to 1 as uint8."""
    return np.rint(255 * np.clip(np.asarray(strength, dtype=float), 0, 1)).astype(np.uint8)
