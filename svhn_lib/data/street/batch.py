"""Some pictures of a rendered split, written to files: what one worker process does at a time.

No pandas here, so that a worker starts quickly; the split as a whole is `render`'s.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from svhn_lib.data.street.picture import render_picture
from svhn_lib.data.street.settings import RenderSettings

COLUMNS = ["file", "digit", "left", "top", "width", "height"]
"""What the parts of a `Row` are."""
Row: TypeAlias = tuple[str, int, float, float, float, float]
"""One digit's box in pixels, with its picture's file name."""


def write_pictures(
    folder: Path, seed: int, settings: RenderSettings, fonts: tuple[str, ...], indices: range
) -> list[Row]:
    """Write `folder/<index + 1>.png` of every index and return one row for each digit.

    Raises:
        OSError: the disk is full, or the folder is not there.
    """
    rows: list[Row] = []
    for index in indices:
        rendered = render_picture(np.random.default_rng((seed, index)), settings, fonts)
        name = f"{index + 1}.png"
        _, png = cv2.imencode(".png", rendered.picture[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
        (folder / name).write_bytes(png.tobytes())  # imwrite would say nothing of a full disk
        for digit, (left, top, right, bottom) in zip(rendered.number, rendered.boxes, strict=True):
            rows.append((name, int(digit), left, top, right - left, bottom - top))
    return rows
