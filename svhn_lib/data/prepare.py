"""From a number table and its pictures to crops: into a store, or straight into memory.

What becomes of each row on the way is kept in `rows`; reading and cutting run in `workers`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pandas import DataFrame

from svhn_lib import labels
from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.rows import Progress, Rows, Source
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
    """Cut all numbers of a source and write them as a store; the same for any number of workers.

    Args:
        source: see `Source`.
        out: the store; it appears when it is whole, and replaces an older one.
        settings: how to cut; the default is a 64x64 square with 30 % margin.
        workers: processes; None for one a core where that pays, 1 for none.
        progress: see `Progress`.
        validation: share of every length that is marked for validation in the store.
        seed: of that choice.

    Raises:
        FileNotFoundError: no source there.
        ValueError: the source cannot be read, or not one number of it.
        StoreError: the store cannot be written.
    """
    begun = time.perf_counter()
    settings = settings or CropSettings()
    rows = Rows(source)
    with StoreWriter(out, (*settings.size, settings.channels)) as store:
        rows.cut(settings, store.append, workers, progress)
        table, boxes = rows.results(settings)
        mask = store.finish(
            table,
            boxes,
            settings=settings,
            source=rows.source,
            doubtful=rows.doubtful_table(),
            damaged=rows.damaged_table(),
            validation=validation,
            seed=seed,
        )
    seconds = time.perf_counter() - begun
    return PrepareReport(
        Path(out), len(table), int(mask.sum()), rows.doubtful_table(), rows.damaged_table(), seconds
    )


def load_crops(
    source: Source,
    settings: CropSettings | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> NumberSet:
    """Cut all numbers of a source straight into memory; arguments and errors as for `prepare`.

    The set's `doubtful` and `damaged` tables name what was dropped, clipped or skipped.
    """
    settings = settings or CropSettings()
    rows = Rows(source)
    pictures = np.empty((len(rows.table), *settings.size, settings.channels), dtype=np.uint8)
    count = 0

    def keep(crops: NDArray[np.uint8]) -> None:
        nonlocal count
        pictures[count : count + len(crops)] = crops
        count += len(crops)

    rows.cut(settings, keep, workers, progress)
    table, boxes = rows.results(settings)
    lengths, digits = labels.encode(table["number"].tolist())
    return NumberSet(
        torch.from_numpy(pictures[:count]).permute(0, 3, 1, 2),
        lengths,
        digits,
        torch.from_numpy(boxes),
        table,
        settings,
        rows.source,
        rows.doubtful_table(),
        rows.damaged_table(),
    )
