"""Rendered splits on disk, written as SVHN writes its own: pictures and digitStruct.mat.

Crops and stores are made from these files like from any others.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pandas as pd

from svhn_lib.data.matlab import write_digit_struct
from svhn_lib.data.street.batch import COLUMNS, Row, write_pictures
from svhn_lib.data.street.fonts import usable_fonts
from svhn_lib.data.street.settings import RenderSettings
from svhn_lib.data.workers import cores, map_in_order
from svhn_lib.files import replace_durably

VERSION = 4  # raised when the same seed gives other pictures, so that no old set is taken for new
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
        ChildProcessError: a worker was killed.
        ValueError: `count` is below 1.

    Example:
        >>> import tempfile
        >>> from svhn_lib.data.street import RenderSettings, render_split
        >>> with tempfile.TemporaryDirectory() as scratch:
        ...     folder = render_split(f"{scratch}/train", 1, 0, RenderSettings(bundled_fonts=True))
        ...     sorted(path.name for path in folder.iterdir())
        ['1.png', 'digitStruct.mat']
    """
    folder, named = Path(os.path.realpath(folder)), Path(folder)  # a link stays one
    if count < 1:
        raise ValueError(f"{folder}: a split needs at least 1 picture, not {count}")
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: name a new folder, or delete this one")
    folder.parent.mkdir(parents=True, exist_ok=True)
    settings = settings or RenderSettings()
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        table = _render_all(scratch, count, seed, settings, workers, progress or (lambda *_: None))
        write_digit_struct(scratch / "digitStruct.mat", table)
        scratch.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        replace_durably(scratch, folder)
    except OSError as error:
        if error.errno and not error.filename:  # a full disk
            error.filename = str(named)
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return named


def _render_all(
    folder: Path,
    count: int,
    seed: int,
    settings: RenderSettings,
    workers: int | None,
    progress: Callable[[int, int], None],
) -> pd.DataFrame:
    starts = range(0, count, _BATCH)
    ranges = [range(start, min(start + _BATCH, count)) for start in starts]
    # Looked for once here: opening every font of a system takes a worker seconds.
    fonts = usable_fonts(settings.bundled_fonts)
    write = partial(write_pictures, folder, seed, settings, fonts)
    rows: list[Row] = []
    with closing(map_in_order(write, ranges, workers or cores(), _name)) as batches:
        for indices, batch in zip(ranges, batches, strict=True):
            rows += batch
            progress(indices[-1] + 1, count)
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS)).astype({"digit": "int8"})


def _name(indices: range) -> str:
    return f"pictures {indices[0] + 1} to {indices[-1] + 1}"
