"""Colours, smooth noise, and the paint of a number: shadow, outline, wear, relief, light."""

import cv2
import numpy as np

from svhn_lib.data.street.layout import Ink
from svhn_lib.data.street.scene import Picture, Scene


def sample_colours(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw the colours of a wall (or plate) and its number, any contrast, often a low one.

    Returns:
        Two colours, float64 (3,), RGB, 0-255.
    """
    kind = rng.random()
    if kind < 0.14:  # enamel plates: white on blue, sometimes the other way
        blue = np.array([rng.uniform(10, 80), rng.uniform(30, 100), rng.uniform(80, 160)])
        pair = blue, np.full(3, rng.uniform(190, 250))
        return pair if rng.random() < 0.75 else pair[::-1]
    contrast = rng.uniform(22, 90) if rng.random() < 0.45 else rng.uniform(90, 220)
    low = rng.uniform(5, max(6, 245 - contrast))
    dark, light = tint(rng, low), tint(rng, low + contrast)
    return (light, dark) if rng.random() < 0.55 else (dark, light)


def tint(rng: np.random.Generator, luminance: float) -> np.ndarray:
    """Draw a colour of about this luminance (0-255), float64 (3,); most are nearly grey."""
    strength = rng.uniform(0, 0.12) if rng.random() < 0.6 else rng.uniform(0.1, 0.6)
    hue = rng.normal(0, 1, 3)
    hue -= hue @ (0.299, 0.587, 0.114)
    return np.clip(luminance + strength * 80 * hue / (np.linalg.norm(hue) + 1e-6), 0, 255)


def smooth_noise(rng: np.random.Generator, size: tuple[int, int], cell: float) -> Ink:
    """Draw smooth noise, float32 (H, W), of mean 0 and deviation near 1.

    Args:
        rng: random numbers.
        size: (H, W).
        cell: width of its blobs, pixels.
    """
    grid = max(2, round(size[0] / cell) + 1), max(2, round(size[1] / cell) + 1)
    coarse = rng.standard_normal(grid, dtype=np.float32)
    return cv2.resize(coarse, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)


def shifted(ink: Ink, dx: float, dy: float) -> Ink:
    """Return ink, float32 (H, W), moved by (dx, dy) pixels."""
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return cv2.warpAffine(ink, move, (ink.shape[1], ink.shape[0]))


def clear_of(ink: Ink, reach: int) -> Ink:
    """Return where no ink is within `reach` // 2 pixels, bool (H, W) for float32 (H, W)."""
    return cv2.dilate(ink, np.ones((reach, reach), np.uint8)) == 0


def lay(scene: Scene, ink: Ink, colour: np.ndarray, strength: float = 1.0) -> None:
    """Paint ink on the canvas: with its shadow, outline, relief and worn paint.

    Args:
        scene: what it is painted on; its canvas changes.
        ink: float32 (H, W), 0-1.
        colour: (3,), RGB, 0-255.
        strength: of outline, gloss and relief, 0-1.
    """
    rng, canvas, unit = scene.rng, scene.canvas, scene.unit
    if rng.random() < 0.30:  # raised digits throw a shadow
        away = rng.uniform(-0.12, 0.12, 2) * unit
        shadow = cv2.GaussianBlur(
            shifted(ink, *away), (0, 0), max(0.6, unit * rng.uniform(0.01, 0.06))
        )
        canvas *= (1 - rng.uniform(0.2, 0.8) * shadow)[..., None]
    if rng.random() < 0.12:
        reach = max(1, int(unit * rng.uniform(0.02, 0.08)))
        wide = cv2.dilate(ink, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
        rim = tint(rng, rng.uniform(0, 255)).astype(np.float32)
        canvas += (rim - canvas) * (np.float32(strength) * wide)[..., None]
    cover = ink * rng.uniform(0.75, 1.0)
    if rng.random() < 0.2:  # worn paint
        cover = cover * np.clip(1 - 0.4 * smooth_noise(rng, ink.shape, unit * 0.15), 0.2, 1)
    fill = np.broadcast_to(colour.astype(np.float32), canvas.shape)
    if rng.random() < 0.3:  # brushed and polished metal
        gloss = np.float32(strength * rng.uniform(8, 40)) * smooth_noise(rng, ink.shape, unit * 0.5)
        fill = fill + gloss[..., None]
    canvas += (fill - canvas) * cover[..., None]
    if rng.random() < 0.2:
        depth = max(0.8, unit * 0.03)
        edge = shifted(ink, -depth, -depth) - shifted(ink, depth, depth)
        canvas += (strength * rng.uniform(-70, 70) * edge)[..., None]


def lit(scene: Scene) -> Picture:
    """Return the canvas in uneven light, sometimes with the edge of a shadow across it."""
    rng, (rows, columns) = scene.rng, scene.size
    y, x = np.linspace(-1, 1, rows, dtype=np.float32), np.linspace(-1, 1, columns, dtype=np.float32)
    slope = rng.normal(0, 0.10, 2).astype(np.float32)
    field = 1 + slope[0] * y[:, None] + slope[1] * x[None]
    if rng.random() < 0.12:
        angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.7, 0.7)
        side = np.cos(angle) * x[None] + np.sin(angle) * y[:, None] - offset
        soft = 1 / (1 + np.exp(-side * np.float32(rng.uniform(6, 60))))
        field = field * (1 - np.float32(rng.uniform(0.3, 0.7)) * soft)
    return scene.canvas * field[..., None]
