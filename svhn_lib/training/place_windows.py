"""Windows of labelled scenes, as a net that finds numbers learns from them: batch by batch.

A window, which `place_views` draws, follows from the seed, the step and its place in the batch
alone, so that a run that is resumed sees what it would have seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.data.scenes import SceneNumber, read_labels
from svhn_lib.losses.places import PlaceTargets, place_targets
from svhn_lib.training.place_views import WindowSettings, draw_window

__all__ = ["Photo", "WindowFeed", "WindowSettings", "draw_window", "load_photos"]

_PER_PICTURE = 4


class Photo(NamedTuple):
    """A rendered photo on disk and the numbers in it."""

    file: Path
    numbers: tuple[SceneNumber, ...]


def load_photos(folders: Iterable[str | Path]) -> list[Photo]:
    """Return the photos of folders that `svhn data scenes` wrote.

    Raises:
        FileNotFoundError: there is no labels.csv, or a photo that it names is missing: better now
            than at the first validation, when all that was learned would be lost.
        ValueError: as `read_labels`.
    """
    photos: list[Photo] = []
    for folder in folders:
        found = [Photo(Path(folder) / name, seen) for name, seen in read_labels(folder).items()]
        missing = [photo.file.name for photo in found if not photo.file.is_file()]
        if missing:
            raise FileNotFoundError(
                f"{folder}: {len(missing)} of {len(found)} photos are missing, the first "
                f"{missing[0]}; render the folder again"
            )
        photos += found
    return photos


class WindowFeed:
    """Batches of windows by step; a pass over the scenes takes four windows of each.

    Attributes:
        batch: windows in a batch.
        steps_per_epoch: batches in a pass.
        fingerprint: of the scenes' labels.
    """

    def __init__(
        self, photos: list[Photo], batch: int, seed: int, settings: WindowSettings | None = None
    ) -> None:
        """Begin at the first step; a `batch` is rounded down to a multiple of 4, or is below 4.

        It is smaller where there are too few photos.
        """
        self._photos, self._seed = photos, seed
        self._settings = settings or WindowSettings()
        self._pictures = min(max(1, batch // _PER_PICTURE), max(1, len(photos)))
        self._windows = min(_PER_PICTURE, batch)  # of each picture
        self.batch = self._pictures * self._windows
        self.steps_per_epoch = max(1, len(photos) // self._pictures)
        self._order = (-1, np.empty(0, np.int64))
        text = repr([(s.file.name, [p.corners.tolist() for p in s.numbers]) for s in photos])
        self.fingerprint = hashlib.sha256(text.encode()).hexdigest()[:16]

    def batches(self, start: int) -> Iterator[tuple[Tensor, PlaceTargets]]:
        """Yield windows, uint8 (N, 3, h, w), and their targets, from step `start` on for ever."""
        for step in count(start):
            yield self.make(step)

    def make(self, step: int) -> tuple[Tensor, PlaceTargets]:
        """Return the batch of a step."""
        epoch, place = divmod(step, self.steps_per_epoch)
        if epoch != self._order[0]:
            order = np.random.default_rng((self._seed, 1, epoch)).permutation(len(self._photos))
            self._order = epoch, order
        chosen = self._order[1][place * self._pictures : (place + 1) * self._pictures]
        windows, places = [], []
        for number, index in enumerate(chosen):
            rng = np.random.default_rng((self._seed, 2, step, number))
            file, numbers = self._photos[index]
            picture = read_picture(file)
            for _ in range(self._windows):
                window, seen = draw_window(picture, numbers, rng, self._settings)
                windows.append(window)
                places.append(seen)
        pixels = torch.from_numpy(np.stack(windows)).permute(0, 3, 1, 2)  # channels last
        return pixels, place_targets(places, self._settings.size)
