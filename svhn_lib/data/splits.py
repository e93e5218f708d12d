"""Which pictures the course works on: real SVHN where it is there, else a rendered set.

Decides and, once, renders; reading the pictures is left to `numbers`, `crops` and `prepare`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

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
    """The split to work on: `data_root/svhn/<split>` where it is, else a rendered one.

    The rendered set has `count` pictures (by default the profile's, from `COUNTS`), is made once
    from matplotlib's own fonts, so that every machine makes the same, and stays under
    `data_root/street` for the next call. `plain` streets lack what makes pictures as hard to read
    as SVHN's, so that a training of a minute gets somewhere.

    Raises:
        OSError: the rendered set cannot be written.
    """
    real = settings.data_root / "svhn" / split
    if (real / "digitStruct.mat").is_file():
        return SplitFolder(real, "SVHN")
    count = COUNTS[settings.profile][split] if count is None else count
    kind = "plain-" if plain else ""
    name = f"v3-{kind}{split}-{count}-seed{settings.seed}"
    folder = settings.data_root / "street" / name
    if not (folder / "digitStruct.mat").is_file():
        shown = () if plain else VERSION_3  # which the course's figures are of
        chosen = RenderSettings(SPLIT_LENGTHS[split], True, shown)
        try:
            render_split(folder, count, split_seed(settings.seed, split), chosen, None, progress)
        except OSError:
            # Another process may have finished the very same set in the meantime.
            if not (folder / "digitStruct.mat").is_file():
                raise
    return SplitFolder(folder, "plain rendered streets" if plain else "rendered streets")


def split_seed(seed: int, split: Split) -> int:
    """The seed of one split of a rendered set."""
    return seed * 10 + SPLIT_SEEDS[split]
