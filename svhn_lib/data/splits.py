"""Which pictures the course works on: real SVHN where it is there, else a rendered set.

Decides and, once, renders; reading the pictures is left to `numbers`, `crops` and `prepare`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from svhn_lib.data.matlab.digit_struct import read_digit_struct
from svhn_lib.data.street import (
    EVEN_LENGTHS,
    SVHN_LENGTHS,
    VERSION_3,
    RenderSettings,
    render_split,
)
from svhn_lib.settings import Settings

Split = Literal["train", "test", "extra"]
# Rendered splits never share a picture: each has its own stream of random numbers.
SPLIT_SEEDS: dict[Split, int] = {"train": 1, "test": 2, "extra": 3}
SPLIT_LENGTHS = {"train": SVHN_LENGTHS, "test": SVHN_LENGTHS, "extra": EVEN_LENGTHS}
# Pictures in the rendered splits of each profile; one place, so that chapters share their sets.
COUNTS: dict[str, dict[Split, int]] = {
    "quick": {"train": 3_000, "test": 800, "extra": 800},
    "full": {"train": 60_000, "test": 6_000, "extra": 12_000},
}
# Three rendered numbers that a person can read: an easy one, a hard one, one of five digits.
RUNNING_SEED = 48_288


@dataclass(frozen=True)
class SplitFolder:
    """A folder with pictures and digitStruct.mat, and what to call its source in a title."""

    path: Path
    source: str


def split_folder(
    split: Split,
    settings: Settings,
    count: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    *,
    plain: bool = False,
) -> SplitFolder:
    """Return the split to work on: `data_root/svhn/<split>` where it is, else a rendered one.

    The rendered set has `count` pictures (by default the profile's, from `COUNTS`), is made once
    from matplotlib's own fonts, so that every machine makes the same, and stays under
    `data_root/street` for the next call. `plain` streets lack what makes pictures as hard to read
    as SVHN's, so that a training of a minute gets somewhere.

    Raises:
        FileNotFoundError: a set that is there is not whole: its label file is missing, or so many
            pictures, the first of which is named.
        OSError: the rendered set cannot be written.

    Example:
        >>> import tempfile
        >>> from dataclasses import replace
        >>> from svhn_lib import settings
        >>> chosen = replace(settings.read(), data_root=Path(tempfile.mkdtemp()))
        >>> found = split_folder("test", chosen, count=2, plain=True)
        >>> found.source, sorted(path.name for path in found.path.iterdir())
        ('plain rendered streets', ['1.png', '2.png', 'digitStruct.mat'])
    """
    real = settings.data_root / "svhn" / split
    if real.is_dir() and any(real.iterdir()):
        remedy = f"delete it and fetch it again: svhn data download svhn-{split}"
        _check_labels(real, remedy)
        _check_pictures(real, read_digit_struct(real / "digitStruct.mat")["file"], remedy)
        return SplitFolder(real, "SVHN")
    count = COUNTS[settings.profile][split] if count is None else count
    kind = "plain-" if plain else ""
    name = f"v3-{kind}{split}-{count}-seed{settings.seed}"
    folder = settings.data_root / "street" / name
    shown = () if plain else VERSION_3  # which the course's figures are of
    chosen = RenderSettings(SPLIT_LENGTHS[split], True, shown)
    _render_once(folder, count, split_seed(settings.seed, split), chosen, progress)
    return SplitFolder(folder, "plain rendered streets" if plain else "rendered streets")


def running_set(settings: Settings) -> Path:
    """Return the split folder of the three house numbers that come along through the course.

    They are rendered once, whatever else is in the data folder: 95, which is easy, 537, which is
    hard, and 87650, of five digits, in this order.

    Raises:
        FileNotFoundError: the folder is not whole.
        OSError: it cannot be written.

    Example:
        >>> import tempfile
        >>> from dataclasses import replace
        >>> from svhn_lib import settings
        >>> from svhn_lib.data import load_numbers
        >>> chosen = replace(settings.read(), data_root=Path(tempfile.mkdtemp()))
        >>> load_numbers(running_set(chosen))[0]["number"].tolist()
        ['95', '537', '87650']
    """
    folder = settings.data_root / "street" / "v3-running"
    _render_once(folder, 3, RUNNING_SEED, RenderSettings(EVEN_LENGTHS, True, VERSION_3))
    return folder


def _render_once(
    folder: Path,
    count: int,
    seed: int,
    chosen: RenderSettings,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Render a folder where there is none yet, and check that it is whole."""
    if not (folder.is_dir() and any(folder.iterdir())):
        try:
            render_split(folder, count, seed, chosen, None, progress)
        except OSError:
            # Another process may have finished the very same set in the meantime.
            if not (folder / "digitStruct.mat").is_file():
                raise
    remedy = "delete this folder, and it is rendered again"
    _check_labels(folder, remedy)
    _check_pictures(folder, [f"{number}.png" for number in range(1, count + 1)], remedy)


def _check_labels(folder: Path, remedy: str) -> None:
    if not (folder / "digitStruct.mat").is_file():
        raise FileNotFoundError(f"{folder}: there is no digitStruct.mat in it; {remedy}")


def _check_pictures(folder: Path, names: Iterable[str], remedy: str) -> None:
    """Raise FileNotFoundError unless all pictures are there and none is empty."""
    there = {entry.name for entry in os.scandir(folder) if entry.stat().st_size}
    names = list(dict.fromkeys(names))
    missing = [name for name in names if name not in there]
    if missing:
        raise FileNotFoundError(
            f"{folder}: {len(missing)} of {len(names)} pictures are missing or empty, the first "
            f"{missing[0]}; {remedy}"
        )


def split_seed(seed: int, split: Split) -> int:
    """Return the seed of one split of a rendered set.

    Example:
        >>> split_seed(3, "test")
        32
    """
    return seed * 10 + SPLIT_SEEDS[split]
