"""Trees, bushes, climbers and flower pots: leaves upon leaves."""

from __future__ import annotations

import cv2
import numpy as np

from svhn_lib.data.scenes.front import Front, clouds, grain


def foliage(front: Front, x: float, y: float, wide: float, tall: float) -> None:
    """Paint a bush, a crown or a climber around a point; half width and half height in metres."""
    rng = front.rng
    box = (x - 1.3 * wide, y - 1.3 * tall, x + 1.3 * wide, y + 1.3 * tall)
    part = front.part(box)
    if part.size == 0 or min(part.shape[:2]) < 3:
        return
    size = part.shape[:2]
    left, top = max(box[0], front.left), max(box[1], front.top)
    across = (left - x + np.arange(size[1], dtype=np.float32) / front.scale) / wide
    down = (top - y + np.arange(size[0], dtype=np.float32) / front.scale) / tall
    leaf = front.scale * rng.uniform(0.03, 0.12)
    ragged = 0.35 * clouds(rng, size, 5 * leaf) + 0.25 * clouds(rng, size, leaf)
    inside = across[None] ** 2 + down[:, None] ** 2 + ragged < rng.uniform(0.7, 1.0)
    hue = np.array(_GREENS[rng.integers(len(_GREENS))], np.float32) * np.float32(
        rng.uniform(0.6, 1.3)
    )
    light: np.ndarray = 1 + 0.45 * clouds(rng, size, leaf) + 0.2 * grain(rng, size)
    light = light - 0.25 * down[:, None]  # darker below
    leaves = np.asarray(hue * np.clip(light, 0.15, 2.2)[..., None], np.float32)
    if rng.random() < 0.2:
        flowers = clouds(rng, size, leaf) > 1.7
        leaves[flowers] = rng.uniform(120, 255, 3)
    part[inside] = leaves[inside]


_GREENS = ((62, 84, 38), (48, 66, 36), (88, 104, 48), (96, 92, 52), (70, 92, 66), (120, 88, 50))


def branches(front: Front, x: float, y: float, reach: float) -> None:
    """Paint a bare tree or twigs that grow from a point; `reach` in metres."""
    rng = front.rng
    bark = np.array([70.0, 58, 48]) * rng.uniform(0.5, 1.8)
    slim = rng.uniform(0.02, 0.08)
    ends = [(np.array([x, y]), -np.pi / 2 + rng.normal(0, 0.2), reach, slim * reach)]
    for _ in range(int(rng.integers(5, 70))):
        start, angle, length, thick = ends.pop(0)
        stop = start + 0.5 * length * np.array([np.cos(angle), np.sin(angle)])
        front.line(np.stack([start, stop]), bark * rng.uniform(0.8, 1.2), max(thick, 0.006))
        for way in (-1, 1):
            turned = angle + way * rng.uniform(0.1, 0.7)
            ends.append((stop, turned, length * rng.uniform(0.6, 0.9), 0.65 * thick))


def pot(front: Front, x: float) -> None:
    """Paint a flower pot with its plant, on the ground."""
    rng = front.rng
    tall, wide = rng.uniform(0.2, 0.5), rng.uniform(0.12, 0.25)
    clay = np.array([165.0, 95, 65]) if rng.random() < 0.5 else np.full(3, rng.uniform(30, 200))
    corners = [[x - wide, -tall], [x + wide, -tall], [x + 0.75 * wide, 0], [x - 0.75 * wide, 0]]
    foliage(front, x, -tall - 0.25, 1.5 * wide, rng.uniform(0.2, 0.5))
    front.polygon(np.array(corners), clay)


def palm(front: Front, x: float, tall: float) -> None:
    """Paint a palm or a tuft of long leaves that stands on the ground."""
    rng = front.rng
    top, green = -tall, np.array(_GREENS[rng.integers(len(_GREENS))], float)
    if tall > 0.8:
        bark = np.array([120.0, 100, 80]) * rng.uniform(0.5, 1.2)
        front.line(np.array([[x, 0.0], [x + rng.normal(0, 0.1), top]]), bark, rng.uniform(0.1, 0.3))
    reach = rng.uniform(0.3, 0.6) * max(tall, 0.8)
    for _ in range(int(rng.integers(12, 40))):
        angle = rng.uniform(-np.pi, 0)
        along = np.linspace(0, reach * rng.uniform(0.6, 1), 5)
        sag = along**2 * rng.uniform(0.3, 1.2) / reach
        leaf = np.stack([x + along * np.cos(angle), top + along * np.sin(angle) + sag], axis=1)
        front.line(leaf, green * rng.uniform(0.5, 1.6), rng.uniform(0.015, 0.05))


def litter(front: Front, box: tuple[float, float, float, float], size: float) -> None:
    """Cover a box with shapes upon shapes of any size: gravel, beds of plants, what lies about.

    Pictures of nature have as many small things as large ones; `size` of the largest is in metres.
    """
    rng, part = front.rng, front.part(box)
    if part.size == 0:
        return
    rows, columns = part.shape[:2]
    base = np.array(_GREENS[rng.integers(len(_GREENS))], float) * rng.uniform(0.7, 1.8)
    if rng.random() < 0.4:
        base = np.full(3, rng.uniform(60, 180)) + rng.normal(0, 10, 3)
    part[:] = 0.7 * base
    spread, colourful = rng.uniform(0.15, 0.5), rng.uniform(0, 20)
    largest = max(2.0, size * front.scale)
    count = int(np.clip(1.5 * rows * columns / largest**2 * 6, 20, 260))
    reach = np.maximum(1, largest * rng.uniform(0.05, 1, (count, 2)) ** 2)
    middle = rng.uniform(0, 1, (count, 2)) * (columns, rows)
    shades = base * np.exp(rng.normal(0, spread, (count, 1))) + rng.normal(0, colourful, (count, 3))
    angle = rng.uniform(0, 180, count)
    for i in np.argsort(-reach[:, 0]):
        place, axes = middle[i].astype(int).tolist(), reach[i].astype(int).tolist()
        cv2.ellipse(part, place, axes, angle[i], 0, 360, shades[i].tolist(), -1, cv2.LINE_AA)


def leaf_shadow(front: Front) -> None:
    """Lay the shadow of a tree, with its patches of light, over the front."""
    rng, size = front.rng, front.canvas.shape[:2]
    cell = max(2.5, front.scale * rng.uniform(0.03, 0.2))
    cover: np.ndarray = 0.7 * clouds(rng, size, cell) + 1.2 * clouds(rng, size, 7 * cell)
    cover = np.clip((cover - rng.uniform(-0.5, 1.0)) * rng.uniform(0.4, 1.6), 0, 1)
    front.canvas[...] *= 1 - np.float32(rng.uniform(0.15, 0.55)) * cover[..., None]
