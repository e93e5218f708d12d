"""Folders of rendered photos: the pictures and labels.csv, whole or not there at all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from svhn_lib.data.scenes.batch import write_photos
from svhn_lib.data.scenes.labels import write_labels
from svhn_lib.data.scenes.settings import SceneSettings
from svhn_lib.data.street import usable_fonts
from svhn_lib.data.workers import in_batches
from svhn_lib.files import whole_folder

VERSION = 10  # raised when the same seed gives other photos or labels: no old set is taken for new
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
    if count < 1:
        raise ValueError(f"{folder}: a set needs at least 1 photo, not {count}")
    settings = settings or SceneSettings()
    with whole_folder(folder) as scratch:
        # Looked for once here: opening every font of a system takes a worker seconds.
        fonts = usable_fonts(settings.bundled_fonts)
        write = partial(write_photos, scratch, seed, settings, fonts)
        rows = in_batches(write, count, _BATCH, "photos", workers, progress)
        write_labels(scratch / "labels.csv", rows)
    return Path(folder)
