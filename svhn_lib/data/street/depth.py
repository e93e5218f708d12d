"""Digits that stand out from their wall, glow, or wear what the weather left on them."""

import cv2
import numpy as np

from svhn_lib.data.street.layout import Ink
from svhn_lib.data.street.paint import shifted, smooth_noise
from svhn_lib.data.street.scene import Scene


def cast_shadow(scene: Scene, ink: Ink, colour: np.ndarray) -> None:
    """Paint the shadow of raised digits, and their sides, before the digits are painted.

    Args:
        scene: what is painted on; its canvas changes.
        ink: the digits', float32 (H, W), 0-1.
        colour: the digits', (3,), RGB, 0-255.
    """
    rng, unit, canvas = scene.rng, scene.unit, scene.canvas
    kind = rng.random()
    if kind < 0.22:
        angle = rng.uniform(0.1, 0.9) * np.pi  # light comes from above
        away = unit * rng.uniform(0.05, 0.22) * np.array([np.cos(angle), np.sin(angle)])
        shadow = _swept(ink, away)
        shadow = cv2.GaussianBlur(shadow, (0, 0), max(0.5, unit * rng.uniform(0.01, 0.05)))
        canvas *= 1 - np.float32(rng.uniform(0.3, 0.75)) * shadow[..., None]
    if kind < 0.08:  # thick digits show their sides
        side = _swept(ink, unit * rng.uniform(-0.08, 0.08, 2))
        shade = (colour * rng.uniform(0.4, 0.8)).astype(np.float32)
        canvas += (shade - canvas) * side[..., None]
    if 0.22 < kind < 0.26:  # lit from behind
        halo = cv2.GaussianBlur(ink, (0, 0), unit * rng.uniform(0.05, 0.2))
        canvas += np.float32(rng.uniform(40, 130)) * np.minimum(2 * halo, 1)[..., None]


def _swept(ink: Ink, away: np.ndarray) -> Ink:
    """Return the ink smeared from where it is to (dx, dy) pixels away."""
    swept = ink
    for part in (0.25, 0.5, 0.75, 1.0):
        swept = np.maximum(swept, shifted(ink, *(part * away)))
    return swept


def weather(scene: Scene, ink: Ink) -> None:
    """Lay dirt, scratches or a glow over the painted number and its ground."""
    rng, unit, canvas = scene.rng, scene.unit, scene.canvas
    kind = rng.random()
    if kind < 0.10:  # dirt
        dirt = np.clip(smooth_noise(rng, scene.size, unit * rng.uniform(0.08, 0.5)), 0, 2)
        canvas *= 1 - np.float32(rng.uniform(0.1, 0.3)) * dirt[..., None]
    elif kind < 0.16:  # flaked paint shows one grey in digit and ground
        flakes = smooth_noise(rng, scene.size, unit * rng.uniform(0.05, 0.15)) > 1.6
        canvas[flakes] = 0.5 * canvas[flakes] + 0.5 * rng.uniform(30, 220)
    elif kind < 0.20:  # bright digits burn into what is around them
        glow = cv2.GaussianBlur(ink, (0, 0), unit * rng.uniform(0.03, 0.1))
        canvas += np.float32(rng.uniform(30, 100)) * glow[..., None]
