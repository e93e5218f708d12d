"""Windows of labelled scenes, as a net that finds numbers learns from them: batch by batch.

A window is drawn from the seed, the step and its place in the batch alone, so that a run that is
resumed sees what it would have seen.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.data.scenes import SceneNumber, read_labels
from svhn_lib.losses.places import HEIGHTS, PlaceTargets, digit_height, place_targets

_SHOWN = 0.6  # of a number must lie in the window; else nothing is taught about it
_PER_PICTURE = 4
_LARGEST = 2.2  # pixels of a window for each of the picture
GREY = 128  # what lies outside a picture, and what the net's padding with zeros stands for


@dataclass(frozen=True)
class WindowSettings:
    """How far windows of scenes go.

    Attributes:
        size: height and width in pixels.
        near: share of windows that are laid about a number, where the scene has any.
        turn: standard deviation of small turns, degrees.
        aslant: share of windows that are turned up to 45 degrees.
        aside: share of windows that are turned by 90 degrees.
        stretch: width against height, up to this factor either way.
        contrast: factor about the window's mean, from and to.
        brightness: added, up to this much either way, of 255.
        tint: change of each channel's gain either way.
        grey: share of windows without colour.
        blur: share of windows that are blurred.
        noise: share of windows that are noisy.

    Example:
        >>> WindowSettings().size
        (128, 128)
    """

    size: tuple[int, int] = (128, 128)
    near: float = 0.7
    turn: float = 3.0
    aslant: float = 0.1
    aside: float = 0.12
    stretch: float = 1.2
    contrast: tuple[float, float] = (0.4, 1.5)
    brightness: float = 50.0
    tint: float = 0.15
    grey: float = 0.15
    blur: float = 0.2
    noise: float = 0.2


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


def draw_window(
    picture: NDArray[np.uint8],
    places: tuple[SceneNumber, ...],
    rng: np.random.Generator,
    settings: WindowSettings,
) -> tuple[NDArray[np.uint8], list[SceneNumber]]:
    """Draw a window of a scene, uint8 (h, w, 3), and the numbers as they stand in it."""
    move = _view(picture, places, rng, settings)
    window = _sampled(picture, move, settings.size)
    window = _photographed(window, rng, settings)
    _cover_outside(window, picture.shape[:2], move)
    seen = []
    for place in places:
        moved = _moved(place, move)
        shown = _share_shown(moved.corners, settings.size)
        if shown >= _SHOWN:
            seen.append(moved)
        elif shown > 0:  # too small to be taught anything about
            digits = moved.digits[:, :1] + 1e-3 * (moved.digits - moved.digits[:, :1])
            seen.append(SceneNumber(place.text, moved.corners, digits, place.stacked))
    return window, seen


def _view(
    picture: NDArray[np.uint8],
    places: tuple[SceneNumber, ...],
    rng: np.random.Generator,
    settings: WindowSettings,
) -> NDArray[np.float64]:
    """Draw which part of the picture is seen, as an affine map (2, 3) into the window."""
    height, width = picture.shape[:2]
    size = np.array(settings.size[::-1])
    if places and rng.random() < settings.near:
        place = places[rng.integers(len(places))]
        low, high = HEIGHTS[0] * 0.75, HEIGHTS[1] * 1.3
        wanted = math.exp(rng.uniform(math.log(low), math.log(high)))
        scale = wanted / max(digit_height(place), 1)
        centre = place.corners.mean(axis=0)
        extent = np.ptp(place.corners, axis=0) * scale
        room = np.maximum(size - extent, 0.2 * size) / 2
        spot = size / 2 + rng.uniform(-1, 1, 2) * room
    else:
        whole = min(size[0] / width, size[1] / height)
        scale = whole * math.exp(rng.uniform(0, math.log(max(1.5, 1.5 / whole))))
        centre = rng.uniform(0, 1, 2) * (width, height)
        spot = size / 2
    scale = min(scale, _LARGEST)
    stretch = math.exp(rng.uniform(-1, 1) * math.log(settings.stretch) / 2)
    turn = np.deg2rad(_turn(rng, settings))
    cos, sin = math.cos(turn), math.sin(turn)
    linear = np.array([[cos, -sin], [sin, cos]]) @ np.diag([scale * stretch, scale / stretch])
    return np.c_[linear, spot - linear @ centre]


def _turn(rng: np.random.Generator, settings: WindowSettings) -> float:
    kind, small = rng.random(), rng.normal(0, settings.turn)
    if kind < settings.aslant:
        return rng.uniform(-45, 45)
    if kind < settings.aslant + settings.aside:
        return small + float(rng.choice([-90, 90]))
    return small


def _sampled(
    picture: NDArray[np.uint8], move: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return what the affine map shows; averaged first where it shrinks much."""
    scale = math.sqrt(abs(np.linalg.det(move[:, :2])))
    if scale < 0.7:
        height, width = picture.shape[:2]
        small = max(1, round(width * scale)), max(1, round(height * scale))
        picture = np.asarray(cv2.resize(picture, small, interpolation=cv2.INTER_AREA))
        shrunk = np.diag([width / small[0], height / small[1]])
        move = np.c_[move[:, :2] @ shrunk, move[:, 2]]
    centred = move.copy()  # OpenCV counts from the middle of the first pixel
    centred[:, 2] += move[:, :2] @ [0.5, 0.5] - 0.5
    window = cv2.warpAffine(picture, centred, size[::-1], borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(window, dtype=np.uint8)


def _cover_outside(
    window: NDArray[np.uint8], shape: tuple[int, ...], move: NDArray[np.float64]
) -> None:
    """Paint grey what lies outside a picture of a shape (H, W) that was moved into the window."""
    height, width = shape
    edges = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    edges = edges @ move[:, :2].T + move[:, 2]
    inside = np.zeros(window.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, np.round(edges - 0.5).astype(np.int32), 1)
    if not inside.all():
        window[inside == 0] = GREY


def _photographed(
    window: NDArray[np.uint8], rng: np.random.Generator, settings: WindowSettings
) -> NDArray[np.uint8]:
    """Give a window other colours, and at times blur and noise."""
    gain = rng.uniform(*settings.contrast) * (1 + rng.uniform(-1, 1, 3) * settings.tint)
    mix = np.diag(gain)
    if rng.random() < settings.grey:
        mix = gain.mean() * np.tile([0.299, 0.587, 0.114], (3, 1))
    mean = np.array(cv2.mean(window)[:3])
    offset = mean - mix @ mean + rng.uniform(-1, 1) * settings.brightness
    window = np.asarray(cv2.transform(window, np.c_[mix, offset]), dtype=np.uint8)
    if rng.random() < settings.blur:
        window = np.asarray(cv2.GaussianBlur(window, (0, 0), rng.uniform(0.4, 1.4)))
    if rng.random() < settings.noise:
        noise = rng.normal(0, rng.uniform(2, 14), window.shape)
        window = np.clip(window + noise, 0, 255).astype(np.uint8)
    return window


def _moved(place: SceneNumber, move: NDArray[np.float64]) -> SceneNumber:
    corners = place.corners @ move[:, :2].T + move[:, 2]
    digits = place.digits @ move[:, :2].T + move[:, 2]
    return SceneNumber(place.text, corners, digits, place.stacked)


def _share_shown(corners: NDArray[np.float64], size: tuple[int, int]) -> float:
    """Return how much of the box around a number lies in the window, 0 to 1."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    inner = np.minimum(high, size[::-1]) - np.maximum(low, 0)
    return float(np.clip(inner, 0, None).prod() / max((high - low).prod(), 1e-9))
