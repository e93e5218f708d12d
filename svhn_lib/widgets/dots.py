"""What the map of the error browser draws: a dot for each picture, and its colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from svhn_lib.analysis.compare import OUTCOMES
from svhn_lib.widgets.models import Pair
from svhn_lib.widgets.selection import Rows

_MOST = 8  # kinds that are told apart by colour


def dots(points: ArrayLike, rows: Rows, pair: Pair | None) -> dict[str, Any]:
    """Return places of dots and what they can be coloured by, as bytes.

    Args:
        points: (N, 2), such as from `analysis.picture_map`.
        rows: of the table.
        pair: a second reader's answers.

    Returns:
        points: float32 bytes (N, 2). colours: for each name its kinds as texts and a byte for each
        dot, its kind; of 'confidence', which has no kinds, 0 to 255, and 0 where it is NaN.

    Raises:
        ValueError: the points are not (N, 2), or not finite.
    """
    array = np.asarray(points, dtype=np.float32)
    if array.shape != (rows.count, 2) or not np.isfinite(array).all():
        raise ValueError(
            f"map of shape {array.shape}: give a finite point for each of {rows.count} rows, as "
            "from analysis.picture_map"
        )
    colours = {
        "right or wrong": _kinds(["wrong", "right"], rows.right.astype(int)),
        "true length": _kinds(*_lengths(rows)),
        "confidence": {
            "kinds": [],
            "codes": np.rint(255 * np.clip(np.nan_to_num(rows.measures["confidence"]), 0, 1))
            .astype(np.uint8)
            .tobytes(),
        },
    }
    if pair is not None:
        names = list(OUTCOMES)
        codes = np.select([pair.passing(name) for name in names], list(range(4)))
        colours = {"which model is right": _kinds([pair.texts[n] for n in names], codes), **colours}
    return {"points": array.astype("<f4").tobytes(), "colours": colours}


def _kinds(texts: list[str], codes: np.ndarray) -> dict[str, Any]:
    return {"kinds": texts, "codes": codes.astype(np.uint8).tobytes()}


def _lengths(rows: Rows) -> tuple[list[str], np.ndarray]:
    """Lengths that are there, as texts, and which of them each row has."""
    found, codes = np.unique(rows.lengths, return_inverse=True)
    return [str(length) for length in found[:_MOST]], np.minimum(codes, _MOST - 1)
