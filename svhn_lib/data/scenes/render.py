"""Folders of rendered photos: the pictures and labels.csv, whole or not there at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from svhn_lib.data.scenes.batch import write_photos
from svhn_lib.data.scenes.labels import Row, write_labels
from svhn_lib.data.scenes.settings import SceneSettings
from svhn_lib.data.street import usable_fonts
from svhn_lib.data.workers import cores, map_in_order
from svhn_lib.files import replace_durably

VERSION = 7  # raised when the same seed gives other photos, so that no old set is taken for new
_BATCH = 20  # photos a worker renders before it reports


def render_photos(
    folder: Path | str,
    count: int,
    seed: int,
    settings: SceneSettings | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write photos `folder/1.jpg` (or .png) ... and `folder/labels.csv`.

    Photo i depends on the seed, i, the settings and the fonts alone, not on `workers`. The folder
    appears only when it is whole. `labels.csv` has a row for each number, and one with empty
    fields for a photo without any.

    Args:
        folder: must not exist yet, or be empty.
        count: photos.
        seed: of their random numbers.
        settings: what photos show; None for the defaults.
        workers: processes; the number of cores when None.
        progress: called with (photos done, photos in all).

    Returns:
        The folder.

    Raises:
        FileExistsError: the folder holds something.
        ChildProcessError: a worker was killed.
        ValueError: `count` is below 1.

    Example:
        >>> import tempfile
        >>> from svhn_lib.data.scenes import SceneSettings, render_photos
        >>> settings = SceneSettings(shares=(1, 0, 0), bundled_fonts=True)
        >>> with tempfile.TemporaryDirectory() as scratch:
        ...     folder = render_photos(f"{scratch}/train", 1, 0, settings)
        ...     sorted(path.name for path in folder.iterdir())
        ['1.png', 'labels.csv']
    """
    folder, named = Path(os.path.realpath(folder)), Path(folder)  # a link stays one
    if count < 1:
        raise ValueError(f"{folder}: a set needs at least 1 photo, not {count}")
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: name a new folder, or delete this one")
    folder.parent.mkdir(parents=True, exist_ok=True)
    settings = settings or SceneSettings()
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        rows = _render_all(scratch, count, seed, settings, workers, progress or (lambda *_: None))
        write_labels(scratch / "labels.csv", rows)
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
    settings: SceneSettings,
    workers: int | None,
    progress: Callable[[int, int], None],
) -> list[Row]:
    starts = range(0, count, _BATCH)
    ranges = [range(start, min(start + _BATCH, count)) for start in starts]
    # Looked for once here: opening every font of a system takes a worker seconds.
    fonts = usable_fonts(settings.bundled_fonts)
    write = partial(write_photos, folder, seed, settings, fonts)
    rows: list[Row] = []
    with closing(map_in_order(write, ranges, workers or cores(), _name)) as batches:
        for indices, batch in zip(ranges, batches, strict=True):
            rows += batch
            progress(indices[-1] + 1, count)
    return rows


def _name(indices: range) -> str:
    return f"photos {indices[0] + 1} to {indices[-1] + 1}"
