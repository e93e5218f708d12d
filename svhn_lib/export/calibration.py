"""Rendered pictures from which a quantised graph learns how large its values become."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.data.prepare import load_crops
from svhn_lib.data.scenes import SceneSettings, render_photos
from svhn_lib.data.street import RenderSettings, render_split
from svhn_lib.detection.pyramid import pyramid
from svhn_lib.models.net import NumberNet, PlaceNet

CROPS, PHOTOS = 320, 20
_SEED, _BATCH = 77, 32


def calibration_batches(net: NumberNet) -> Iterator[NDArray[np.uint8]]:
    """Yield uint8 (N, 3, H, W): crops as a reader wants them, or canvases for a net that finds.

    They are rendered with matplotlib's fonts, so that they are the same on every machine.

    Args:
        net: what is to be quantised.
    """
    with tempfile.TemporaryDirectory() as folder:
        yield from _canvases(Path(folder)) if isinstance(net, PlaceNet) else _crops(net, folder)


def _crops(net: NumberNet, folder: str) -> Iterator[NDArray[np.uint8]]:
    settings = RenderSettings(bundled_fonts=True)
    streets = render_split(f"{folder}/streets", count=CROPS, seed=_SEED, settings=settings)
    pictures = load_crops(streets, net.crop).pictures.numpy()
    for start in range(0, len(pictures), _BATCH):
        yield np.ascontiguousarray(pictures[start : start + _BATCH])


def _canvases(folder: Path) -> Iterator[NDArray[np.uint8]]:
    settings = SceneSettings(bundled_fonts=True)
    photos = render_photos(folder / "photos", PHOTOS, _SEED, settings)
    for file in sorted(path for path in photos.iterdir() if path.suffix != ".csv"):
        for pixels, _ in pyramid(read_picture(file)):
            yield np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
