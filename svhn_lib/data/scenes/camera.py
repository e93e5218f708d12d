"""What a telephone's camera makes of a view: light, colour, blur, noise, JPEG."""

from __future__ import annotations

import cv2
import numpy as np

from svhn_lib.data.scenes.front import clouds, grain

_LUMA = np.array([0.299, 0.587, 0.114])
# Bright and dark parts keep some drawing, as on film.
_SHOULDER = np.clip(127.5 + 125 * np.tanh((np.arange(256) - 127.5) / 110) / np.tanh(1.16), 0, 255)


def photograph(rng: np.random.Generator, view: np.ndarray, night: bool = False) -> np.ndarray:
    """Return the photo of a view, uint8 (H, W, 3), for float32 (H, W, 3), 0-255."""
    photo = _developed(rng, _lit(rng, view), night)
    kind = rng.random()
    if kind < 0.9:
        sigma = rng.uniform(0.3, 0.7) if kind < 0.65 else rng.uniform(0.7, 1.5)
        photo = cv2.GaussianBlur(photo, (0, 0), sigma)
    elif kind < 0.93:  # an unsteady hand
        photo = cv2.blur(photo, (3, 1) if rng.random() < 0.7 else (1, 3))
    if rng.random() < 0.5:
        soft = cv2.GaussianBlur(photo, (0, 0), rng.uniform(1.0, 2.0))
        much = rng.uniform(0.2, 0.9)
        photo = cv2.addWeighted(photo, 1 + much, soft, -much, 0)
    return _stored(rng, _noisy(rng, np.asarray(photo)))


def _lit(rng: np.random.Generator, view: np.ndarray) -> np.ndarray:
    """Return the view in uneven light, sometimes with the edge of a shadow across it."""
    rows, columns = view.shape[:2]
    y = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, columns, dtype=np.float32)[None]
    field = 1 + np.float32(rng.normal(0, 0.12)) * y + np.float32(rng.normal(0, 0.12)) * x
    if rng.random() < 0.25:
        angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.8, 0.8)
        side = np.float32(np.cos(angle)) * x + np.float32(np.sin(angle)) * y - np.float32(offset)
        soft = np.clip(0.5 + side * np.float32(rng.uniform(3, 60)), 0, 1)
        field = field * (1 - np.float32(rng.uniform(0.2, 0.6)) * soft)
    return np.asarray(view * field[..., None], np.float32)


def _developed(rng: np.random.Generator, view: np.ndarray, night: bool) -> np.ndarray:
    """Return float32 (H, W, 3) as uint8, with range, brightness and colour of a photo."""
    low, middle, high = np.percentile(view[::5, ::5] @ _LUMA, (2, 50, 98))
    gain = np.clip(rng.uniform(140, 235) / max(high - low, 20), 0.6, 1.7)
    wanted = np.clip(rng.normal(120, 28), 45, 205)
    kind = rng.random()
    if night:
        gain, wanted = min(gain, 1.2), rng.uniform(8, 45)
    elif kind < 0.07:  # haze, or light into the lens
        gain, wanted = 0.6 * gain, rng.uniform(110, 190)
    cast = rng.normal(0, 4, 3) + rng.normal(0, 1) * np.array([6.0, 0, -7.0])
    strong = rng.uniform(0.65, 1.2) / max(1.0, 0.8 * gain)
    if kind > 0.94:  # nearly grey
        strong *= rng.uniform(0, 0.5)
    colours = gain * (strong * np.eye(3) + (1 - strong) * np.tile(_LUMA, (3, 1)))
    shift = wanted - gain * middle + cast
    photo = cv2.transform(view, np.column_stack([colours, shift]))
    developed = np.clip(photo, 0, 255, out=photo).astype(np.uint8)
    return np.asarray(cv2.LUT(developed, _SHOULDER.astype(np.uint8)))


def _noisy(rng: np.random.Generator, photo: np.ndarray) -> np.ndarray:
    """Return uint8 (H, W, 3) with the noise of a small sensor, fine and in patches of colour."""
    size = photo.shape[:2]
    noise = float(np.exp(rng.normal(np.log(1.8), 0.6)))
    fine = (noise * grain(rng, size)).astype(np.int16)
    channels = [fine, fine, fine]
    if rng.random() < 0.4:
        channels = [fine + (noise * clouds(rng, size, 2.5)).astype(np.int16) for _ in range(3)]
    return np.asarray(cv2.add(photo, cv2.merge(channels), dtype=cv2.CV_8U))


def _stored(rng: np.random.Generator, photo: np.ndarray) -> np.ndarray:
    """Return uint8 (H, W, 3) after JPEG, most often."""
    if rng.random() < 0.15:
        return photo
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 95))]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(photo, cv2.COLOR_RGB2BGR), quality)
    again = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return np.asarray(cv2.cvtColor(again, cv2.COLOR_BGR2RGB))
