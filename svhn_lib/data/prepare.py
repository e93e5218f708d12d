"""From a number table and its pictures to crops: into a store, or straight into memory.

What becomes of each row on the way is kept in `rows`; reading and cutting run in `workers`.
"""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pandas import DataFrame

from svhn_lib import labels
from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.rows import Progress, Source, SourceRows, cut_rows, load_rows
from svhn_lib.data.sets.store import NumberSet, StoreWriter


@dataclass(frozen=True)
class PrepareReport:
    """What `prepare` did.

    Attributes:
        path: of the store.
        numbers: how many it holds; `validation` of them are marked for validation.
        doubtful: rows that were dropped, clipped or kept in spite of something odd:
            [line,] file, problem, action.
        damaged: pictures that could not be read and were skipped: [line,] file, problem.
        seconds: that it took.
    """

    path: Path
    numbers: int
    validation: int
    doubtful: DataFrame
    damaged: DataFrame
    seconds: float


def prepare(
    source: Source,
    out: str | Path,
    settings: CropSettings | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    validation: float = 0.1,
    seed: int = 0,
) -> PrepareReport:
    r"""Cut all numbers of a source and write them as a store; the same for any number of workers.

    Args:
        source: see `Source`.
        out: the store; it appears when it is whole, and replaces an older one.
        settings: how to cut; the default is a 64x64 square with 30 % margin.
        workers: processes; None for one a core where that pays, 1 for none.
        progress: see `Progress`.
        validation: share of every length that is marked for validation in the store.
        seed: of that choice.

    Returns:
        What was done, and what was dropped on the way.

    Raises:
        FileNotFoundError: no source there.
        FileExistsError: `out` belongs to the source, or is a file that is no store.
        ValueError: the source cannot be read, or not one number of it.
        StoreError: the store cannot be written.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> folder = Path(tempfile.mkdtemp())
        >>> Image.new("RGB", (40, 20)).save(folder / "a.png")
        >>> _ = (folder / "labels.csv").write_text("file,number\na.png,257\n")
        >>> prepare(folder / "labels.csv", folder / "numbers.h5").numbers
        1
    """
    begun = time.perf_counter()
    settings = settings or CropSettings()
    writer = StoreWriter(out, (*settings.size, settings.channels))
    rows = load_rows(source)
    _refuse_input(rows, Path(out))
    with writer as store:
        cut = cut_rows(rows, settings, store.append, workers, progress)
        mask = store.finish(
            cut.table,
            cut.boxes,
            settings=settings,
            source=cut.source,
            doubtful=cut.doubtful,
            damaged=cut.damaged,
            validation=validation,
            seed=seed,
        )
    seconds = time.perf_counter() - begun
    return PrepareReport(
        Path(out), len(cut.table), int(mask.sum()), cut.doubtful, cut.damaged, seconds
    )


def _refuse_input(rows: SourceRows, out: Path) -> None:
    """Raise FileExistsError where the store would take the place of what it is made of."""
    target = os.path.realpath(out)
    source = rows.source
    inputs = [source, os.path.join(source, "digitStruct.mat")] if source else []
    inputs += [file for file in rows.table["file"] if os.path.basename(file) == out.name]
    if any(os.path.realpath(name) == target for name in inputs):
        raise FileExistsError(f"{out} belongs to the source: name another file for the store")


def load_crops(
    source: Source,
    settings: CropSettings | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> NumberSet:
    r"""Cut all numbers of a source straight into memory; arguments and errors as for `prepare`.

    Returns:
        The numbers; the set's `doubtful` and `damaged` tables name what was dropped, clipped or
        skipped.

    Warns:
        UserWarning: pictures are missing or damaged: how many, and the first.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> folder = Path(tempfile.mkdtemp())
        >>> Image.new("RGB", (40, 20)).save(folder / "a.png")
        >>> _ = (folder / "labels.csv").write_text("file,number\na.png,257\n")
        >>> crops = load_crops(folder / "labels.csv")
        >>> crops.numbers, tuple(crops.pictures.shape)
        (['257'], (1, 3, 64, 64))
    """
    settings = settings or CropSettings()
    rows = load_rows(source)
    pictures = np.empty((len(rows.table), *settings.size, settings.channels), dtype=np.uint8)
    count = 0

    def keep(crops: NDArray[np.uint8]) -> None:
        nonlocal count
        pictures[count : count + len(crops)] = crops
        count += len(crops)

    cut = cut_rows(rows, settings, keep, workers, progress)
    if len(cut.damaged):
        warnings.warn(say_damaged(cut.damaged, len(rows.table), cut.source), stacklevel=2)
    lengths, digits = labels.encode(cut.table["number"].tolist())
    return NumberSet(
        torch.from_numpy(pictures[:count]).permute(0, 3, 1, 2),
        lengths,
        digits,
        torch.from_numpy(cut.boxes),
        cut.table,
        settings,
        cut.source,
        cut.doubtful,
        cut.damaged,
    )


def say_damaged(damaged: DataFrame, total: int, source: str | Path) -> str:
    """Return a line on how many pictures could not be read, and which first."""
    first = damaged.iloc[0]
    return (
        f"{source or 'the table'}: {len(damaged)} of {total} pictures are missing or damaged and "
        f"left out, the first {first['file']}: {first['problem']}"
    )
