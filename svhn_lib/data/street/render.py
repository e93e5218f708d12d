"""Rendered splits on disk, written as SVHN writes its own: pictures and digitStruct.mat.

Crops and stores are made from these files like from any others.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from svhn_lib.data.matlab import write_digit_struct
from svhn_lib.data.street.batch import COLUMNS, write_pictures
from svhn_lib.data.street.fonts import usable_fonts
from svhn_lib.data.street.settings import RenderSettings
from svhn_lib.data.workers import in_batches
from svhn_lib.files import whole_folder

VERSION = 6  # raised when the same seed gives other pictures, so that no old set is taken for new
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
    if count < 1:
        raise ValueError(f"{folder}: a split needs at least 1 picture, not {count}")
    settings = settings or RenderSettings()
    with whole_folder(folder) as scratch:
        # Looked for once here: opening every font of a system takes a worker seconds.
        fonts = usable_fonts(settings.bundled_fonts)
        write = partial(write_pictures, scratch, seed, settings, fonts)
        rows = in_batches(write, count, _BATCH, "pictures", workers, progress)
        table = pd.DataFrame(rows, columns=pd.Index(COLUMNS)).astype({"digit": "int8"})
        write_digit_struct(scratch / "digitStruct.mat", table)
    return Path(folder)
