"""What stands around a number and is not part of it: frames, posts, letters, cables, leaves.

Readers take such things for a digit, most often for a 1, unless they have seen them.
"""

import cv2
import numpy as np

from svhn_lib.data.street import layout, scene
from svhn_lib.data.street.scene import Picture

_BESIDE = (*"ABCDEFabcdef-.#*/", "Nº", "bis", "HS")


def bands(
    rng: np.random.Generator, picture: Picture, box: np.ndarray, to_canvas: np.ndarray, unit: float
) -> None:
    """Door frames, corners of houses and ledges: stripes close to the number; changes the picture.

    `box` is the number's, flat: [[left, top], [right, bottom]] in digit heights.
    """
    (left, top), (right, bottom) = box
    far = 12.0
    for way, x in ((-1, left), (1, right)):
        if rng.random() < 0.5:
            near = x + way * rng.uniform(0.04, 0.8)
            wide = rng.uniform(0.04, 0.7) if rng.random() < 0.7 else far
            lean = rng.normal(0, 0.04, 2)
            ends = [[near + lean[0], top - far], [near - lean[0], bottom + far]]
            _band(rng, picture, ends, way * wide, 0.0, to_canvas, unit)
    for way, y in ((-1, top), (1, bottom)):
        if rng.random() < 0.25:
            near = y + way * rng.uniform(0.04, 0.5)
            wide = rng.uniform(0.04, 0.4) if rng.random() < 0.7 else far
            ends = [[left - far, near], [right + far, near]]
            _band(rng, picture, ends, 0.0, way * wide, to_canvas, unit)


def _band(
    rng: np.random.Generator,
    picture: Picture,
    ends: list[list[float]],
    dx: float,
    dy: float,
    to_canvas: np.ndarray,
    unit: float,
) -> None:
    """A stripe from one end to the other, (dx, dy) wide, in a colour of its own or in shadow."""
    (x0, y0), (x1, y1) = ends
    corners = np.array([[x0, y0], [x1, y1], [x1 + dx, y1 + dy], [x0 + dx, y0 + dy]])
    # Far ends may lie behind the camera: the view is taken as flat, as it is near the number.
    origin = cv2.perspectiveTransform(corners.mean(axis=0)[None, None] * 0, to_canvas)[0, 0]
    steps = cv2.perspectiveTransform(np.eye(2)[:, None], to_canvas)[:, 0] - origin
    edge = origin + corners @ steps
    cover: scene.Ink = np.zeros(picture.shape[:2], np.float32)
    cv2.fillPoly(cover, [np.round(edge * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
    if rng.random() < 0.4:
        cover = cv2.GaussianBlur(cover, (0, 0), max(0.5, unit * rng.uniform(0.02, 0.1)))
    if rng.random() < 0.35:
        picture *= 1 - np.float32(rng.uniform(0.2, 0.8)) * cover[..., None]
        return
    colour = scene.tint(rng.uniform(5, 250), rng).astype(np.float32)
    picture += (colour - picture) * cover[..., None]


def frame(
    rng: np.random.Generator,
    picture: Picture,
    box: np.ndarray,
    to_canvas: np.ndarray,
    ink_colour: np.ndarray,
    unit: float,
) -> None:
    """One or two lines around the number, often in its own colour; changes the picture."""
    colour = ink_colour if rng.random() < 0.6 else scene.tint(rng.uniform(0, 255), rng)
    distance = rng.uniform(0.05, 0.4, 2)
    for _ in range(1 if rng.random() < 0.75 else 2):
        (left, top), (right, bottom) = box + np.array([[-1], [1]]) * distance[::-1]
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        edge = cv2.perspectiveTransform(corners[:, None], to_canvas)[:, 0]
        thick = max(1, int(unit * rng.uniform(0.02, 0.09)))
        points = [np.round(edge * 16).astype(np.int32)]
        cv2.polylines(picture, points, True, colour.tolist(), thick, cv2.LINE_AA, 4)
        distance = distance + rng.uniform(0.05, 0.15)


def screws(
    rng: np.random.Generator, picture: Picture, box: np.ndarray, to_canvas: np.ndarray, unit: float
) -> None:
    """Two or four heads of screws beside the number; changes the picture."""
    (left, top), (right, bottom) = box
    out = rng.uniform(0.08, 0.4)
    rows = ((top + bottom) / 2,) if rng.random() < 0.5 else (top, bottom)
    colour, size = scene.tint(rng.uniform(0, 255), rng).tolist(), rng.uniform(0.03, 0.08)
    for x in (left - out, right + out):
        for y in rows:
            point = cv2.perspectiveTransform(np.array([[[x, y]]]), to_canvas)[0, 0]
            place = tuple(np.round(point * 16).astype(int).tolist())
            cv2.circle(picture, place, int(16 * size * unit), colour, -1, cv2.LINE_AA, 4)


def beside(
    rng: np.random.Generator, digits: list[layout.Placed], style: layout.Style
) -> list[layout.Placed]:
    """A letter or a sign right after the number (or before it), often small and raised."""
    text = _BESIDE[rng.integers(len(_BESIDE))]
    try:
        row = layout.place(text, style, rng)
    except ValueError:  # the font has digits only
        return []
    after = rng.random() < 0.75
    near = layout.flat_box(digits[-1:] if after else digits[:1])
    own = layout.flat_box(row)
    scale = rng.uniform(0.3, 0.75)
    gap = rng.uniform(0.06, 0.35)
    x = near[1, 0] + gap if after else near[0, 0] - gap - scale * (own[1, 0] - own[0, 0])
    low, high = near[0, 1], near[1, 1] - scale * (own[1, 1] - own[0, 1])
    y = rng.choice((low, (low + high) / 2, high))
    move = np.array(
        [[scale, 0, x - own[0, 0] * scale], [0, scale, y - own[0, 1] * scale], [0, 0, 1]]
    )
    return [mark._replace(to_scene=move @ mark.to_scene) for mark in row]


def in_front(rng: np.random.Generator, picture: Picture, unit: float) -> None:
    """A cable or a twig across the picture, or leaves over its edge; changes the picture."""
    height, width = picture.shape[:2]
    colour = scene.tint(rng.uniform(0, 160), rng).tolist()
    if rng.random() < 0.5:
        ends = rng.uniform(-0.2, 1.2, 2) * height
        x = np.linspace(0, width, 20)
        sag = rng.normal(0, 0.4) * unit * np.sin(np.linspace(0, np.pi, 20))
        line = np.stack([x, np.interp(x, (0, width), ends) + sag], axis=1)
        if rng.random() < 0.4:
            line = line[:, ::-1] * (width / max(height, 1), height / max(width, 1))
        thick = max(1, int(unit * rng.uniform(0.01, 0.05)))
        points = [np.round(line * 16).astype(np.int32)]
        cv2.polylines(picture, points, False, colour, thick, cv2.LINE_AA, 4)
        return
    for _ in range(int(rng.integers(2, 6))):
        angle = rng.uniform(0, 2 * np.pi)
        around = np.array([np.cos(angle), np.sin(angle)])
        centre = (0.5 + 0.55 * around) * (width, height)
        size = (rng.uniform(0.1, 0.45, 2) * unit).astype(int) + 1
        cv2.ellipse(
            picture, np.round(centre).astype(int).tolist(), size.tolist(), float(np.rad2deg(angle)),
            0, 360, colour, -1, cv2.LINE_AA,
        )  # fmt: skip
