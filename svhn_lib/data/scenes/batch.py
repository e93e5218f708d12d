"""Some photos of a rendered folder, written to files: what one worker process does at a time."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from svhn_lib.data.scenes.labels import Row, rows_of
from svhn_lib.data.scenes.photo import render_photo
from svhn_lib.data.scenes.settings import SceneSettings

_SMALL = 40_000  # pixels up to which a picture is stored as PNG


def write_photos(
    folder: Path, seed: int, settings: SceneSettings, fonts: tuple[str, ...], indices: range
) -> list[Row]:
    """Write `folder/<index + 1>.jpg` or `.png` of every index and return the rows of labels.csv.

    Raises:
        OSError: the disk is full, or the folder is not there.
    """
    rows: list[Row] = []
    for index in indices:
        rng = np.random.default_rng((seed, index))
        scene = render_photo(rng, settings, fonts)
        size = scene.picture.shape[0], scene.picture.shape[1]
        if size[0] * size[1] <= _SMALL:
            name, options = f"{index + 1}.png", [cv2.IMWRITE_PNG_COMPRESSION, 1]
        else:
            name, options = (
                f"{index + 1}.jpg",
                [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(82, 97))],
            )
        _, data = cv2.imencode(Path(name).suffix, scene.picture[..., ::-1], options)
        (folder / name).write_bytes(data.tobytes())  # imwrite would say nothing of a full disk
        rows += rows_of(name, scene.numbers, size)
    return rows
