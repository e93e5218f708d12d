"""A window of a labelled scene: which part is seen, how it is photographed, and what stands in it.

Which scenes, and how many windows of each, is decided in `place_windows`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.scenes import SceneNumber
from svhn_lib.losses.places import HEIGHTS, digit_height

_SHOWN = 0.6  # of a number must lie in the window; else nothing is taught about it
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
