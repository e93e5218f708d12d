"""The painting of a scene: wall, sign, number and what stands around, ingredient by ingredient."""

import numpy as np

from svhn_lib.data.street import depth, facades, materials, paint, palette, signs, walls
from svhn_lib.data.street import surroundings as around
from svhn_lib.data.street.layout import Ink
from svhn_lib.data.street.neighbours import sample_neighbours, sample_suffix
from svhn_lib.data.street.scene import Picture, Scene
from svhn_lib.data.street.style import Style

Draws = dict[str, np.random.Generator]
"""The random numbers of each ingredient that is wanted."""


def paint_scene(scene: Scene, style: Style, own: Draws, neighbours: bool = True) -> Picture:
    """Paint the wall, what stands on it and the number.

    Args:
        scene: an empty canvas and where the number stands; its random numbers are plain streets'.
        style: how the number is set.
        own: the random numbers of each ingredient that is wanted.
        neighbours: whether other texts, with digits too, may stand near the number.

    Returns:
        The canvas in its light, float (H, W, 3), RGB, 0-255.
    """
    rng = scene.rng
    ground, colour = paint.sample_colours(rng)
    if rng.random() < 0.5:
        other, _ = paint.sample_colours(rng)
        if "palette" in own:
            other = palette.sample_wall(own["palette"])
            ground, colour = palette.sample_pair(own["palette"], True)
        _build_wall(scene, other, own)
        plate = walls.sample_plate(scene)
        _put_around(scene, colour, own)
        walls.hang_plate(scene, plate, ground)
        if "signs" in own:
            signs.hang_sign(scene.drawing_from(own["signs"]), ground, colour, style)
    else:
        if "palette" in own:
            ground, colour = palette.sample_pair(own["palette"], False)
        _build_wall(scene, ground, own)
        _put_around(scene, colour, own)
    if rng.random() < 0.2:
        walls.raise_posts(scene)
    ink = scene.ink(scene.digits)
    if "depth" in own:
        depth.cast_shadow(scene.drawing_from(own["depth"]), ink, colour)
    strength = 0.3 if "palette" in own else 1.0
    if "materials" in own:
        material = materials.sample_material(own["materials"])
        if "palette" in own:
            material = materials.muted(own["palette"], material)
        materials.lay_material(
            scene, own["materials"], material, ink, ground, colour, strength
        )  # fmt: skip
    else:
        paint.lay(scene, ink, colour, strength)
    if rng.random() < 0.25 and neighbours:
        beside = paint.clear_of(ink, 5) * scene.ink(sample_neighbours(scene, style))
        shade = colour if rng.random() < 0.5 else paint.sample_colours(rng)[1]
        paint.lay(scene, beside, shade)
    _put_beside(scene, style, ink, colour, own)
    if "facades" in own and neighbours:
        facades.add_neighbours(scene.drawing_from(own["facades"]), style, ink, colour)
    if "depth" in own:
        depth.weather(scene.drawing_from(own["depth"]), ink)
    return paint.lit(scene)


def _build_wall(scene: Scene, colour: np.ndarray, own: Draws) -> None:
    """Cover the canvas with a wall."""
    walls.build_wall(scene, colour)
    if "facades" in own:  # over it: what is drawn later must not depend on it
        facades.build(scene.drawing_from(own["facades"]), colour)


def _put_around(scene: Scene, colour: np.ndarray, own: Draws) -> None:
    """Paint what is behind the number or on its wall."""
    if "surroundings" not in own:
        return
    scene = scene.drawing_from(own["surroundings"])
    if scene.rng.random() < 0.35:
        around.draw_bands(scene)
    if scene.rng.random() < 0.12:
        around.draw_frame(scene, colour)


def _put_beside(scene: Scene, style: Style, ink: Ink, colour: np.ndarray, own: Draws) -> None:
    """Paint what is beside the number on its own plate, or in front of it."""
    if "surroundings" not in own:
        return
    scene = scene.drawing_from(own["surroundings"])
    if scene.rng.random() < 0.10:
        paint.lay(scene, paint.clear_of(ink, 3) * scene.ink(sample_suffix(scene, style)), colour)
    if scene.rng.random() < 0.10:
        around.draw_frame(scene, colour)
    if scene.rng.random() < 0.10:
        around.draw_screws(scene)
    if scene.rng.random() < 0.05:
        around.draw_in_front(scene)
