"""From where a house front is seen: straight on, from the side, from below, or tilted."""

from __future__ import annotations

import cv2
import numpy as np


def sample_angles(rng: np.random.Generator) -> np.ndarray:
    """Draw yaw, pitch and roll of a camera before a wall, float64 (3,), radians."""
    if rng.random() < 0.3:
        return np.deg2rad([0.0, 0, rng.normal(0, 0.7)])
    steep = rng.random() < 0.25
    yaw = rng.normal(0, 30 if steep else 11)
    pitch = rng.normal(4, 12 if steep else 5)
    roll = rng.normal(0, 12) if rng.random() < 0.12 else rng.normal(0, 1.5)
    return np.deg2rad([np.clip(yaw, -58, 58), np.clip(pitch, -30, 35), np.clip(roll, -40, 40)])


def projection(
    angles: np.ndarray, lens: float, scale: float, at: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """Return how a camera sees space, float64 (3, 4): from metres to pixels of the photo.

    x goes to the right along a wall, y downwards and z away from the camera, into the wall.

    Args:
        angles: yaw, pitch, roll, radians.
        lens: focal length in widths of the photo.
        scale: pixels of a metre at the origin, before foreshortening.
        at: where the origin is in the photo, float64 (2,), pixels.
        size: (H, W) of the photo.
    """
    focal = lens * max(size)
    camera = np.array([[focal, 0, size[1] / 2], [0, focal, size[0] / 2], [0, 0, 1]])
    angles = np.asarray(angles, np.float64)
    while True:
        yaw, pitch, roll = angles
        turn = _rotation((0, 0, 1), roll) @ _rotation((1, 0, 0), pitch) @ _rotation((0, 1, 0), yaw)
        away = focal / scale * np.linalg.solve(camera, np.array([*at, 1.0]))
        space = np.asarray(camera @ np.column_stack([turn, away]), np.float64)
        if _is_before(wall(space), size):
            return space
        angles = angles * (0.7, 0.7, 1.0)


def moved(space: np.ndarray, x: float, y: float) -> np.ndarray:
    """Return the projection, float64 (3, 4), whose old origin is at (x, y) of the wall, metres."""
    return np.column_stack([space[:, :3], space[:, 3] - space[:, 0] * x - space[:, 1] * y])


def wall(space: np.ndarray, z: float = 0.0) -> np.ndarray:
    """Return how a wall at depth z is seen, float64 (3, 3): from (x, y) to pixels."""
    return np.column_stack([space[:, 0], space[:, 1], space[:, 3] + z * space[:, 2]])


def flank(space: np.ndarray, x: float) -> np.ndarray:
    """Return how a wall at right angles, at x, is seen, float64 (3, 3): from (z, y) to pixels."""
    return np.column_stack([space[:, 2], space[:, 1], space[:, 3] + x * space[:, 0]])


def floor(space: np.ndarray) -> np.ndarray:
    """Return how the ground is seen, float64 (3, 3): from (x, z) to pixels."""
    return np.column_stack([space[:, 0], space[:, 2], space[:, 3]])


def is_ahead(view: np.ndarray, box: tuple[float, float, float, float], least: float) -> bool:
    """Return whether all of a box of a plane is at least so far before the camera, metres."""
    left, top, right, bottom = box
    corners = np.array([[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]])
    return bool((corners @ view[2]).min() > least)


def _rotation(axis: tuple[int, int, int], angle: float) -> np.ndarray:
    return np.asarray(cv2.Rodrigues(np.array(axis, np.float64) * angle)[0])


def _is_before(view: np.ndarray, size: tuple[int, int]) -> bool:
    """Return whether the wall fills the photo without coming too near its own horizon."""
    height, width = size
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1.0]])
    depth = corners @ np.linalg.inv(view)[2]  # inverse depths, up to a factor
    depth = depth * np.sign(depth.mean())
    return bool(depth.min() > 0.38 * depth.max())


def seen_part(view: np.ndarray, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom in metres of what the photo shows of the wall."""
    height, width = size
    corners = np.array([[[0, 0]], [[width, 0]], [[width, height]], [[0, height]]], np.float64)
    points = cv2.perspectiveTransform(corners, np.linalg.inv(view))[:, 0]
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)
