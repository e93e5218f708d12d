"""Letters, signs and other numbers that stand near a number and are no part of it."""

from dataclasses import replace

from svhn_lib.data.street import layout
from svhn_lib.data.street.layout import Placed
from svhn_lib.data.street.scene import Scene
from svhn_lib.data.street.style import Style

_LETTERS = "ABCDEFGHIKLMNOPRSTUVabcdefghilmnoprstuv"
_BESIDE = (*"ABCDEFabcdef-.#*/", "Nº", "bis", "HS")


def sample_neighbours(scene: Scene, style: Style) -> list[Placed]:
    """Place letters and digits beside, above or below the number, none of them part of it.

    Returns:
        Characters in the flat scene; none where the font has digits only.
    """
    rng, ((left, top), (right, bottom)) = scene.rng, scene.box
    text = "".join(rng.choice(list("ABCDEHKMNRSTW0123456789"), size=int(rng.integers(1, 4))))
    try:
        row = layout.place(rng, text, style)
    except ValueError:  # the font has digits only
        return []
    (x0, y0), (x1, y1) = layout.flat_box(row)
    small = rng.uniform(0.25, 0.6)
    side = rng.integers(4)
    if side < 2:
        small = rng.uniform(0.4, 1.0)
    gap = rng.uniform(0.35, 1.0)
    x = (left - gap - (x1 - x0) * small, right + gap, *rng.uniform(left - 0.5, right, 2))[side]
    y = (*rng.uniform(top - 0.2, top + 0.4, 2), top - 0.1 - (y1 - y0) * small, bottom + 0.1)[side]
    return layout.moved(row, small, x - x0 * small, y - y0 * small)


def sample_suffix(scene: Scene, style: Style) -> list[Placed]:
    """Place a letter or a sign right after the number (or before it), often small and raised.

    Returns:
        Characters in the flat scene; none where the font has digits only.
    """
    rng = scene.rng
    text = _BESIDE[rng.integers(len(_BESIDE))]
    try:
        row = layout.place(rng, text, style)
    except ValueError:  # the font has digits only
        return []
    after = rng.random() < 0.75
    near = layout.flat_box(scene.digits[-1:] if after else scene.digits[:1])
    own = layout.flat_box(row)
    scale = rng.uniform(0.3, 0.75)
    gap = rng.uniform(0.06, 0.35)
    x = near[1, 0] + gap if after else near[0, 0] - gap - scale * (own[1, 0] - own[0, 0])
    low, high = near[0, 1], near[1, 1] - scale * (own[1, 1] - own[0, 1])
    y = rng.choice((low, (low + high) / 2, high))
    return layout.moved(row, scale, x - own[0, 0] * scale, y - own[0, 1] * scale)


def sample_name(scene: Scene, style: Style, below: bool) -> list[Placed]:
    """Place a small word, such as a street's name, above or below the number.

    Returns:
        Characters in the flat scene; none where the font has digits only.
    """
    rng, ((left, top), (right, bottom)) = scene.rng, scene.box
    text = "".join(rng.choice(list(_LETTERS), size=int(rng.integers(3, 10))))
    row = _set(scene, text, style)
    if not row:
        return []
    (x0, y0), (x1, y1) = layout.flat_box(row)
    small = min(rng.uniform(0.15, 0.4), 1.3 * (right - left + 1) / (x1 - x0))
    middle = (left + right) / 2 + rng.normal(0, 0.1)
    gap = rng.uniform(0.1, 0.3)
    y = bottom + gap - y0 * small if below else top - gap - y1 * small
    return layout.moved(row, small, middle - small * (x0 + x1) / 2, y)


def sample_second_number(scene: Scene, style: Style) -> list[Placed]:
    """Place another number near this one, apart enough to belong to something else.

    Returns:
        Characters in the flat scene.
    """
    rng, ((left, top), (right, bottom)) = scene.rng, scene.box
    text = "".join(rng.choice(list("0123456789"), size=int(rng.integers(1, 5))))
    row = _set(scene, text, style)
    if not row:
        return []
    (x0, _y0), (x1, y1) = layout.flat_box(row)
    small = rng.uniform(0.25, 0.9)
    gap = rng.uniform(0.5, 1.6) * (0.5 + small / 2)
    side = rng.integers(4)
    x = (left - gap - x1 * small, right + gap - x0 * small, *rng.uniform(left - 1, right, 2))[side]
    y = (*rng.uniform(top - 0.6, bottom - 0.4, 2), top - gap - y1 * small, bottom + gap)[side]
    return layout.moved(row, small, x, y)


def _set(scene: Scene, text: str, style: Style) -> list[Placed]:
    """Place a text in the number's font, level; nothing where the font lacks a letter."""
    level = replace(style, slope=0.0, bend=0.0, stacked=False, offsets=(), gap=0.08, design=None)
    try:
        return layout.place(scene.rng, text, level)
    except ValueError:
        return []
