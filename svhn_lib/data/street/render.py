"""Rendered splits on disk, written as SVHN writes its own: pictures and digitStruct.mat.

Crops and stores are made from these files like from any others.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from svhn_lib.data.matlab.digit_struct import write_digit_struct
from svhn_lib.data.street.fonts import usable_fonts
from svhn_lib.data.street.picture import render_picture
from svhn_lib.data.street.settings import RenderSettings

VERSION = 3  # raised when the same seed gives other pictures, so that no old set is taken for new
_BATCH = 250  # pictures a worker renders before it reports


def render_split(
    folder: Path | str,
    count: int,
    seed: int,
    settings: RenderSettings | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write `folder/1.png` ... and `folder/digitStruct.mat`, as SVHN's Format 1 has them.

    Picture i depends on the seed, i, the settings and the fonts alone, not on `workers`. The folder
    appears only when it is whole.

    Args:
        folder: must not exist yet, or be empty.
        count: pictures.
        seed: of their random numbers.
        settings: what pictures show; None for the defaults.
        workers: processes; the number of cores when None.
        progress: called with (pictures done, pictures in all).

    Returns:
        The folder.

    Raises:
        FileExistsError: the folder holds something.
        ValueError: `count` is below 1.

    Example:
        >>> import tempfile
        >>> from svhn_lib.data.street import RenderSettings, render_split
        >>> with tempfile.TemporaryDirectory() as scratch:
        ...     folder = render_split(f"{scratch}/train", 1, 0, RenderSettings(bundled_fonts=True))
        ...     sorted(path.name for path in folder.iterdir())
        ['1.png', 'digitStruct.mat']
    """
    folder = Path(folder)
    if count < 1:
        raise ValueError(f"{folder}: a split needs at least 1 picture, not {count}")
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: name a new folder, or delete this one")
    folder.parent.mkdir(parents=True, exist_ok=True)
    settings = settings or RenderSettings()
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        tables = _render_all(scratch, count, seed, settings, workers, progress or (lambda *_: None))
        write_digit_struct(scratch / "digitStruct.mat", pd.concat(tables, ignore_index=True))
        scratch.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        os.replace(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _render_all(
    folder: Path,
    count: int,
    seed: int,
    settings: RenderSettings,
    workers: int | None,
    progress: Callable[[int, int], None],
) -> list[pd.DataFrame]:
    starts = range(0, count, _BATCH)
    ranges = [range(start, min(start + _BATCH, count)) for start in starts]
    # Looked for once here: opening every font of a system takes a worker seconds.
    fonts = usable_fonts(settings.bundled_fonts)
    render = partial(_render_range, folder, seed, settings, fonts)
    workers = min(workers or os.cpu_count() or 1, len(ranges))
    tables: list[pd.DataFrame] = []
    if workers == 1:
        for indices in ranges:
            tables.append(render(indices))
            progress(indices[-1] + 1, count)
        return tables
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for indices, table in zip(ranges, pool.map(render, ranges), strict=True):
            tables.append(table)
            progress(indices[-1] + 1, count)
    return tables


def _render_range(
    folder: Path, seed: int, settings: RenderSettings, fonts: tuple[str, ...], indices: range
) -> pd.DataFrame:
    cv2.setNumThreads(1)  # the pool already uses every core
    rows: list[tuple[str, int, float, float, float, float]] = []
    for index in indices:
        rendered = render_picture(np.random.default_rng((seed, index)), settings, fonts)
        name = f"{index + 1}.png"
        cv2.imwrite(
            str(folder / name), rendered.picture[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1]
        )
        for digit, (left, top, right, bottom) in zip(rendered.number, rendered.boxes, strict=True):
            rows.append((name, int(digit), left, top, right - left, bottom - top))
    columns = ["file", "digit", "left", "top", "width", "height"]
    return pd.DataFrame(rows, columns=columns).astype({"digit": "int8"})
