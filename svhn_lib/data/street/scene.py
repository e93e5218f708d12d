"""What a number is made of and hangs on: walls, plates, paint, relief, light.

Works on float32 RGB pictures (H, W, 3) of 0-255; geometry comes in, the camera comes after.
"""

import cv2
import numpy as np

Picture = np.ndarray  # float32 (H, W, 3), RGB, 0-255
Ink = np.ndarray  # float32 (H, W), 0-1


def sample_colours(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Colours of wall (or plate) and number, each float32 (3,): any contrast, often a low one."""
    kind = rng.random()
    if kind < 0.14:  # enamel plates: white on blue, sometimes the other way
        blue = np.array([rng.uniform(10, 80), rng.uniform(30, 100), rng.uniform(80, 160)])
        pair = blue, np.full(3, rng.uniform(190, 250))
        return pair if rng.random() < 0.75 else pair[::-1]
    contrast = rng.uniform(22, 90) if rng.random() < 0.45 else rng.uniform(90, 220)
    low = rng.uniform(5, max(6, 245 - contrast))
    dark, light = tint(low, rng), tint(low + contrast, rng)
    return (light, dark) if rng.random() < 0.55 else (dark, light)


def tint(luminance: float, rng: np.random.Generator) -> np.ndarray:
    """A colour of about this luminance; most walls and numbers are nearly grey."""
    strength = rng.uniform(0, 0.12) if rng.random() < 0.6 else rng.uniform(0.1, 0.6)
    hue = rng.normal(0, 1, 3)
    hue -= hue @ (0.299, 0.587, 0.114)
    return np.clip(luminance + strength * 80 * hue / (np.linalg.norm(hue) + 1e-6), 0, 255)


def smooth_noise(rng: np.random.Generator, size: tuple[int, int], cell: float) -> Ink:
    """Smooth noise of mean 0 and deviation near 1 whose blobs are `cell` pixels wide."""
    grid = max(2, round(size[0] / cell) + 1), max(2, round(size[1] / cell) + 1)
    coarse = rng.standard_normal(grid, dtype=np.float32)
    return cv2.resize(coarse, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)


def wall(
    rng: np.random.Generator, size: tuple[int, int], colour: np.ndarray, unit: float
) -> Picture:
    """A plastered, clad or brick wall; `unit` is the digit height in pixels."""
    picture = np.empty((*size, 3), np.float32)
    picture[:] = colour
    amount = rng.gamma(1.5, 4.0)
    picture += (amount * smooth_noise(rng, size, unit * rng.uniform(0.3, 2)))[..., None]
    picture += (0.5 * amount * smooth_noise(rng, size, max(1.5, unit * 0.06)))[..., None]
    kind = rng.random()
    if kind < 0.10:
        _bricks(rng, picture, unit)
    elif kind < 0.22:
        _boards(rng, picture, unit)
    elif kind < 0.32:
        grain = smooth_noise(rng, (size[0], 8), unit * 0.08)  # wood: noise drawn out sideways
        grain = cv2.resize(grain, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)
        picture += (rng.uniform(4, 16) * grain)[..., None]
    if rng.random() < 0.35:
        _clutter(rng, picture, unit)
    return picture


def _bricks(rng: np.random.Generator, picture: Picture, unit: float) -> None:
    height, width = max(4, int(unit * rng.uniform(0.4, 1.2))), int(unit * rng.uniform(1, 3)) + 4
    joint = tint(float(np.clip(picture.mean() + rng.normal(0, 45), 0, 255)), rng)
    start, thick = int(rng.integers(height)), max(1, int(unit * 0.06))
    for row, y in enumerate(range(start - height, picture.shape[0] + height, height)):
        cv2.line(picture, (0, y), (picture.shape[1], y), joint.tolist(), thick)
        for x in range((row % 2) * width // 2, picture.shape[1], width):
            cv2.line(picture, (x, y), (x, y + height), joint.tolist(), thick)


def _boards(rng: np.random.Generator, picture: Picture, unit: float) -> None:
    step = max(4, int(unit * rng.uniform(0.5, 2)))
    upright, shade = rng.random() < 0.4, rng.uniform(10, 60) * rng.choice((-1, 1))
    for at in range(int(rng.integers(step)), picture.shape[1 if upright else 0], step):
        thick = max(1, int(unit * rng.uniform(0.02, 0.08)))
        band = picture[:, at : at + thick] if upright else picture[at : at + thick]
        band += shade


def _clutter(rng: np.random.Generator, picture: Picture, unit: float) -> None:
    """Frames, cables, edges of other things, anywhere on the wall."""
    height, width = picture.shape[:2]
    for _ in range(int(rng.integers(1, 4))):
        colour = tint(rng.uniform(0, 255), rng).tolist()
        x, y = int(rng.integers(width)), int(rng.integers(height))
        if rng.random() < 0.5:
            angle = rng.choice((0, np.pi / 2)) + rng.normal(0, 0.1)
            reach = np.array([np.cos(angle), np.sin(angle)]) * 3 * max(width, height)
            ends = (np.array([x, y]) - reach).astype(int), (np.array([x, y]) + reach).astype(int)
            thick = max(1, int(unit * rng.uniform(0.03, 0.25)))
            cv2.line(picture, ends[0].tolist(), ends[1].tolist(), colour, thick, cv2.LINE_AA)
        else:
            far = (x + int(rng.uniform(-2, 2) * unit), y + int(rng.uniform(-2, 2) * unit))
            cv2.rectangle(picture, (x, y), far, colour, -1)


def plate(
    rng: np.random.Generator, picture: Picture, corners: np.ndarray, colour: np.ndarray, unit: float
) -> None:
    """A sign under the number: `corners` (K, 2) is its outline on the canvas, changed in place."""
    points = np.round(corners * 16).astype(np.int32)
    if rng.random() < 0.5:
        fall = points + int(16 * unit * 0.06)
        under = np.zeros(picture.shape[:2], np.float32)
        cv2.fillPoly(under, [fall], 1.0, cv2.LINE_AA, 4)
        picture *= 1 - 0.4 * cv2.GaussianBlur(under, (0, 0), max(0.5, unit * 0.04))[..., None]
    cv2.fillPoly(picture, [points], colour.tolist(), cv2.LINE_AA, 4)
    if rng.random() < 0.5:
        rim = tint(rng.uniform(0, 255), rng).tolist()
        inner = corners.mean(axis=0) + (corners - corners.mean(axis=0)) * rng.uniform(0.9, 1)
        thick = max(1, int(unit * rng.uniform(0.03, 0.12)))
        cv2.polylines(
            picture, [np.round(inner * 16).astype(np.int32)], True, rim, thick, cv2.LINE_AA, 4
        )


def posts(
    rng: np.random.Generator, picture: Picture, box: np.ndarray, to_canvas: np.ndarray, unit: float
) -> None:
    """Door frames, gutters and plate edges just beside the number, easily taken for a 1."""
    for x, way in ((box[0, 0], -1), (box[1, 0], 1)):
        if rng.random() < 0.6:
            at = x + way * rng.uniform(0.08, 0.6)
            tall = rng.uniform(0.1, 1.5, 2) * (-1, 1)
            ends = np.array([[[at, box[0, 1] + tall[0]]], [[at, box[1, 1] + tall[1]]]])
            (x0, y0), (x1, y1) = cv2.perspectiveTransform(ends, to_canvas)[:, 0].astype(int)
            colour = tint(rng.uniform(0, 255), rng).tolist()
            thick = max(1, int(unit * rng.uniform(0.02, 0.3)))
            cv2.line(picture, (int(x0), int(y0)), (int(x1), int(y1)), colour, thick, cv2.LINE_AA)


def shifted(ink: Ink, dx: float, dy: float) -> Ink:
    """The ink moved by (dx, dy) pixels."""
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return cv2.warpAffine(ink, move, (ink.shape[1], ink.shape[0]))


def paint(
    rng: np.random.Generator, picture: Picture, ink: Ink, colour: np.ndarray, unit: float
) -> Picture:
    """Lays the number on the wall: with its shadow, outline, relief and worn paint."""
    if rng.random() < 0.30:  # raised digits throw a shadow
        away = rng.uniform(-0.12, 0.12, 2) * unit
        shadow = cv2.GaussianBlur(
            shifted(ink, *away), (0, 0), max(0.6, unit * rng.uniform(0.01, 0.06))
        )
        picture = picture * (1 - rng.uniform(0.2, 0.8) * shadow)[..., None]
    if rng.random() < 0.12:
        reach = max(1, int(unit * rng.uniform(0.02, 0.08)))
        wide = cv2.dilate(ink, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
        rim = tint(rng.uniform(0, 255), rng).astype(np.float32)
        picture = picture + (rim - picture) * wide[..., None]
    cover = ink * rng.uniform(0.75, 1.0)
    if rng.random() < 0.2:  # worn paint
        cover = cover * np.clip(1 - 0.4 * smooth_noise(rng, ink.shape, unit * 0.15), 0.2, 1)
    fill = np.broadcast_to(colour.astype(np.float32), picture.shape)
    if rng.random() < 0.3:  # brushed and polished metal
        sheen = np.float32(rng.uniform(8, 40)) * smooth_noise(rng, ink.shape, unit * 0.5)
        fill = fill + sheen[..., None]
    picture = picture + (fill - picture) * cover[..., None]
    if rng.random() < 0.2:
        depth = max(0.8, unit * 0.03)
        edge = shifted(ink, -depth, -depth) - shifted(ink, depth, depth)
        picture = picture + (rng.uniform(-70, 70) * edge)[..., None]
    return picture


def light(rng: np.random.Generator, picture: Picture) -> Picture:
    """Uneven light over the whole scene, sometimes the edge of a shadow across it."""
    rows, columns = picture.shape[:2]
    y, x = np.linspace(-1, 1, rows, dtype=np.float32), np.linspace(-1, 1, columns, dtype=np.float32)
    slope = rng.normal(0, 0.10, 2).astype(np.float32)
    field = 1 + slope[0] * y[:, None] + slope[1] * x[None]
    if rng.random() < 0.12:
        angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.7, 0.7)
        side = np.cos(angle) * x[None] + np.sin(angle) * y[:, None] - offset
        soft = 1 / (1 + np.exp(-side * np.float32(rng.uniform(6, 60))))
        field = field * (1 - np.float32(rng.uniform(0.3, 0.7)) * soft)
    return picture * field[..., None]
