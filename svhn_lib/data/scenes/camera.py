"""What a telephone's camera makes of a view: light, colour, blur, noise, JPEG."""

from __future__ import annotations

import cv2
import numpy as np

from svhn_lib.data.scenes.front import clouds, grain


def photograph(rng: np.random.Generator, view: np.ndarray) -> np.ndarray:
    """Return the photo of a view, uint8 (H, W, 3), for float32 (H, W, 3), 0-255."""
    size = view.shape[:2]
    view = _lit(rng, view)
    low, middle, high = np.percentile(view[::3, ::3], (2, 50, 98))
    gain = np.clip(rng.uniform(130, 235) / max(high - low, 20), 0.6, 1.8)
    wanted = np.clip(rng.normal(115, 30), 25, 200) if rng.random() < 0.93 else rng.uniform(12, 40)
    cast = rng.normal(0, 5, 3) + rng.normal(0, 1) * np.array([6.0, 0, -7.0])
    photo = (view - np.float32(middle)) * np.float32(gain) + (wanted + cast).astype(np.float32)
    grey = photo.mean(axis=2, keepdims=True)
    photo = grey + (photo - grey) * np.float32(rng.uniform(0.65, 1.25))
    photo = 127.5 + 123 * np.tanh((photo - 127.5) / 123)
    kind = rng.random()
    sigma = rng.uniform(0.3, 0.8) if kind < 0.7 else rng.uniform(0.8, 1.5)
    photo = cv2.GaussianBlur(photo.astype(np.float32), (0, 0), sigma)
    if rng.random() < 0.5:
        soft = cv2.GaussianBlur(photo, (0, 0), rng.uniform(1.0, 2.0))
        photo += np.float32(rng.uniform(0.2, 0.8)) * (photo - soft)
    noise = float(np.exp(rng.normal(np.log(1.8), 0.6)))
    photo += (noise * grain(rng, size))[..., None]
    if rng.random() < 0.4:
        for channel in range(3):
            photo[..., channel] += np.float32(noise) * clouds(rng, size, 2.5)
    return _stored(rng, photo)


def _lit(rng: np.random.Generator, view: np.ndarray) -> np.ndarray:
    """Return the view in uneven light, sometimes with the edge of a shadow across it."""
    rows, columns = view.shape[:2]
    y = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, columns, dtype=np.float32)[None]
    field = 1 + np.float32(rng.normal(0, 0.12)) * y + np.float32(rng.normal(0, 0.12)) * x
    if rng.random() < 0.3:
        angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.8, 0.8)
        side = np.float32(np.cos(angle)) * x + np.float32(np.sin(angle)) * y - np.float32(offset)
        soft = np.clip(0.5 + side * np.float32(rng.uniform(3, 60)), 0, 1)
        field = field * (1 - np.float32(rng.uniform(0.2, 0.6)) * soft)
    return np.asarray(view * field[..., None], np.float32)


def _stored(rng: np.random.Generator, photo: np.ndarray) -> np.ndarray:
    """Return float32 (H, W, 3) as uint8, most often through JPEG."""
    stored = np.clip(np.round(photo), 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        return stored
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 95))]
    _, data = cv2.imencode(".jpg", stored[..., ::-1], quality)
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1])
