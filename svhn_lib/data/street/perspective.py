"""From where a number is seen: 3x3 views of the flat scene, straight on or from the side.

What stands in the scene is decided in `layout`, how much of it is in the picture in `picture`.
"""

import numpy as np


def sample_perspective(rng: np.random.Generator) -> np.ndarray:
    """Draw a view of the flat scene, float64 (3, 3): turned a little, foreshortened, receding."""
    turn = np.deg2rad(rng.normal(0, 3) if rng.random() < 0.85 else rng.uniform(-15, 15))
    cos, sin = np.cos(turn), np.sin(turn)
    narrow = 1 - abs(rng.normal(0, 0.08))
    view = np.array([[narrow * cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    away = np.array([[1, 0, 0], [0, 1, 0], [rng.normal(0, 0.03), rng.normal(0, 0.02), 1]])
    return view @ away


def sample_oblique(rng: np.random.Generator) -> np.ndarray:
    """Draw a further view, float64 (3, 3): from the side, or turned as a whole.

    From the side, level lines slope and uprights stay upright.
    """
    view = np.eye(3)
    steep = rng.random() < 0.2
    view[1, 0] = rng.normal(-0.02, 0.2 if steep else 0.05)  # lines slope, uprights stay upright
    if steep:
        view[0, 0] = rng.uniform(0.6, 1.0)
        view[2, 0] = rng.normal(0, 0.08)
    if rng.random() < 0.06:  # numbers that were put up aslant as a whole
        turn = np.deg2rad(rng.uniform(10, 45) * (1 if rng.random() < 0.3 else -1))
        cos, sin = np.cos(turn), np.sin(turn)
        view = view @ np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    return view


def bounded(view: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Return the view with its vanishing points moved away until no end of a number is far nearer.

    An end that comes near the camera's own plane would be drawn without bound.

    Args:
        view: float64 (3, 3).
        box: the number's in the flat scene, float64 (2, 2): [[left, top], [right, bottom]].
    """
    corners = np.array([[x, y, 1.0] for x in box[:, 0] for y in box[:, 1]])
    view = view.copy()
    while (distances := corners @ view[2]).min() < 0.35 * distances.max():
        view[2, :2] *= 0.7
    return view


def levelled(view: np.ndarray) -> np.ndarray:
    """Return the view, float64 (3, 3), rolled until uprights at the number are upright."""
    down = view[:2, 1] - view[2, 1] * view[:2, 2]  # at the origin, where the number begins
    turn = np.arctan2(down[0], down[1])
    cos, sin = np.cos(turn), np.sin(turn)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]) @ view
