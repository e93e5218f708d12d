"""A street-view camera as SVHN's pictures show it: measured blur, noise, range, colour, JPEG.

Street-view pictures were sharpened, resized and stored as JPEG before anybody cut them out: blur
and noise are nearly constant in pixels, and the blocks of JPEG begin anywhere. Figures are medians
and spreads of SVHN's training pictures.
"""

import cv2
import numpy as np

from svhn_lib.data.street.scene import Picture, Scene

# Luma, then yellow against blue, then magenta against green: casts and walls of streets vary along
# the second axis and hardly along the third.
_TO_AXES = np.array([[0.299, 0.587, 0.114], [0.5, 0.5, -1.0], [0.5, -1.0, 0.5]])
_FROM_AXES = np.linalg.inv(_TO_AXES)


def photograph(
    rng: np.random.Generator, scene: Scene, view: Picture, size: tuple[int, int]
) -> Picture:
    """Take the picture of a painted scene.

    Args:
        rng: random numbers.
        scene: where the number stands on the canvas.
        view: the canvas in its light, float32 or float64 (H, W, 3).
        size: height and width of the picture.

    Returns:
        Float32 (height, width, 3), 0-255.
    """
    shrink = size[0] / view.shape[0]
    finer = min(1.0, max(shrink, 0.4, rng.uniform(0.7, 1.1)))  # of the stored picture
    stored: Picture = _exposed(rng, _number_of(scene, view), _resized(view, finer, None))
    pixel = finer / shrink  # one of the picture's, in the stored one
    stored = _focused(rng, stored, shrink * scene.unit, pixel)
    if rng.random() < 0.6:  # the camera sharpens
        soft = cv2.GaussianBlur(stored, (0, 0), pixel * rng.uniform(0.9, 1.6))
        stored = stored + np.float32(rng.uniform(0.15, 0.6)) * (stored - soft)
    grain = float(np.exp(rng.normal(np.log(1.5), 0.4)))
    stored = stored + grain * rng.standard_normal((*stored.shape[:2], 1), dtype=np.float32)
    if rng.random() < 0.7:
        stored = stored + _blotches(rng, stored)
    picture = _resized(stored, None, size)
    picture = picture + 0.6 * rng.standard_normal((*size, 1), dtype=np.float32)
    return _compressed(rng, picture)


def _resized(picture: Picture, factor: float | None, size: tuple[int, int] | None) -> Picture:
    """Return the picture resized by a factor, or to (height, width)."""
    if size is None:
        size = tuple(max(4, round(side * (factor or 1))) for side in picture.shape[:2])
    if size == picture.shape[:2]:
        return picture
    way = cv2.INTER_AREA if size[0] < picture.shape[0] else cv2.INTER_CUBIC
    return cv2.resize(picture, (size[1], size[0]), interpolation=way)


def _number_of(scene: Scene, view: Picture) -> Picture:
    """Return every second pixel of the number's box, as (h, w, 3)."""
    points = np.concatenate(scene.outlines())
    (left, top), (right, bottom) = np.maximum(points, 0).min(axis=0), points.max(axis=0)
    return view[int(top) : int(bottom) + 1 : 2, int(left) : int(right) + 1 : 2]


def _exposed(rng: np.random.Generator, inside: Picture, view: Picture) -> Picture:
    """Return the view with range, brightness and colour as the camera gives them.

    `inside` is the part that the camera measures.
    """
    low, high = np.percentile(inside @ _TO_AXES[0], (5, 95))
    wanted = np.clip(np.exp(rng.normal(np.log(128), 0.36)), 50, 215)
    gain = np.clip(wanted / max(high - low, 1), 0.5, 2.5)
    middle = np.clip(rng.normal(110, 38), 40, 205)
    yellow, magenta = rng.normal(-10, 9), rng.normal(1, 4)  # casts
    # Bright parts are yellowish and green, shadows bluish and purple.
    sunny, green = rng.normal(0.14, 0.10), rng.normal(0.14, 0.07)
    colours = min(gain, 1.6) * rng.uniform(0.8, 1.2)
    axes = np.array([gain, colours, 0.5 * colours])[:, None] * _TO_AXES
    axes[1] += sunny * axes[0]
    axes[2] -= green * axes[0]
    matrix = _FROM_AXES @ axes
    centre = np.array([(low + high) / 2] * 3)
    shift = middle + _FROM_AXES @ (0, yellow, magenta) - matrix @ centre
    seen = cv2.transform(np.asarray(view, np.float32), np.column_stack([matrix, shift]))
    return (127.5 + 122 * np.tanh((seen - 127.5) / 122)).astype(np.float32)  # film's shoulder


def _focused(rng: np.random.Generator, stored: Picture, height: float, pixel: float) -> Picture:
    """Return the picture as unsharp as the lens, and now and then a moving car, leave it.

    `height` is a digit's in pixels of the final picture; `pixel` one of those in the stored one.
    """
    sigma = 0.7 * (height / 24) ** 0.35 * float(np.exp(rng.normal(0, 0.28)))
    if rng.random() < 0.4:  # some pictures were stored larger, and are sharper
        sigma *= 0.62
    kind = rng.random()
    if kind < 0.13:
        sigma *= rng.uniform(1.5, 2.4)
    stored = cv2.GaussianBlur(stored, (0, 0), max(0.42, sigma) * pixel)
    if kind > 0.95:
        length = 2 * int(pixel * height * rng.uniform(0.03, 0.1)) + 1
        upright = rng.random() < 0.25
        stored = cv2.blur(stored, (1, length) if upright else (length, 1))
    return stored


def _blotches(rng: np.random.Generator, picture: Picture) -> Picture:
    """Return the colour noise of a small sensor, in patches, strongest where it is dark."""
    size = picture.shape[:2]
    coarse = tuple(side // 3 + 2 for side in size)
    strength = rng.uniform(4, 12)
    noise: Picture = strength * rng.standard_normal((*coarse, 2), dtype=np.float32)
    noise = cv2.resize(noise, size[::-1], interpolation=cv2.INTER_LINEAR)
    dark = 1.3 - np.clip(picture[..., 1:2], 0, 255) / 255
    axes = np.array(_FROM_AXES[:, 1:], np.float32)
    return (dark * noise) @ axes.T


def _compressed(rng: np.random.Generator, stored: Picture) -> Picture:
    """Return the picture after JPEG, float32 again; its blocks begin anywhere."""
    down, right = (int(offset) for offset in rng.integers(0, 8, 2))
    padded = cv2.copyMakeBorder(
        np.clip(stored[..., ::-1], 0, 255).astype(np.uint8),
        down, 0, right, 0, cv2.BORDER_REPLICATE,
    )  # fmt: skip
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 85))]
    _, data = cv2.imencode(".jpg", padded, quality)
    again = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[down:, right:, ::-1]
    return again.astype(np.float32)


def as_stored(picture: Picture) -> np.ndarray:
    """Return float32 (H, W, 3) rounded to uint8."""
    return np.ascontiguousarray(np.clip(np.round(picture), 0, 255).astype(np.uint8))
