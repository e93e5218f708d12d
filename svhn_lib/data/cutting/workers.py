"""Cutting many pictures at once, in this process or in worker processes, in order.

It knows files, boxes and pixels only; what the numbers are stays with `prepare`. Nothing that this
module imports needs PyTorch or pandas, so that a worker starts in a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.cutting.crops import Box, CropSettings, crop_window, cut_window
from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.data.workers import cores, map_in_order

BLOCK = 128
"""Pictures that travel together: 1.5 MB of 64x64 crops."""
MOST_BYTES = 1 << 25
"""Of the crops that travel together: fewer of large ones."""
PAYS_FROM = 1000
"""With fewer pictures the workers' start would take longer than the work."""


class Job(NamedTuple):
    """One number to cut: a picture file, and the number's box or None where it is cut already."""

    path: str
    box: Box | None


Block: TypeAlias = tuple[int, list[Job]]
"""Jobs that travel together, and the position of the first of them in the whole list."""


class Cut(NamedTuple):
    """What became of a run of jobs: K were cut, the others are in `unreadable` or `outside`.

    Attributes:
        done: how many jobs this stands for.
        jobs: int64 (K,), the positions of those that were cut, rising.
        crops: uint8 (K, h, w, channels).
        windows: float64 (K, 4), what each crop shows of its picture.
        sizes: float64 (K, 2), height and width of the pictures.
        unreadable: positions of jobs whose picture cannot be read, and why.
        outside: positions of jobs whose box lies outside the picture, and what is wrong.
    """

    done: int
    jobs: NDArray[np.int64]
    crops: NDArray[np.uint8]
    windows: NDArray[np.float64]
    sizes: NDArray[np.float64]
    unreadable: list[tuple[int, str]]
    outside: list[tuple[int, str]]


def cut_all(
    jobs: Sequence[Job], settings: CropSettings, workers: int | None = None
) -> Generator[Cut, None, None]:
    """Cut all jobs, in their order, block by block; the result is the same for any workers.

    Args:
        jobs: what to cut.
        settings: how.
        workers: processes to use: None for one a core where there is enough to do, 0 or 1 for none
            beside this one.

    Close the iterator (contextlib.closing) if you may stop early: that ends the workers.

    Raises:
        ChildProcessError: a worker died, as the kernel kills one when memory runs out.
    """
    height, width = settings.size
    size = max(1, min(BLOCK, MOST_BYTES // (height * width * settings.channels)))
    blocks = [(first, list(jobs[first : first + size])) for first in range(0, len(jobs), size)]
    if workers is None:
        workers = cores() if len(jobs) >= PAYS_FROM else 1
    yield from map_in_order(partial(cut_block, settings), blocks, workers, _name)


def _name(block: Block) -> str:
    _, jobs = block
    return f"the pictures from {jobs[0].path} to {jobs[-1].path}"


def cut_block(settings: CropSettings, block: Block) -> Cut:
    """Cut the jobs of a block, one after the other."""
    first, jobs = block
    crops = np.empty((len(jobs), *settings.size, settings.channels), dtype=np.uint8)
    kept: list[int] = []
    windows: list[Box] = []
    sizes: list[tuple[int, int]] = []
    unreadable: list[tuple[int, str]] = []
    outside: list[tuple[int, str]] = []
    for position, (path, box) in enumerate(jobs, start=first):
        try:
            picture = read_picture(path)
        except (FileNotFoundError, ValueError) as error:
            unreadable.append((position, str(error)))
            continue
        size = picture.shape[0], picture.shape[1]
        try:
            window = crop_window(box, size, settings)
        except ValueError as error:
            outside.append((position, str(error)))
            continue
        crops[len(kept)] = cut_window(picture, window, settings)
        del picture  # not held while the next one is decoded: a photo has 150 MB
        kept.append(position)
        windows.append(window)
        sizes.append(size)
    return Cut(
        len(jobs),
        np.array(kept, dtype=np.int64),
        crops[: len(kept)],
        np.array(windows, dtype=np.float64).reshape(-1, 4),
        np.array(sizes, dtype=np.float64).reshape(-1, 2),
        unreadable,
        outside,
    )
