"""Canvases of handwritten numbers written as a store, block by block, to be trained on by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from pandas import DataFrame

from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.handwriting.canvases import Canvases
from svhn_lib.data.sets.store_writer import StoreWriter

_BLOCK = 1024


def write_canvases(
    path: str | Path, canvases: Canvases, progress: Callable[[int, int], None] | None = None
) -> None:
    """Write canvases as a store; no number in it is marked for validation.

    Boxes are those of the digits, and the table has the whole number's.

    Args:
        path: of the store; an older one is replaced.
        canvases: at least one.
        progress: called with (canvases written, canvases in all).

    Raises:
        FileExistsError: `path` is a folder or a file that is no store.
        StoreError: it cannot be written.

    Example:
        >>> import tempfile
        >>> from svhn_lib import settings
        >>> from svhn_lib.data import read_store
        >>> from svhn_lib.data.handwriting import draw_canvases, load_digits
        >>> digits = load_digits("embedded", "test", settings.read())
        >>> drawn = draw_canvases("scattered", digits, 3, np.random.default_rng(0))
        >>> path = Path(tempfile.mkdtemp()) / "canvases.h5"
        >>> write_canvases(path, drawn)
        >>> read_store(path).pictures.shape
        torch.Size([3, 1, 128, 256])
    """
    tables: list[DataFrame] = []
    boxes: list[np.ndarray] = []
    done = 0
    with StoreWriter(path, (*canvases.layout.size, 1)) as store:
        for part in canvases.batches(_BLOCK):
            store.append(part.pictures.permute(0, 2, 3, 1).numpy())
            boxes.append(part.boxes.numpy())
            tables.append(part.table)
            done += len(part)
            if progress:
                progress(done, len(canvases))
        names = [f"canvas-{number:06d}" for number in range(done)]
        table = pd.concat(tables, ignore_index=True)
        table.insert(0, "file", names)
        store.finish(
            table,
            np.concatenate(boxes),
            settings=CropSettings(canvases.layout.size, "whole", grey=True),
            source=canvases.digits.source,
            doubtful=DataFrame(),
            damaged=DataFrame(),
            validation=0.0,
            seed=0,
        )
