"""Pages of answers: what the front end gets of a table."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from pandas import DataFrame
from PIL import Image

from svhn_lib.plots import as_picture

Places = NDArray[np.int_]  # rows of a table, counted from 0


_TILE = 256  # of the longer side of a picture of a page, pixels; it is shown in 80 of the browser's


def shrunk(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return a picture whose longer side has at most `side` pixels; a small one stays as it is.

    Args:
        picture: uint8, (H, W) or (H, W, 3).
        side: in pixels.

    Example:
        >>> shrunk(np.zeros((3000, 4000, 3), np.uint8), 256).shape
        (192, 256, 3)
    """
    scale = side / max(picture.shape[:2])
    if scale >= 1:
        return picture
    across, down = (max(1, round(scale * extent)) for extent in picture.shape[1::-1])
    small = cv2.resize(picture, (across, down), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


def jpeg(picture: ArrayLike) -> bytes:
    """Return a picture, as `plots.as_picture` takes it, as a small JPEG file."""
    return _encode(picture, "JPEG", quality=88)


def png(picture: ArrayLike) -> bytes:
    """Return a picture, as `plots.as_picture` takes it, as a PNG file with every pixel as it is."""
    return _encode(picture, "PNG", compress_level=1)


def _encode(picture: ArrayLike, form: str, **options: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(as_picture(picture)).save(file, form, **options)
    return file.getvalue()


def words(row: Any) -> str:
    """Return one answer in words, for those who do not see the picture.

    Args:
        row: of an error table.
    """
    read = "rightly" if row.right else f"as {row.predicted or 'nothing'}"
    return f"{row.number} read {read}, confidence {probability_words(row.confidence)}"


def known(probability: float) -> float | None:
    """Return a probability as the front end takes it, for JSON has no NaN: None if not known."""
    return None if math.isnan(probability) else float(probability)


def probability_words(probability: float) -> str:
    """Return a probability with three decimals, or 'unknown' for NaN."""
    return "unknown" if math.isnan(probability) else f"{probability:.3f}"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, which takes an s where it stands for several.

    Example:
        >>> counted(1, "number"), counted(1200, "number")
        ('1 number', '1,200 numbers')
    """
    return f"{count:,} {noun if count == 1 else noun + 's'}"


def page_count(places: Places, size: int) -> int:
    """Return the number of pages of `size` pictures; one where there is nothing to show."""
    return max(1, -(-len(places) // size))


def page_of(
    table: DataFrame, pictures: Sequence[ArrayLike], places: Places, page: int, size: int
) -> dict[str, Any]:
    """Return one page of some rows: an entry for each picture, and where the page stands.

    Args:
        table: an error table.
        pictures: for each of its rows.
        places: of the rows, in order.
        page: from 0.
        size: pictures per page.
    """
    first = page * size
    chosen = places[first : first + size]
    rows: list[Any] = list(table.iloc[chosen].itertuples())
    entries = [
        {
            "place": int(place),
            "picture": jpeg(shrunk(as_picture(pictures[place]), _TILE)),
            **answer_of(row),
        }
        for place, row in zip(chosen, rows, strict=True)
    ]
    pages = page_count(places, size)
    return {"entries": entries, "first": first, "page": page, "pages": pages}


def answer_of(row: Any) -> dict[str, Any]:
    """Return what is said of one row of an error table below its picture."""
    return {
        "number": row.number,
        "predicted": row.predicted,
        "confidence": known(row.confidence),
        "right": bool(row.right),
        "words": words(row),
    }
