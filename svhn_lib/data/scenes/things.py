"""What hangs on house fronts and stands before them: lamps, bells, boxes, pipes, bins, cars."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from svhn_lib.data.scenes.front import Front
from svhn_lib.data.scenes.openings import inset, paint_colour, relief, slot
from svhn_lib.data.scenes.ornaments import ornament
from svhn_lib.data.scenes.surfaces import Box, mottled


def lamp(front: Front, x: float, y: float) -> None:
    """Paint a lamp: a lantern with bars and a roof, or a globe; sometimes lit."""
    rng = front.rng
    wide, tall = rng.uniform(0.06, 0.14), rng.uniform(0.12, 0.28)
    box = (x - wide, y - tall, x + wide, y + tall)
    shine = np.array([255.0, 235, 170]) if rng.random() < 0.3 else np.full(3, rng.uniform(60, 190))
    iron = np.full(3, rng.uniform(10, 60))
    if rng.random() < 0.25:
        front.disc(
            x, y, wide, np.array([255.0, 245, 215]) if rng.random() < 0.3 else np.full(3, 205.0)
        )
        return
    front.fill(box, iron)
    front.fill(inset(box, 0.02, 0.05), shine)
    for at in np.linspace(box[0], box[2], int(rng.integers(2, 6)))[1:-1]:
        front.line(np.array([[at, box[1]], [at, box[3]]]), iron, 0.012)
    if rng.random() < 0.5:
        front.line(np.array([[box[0], y], [box[2], y]]), iron, 0.012)
    front.disc(x, y + 0.3 * tall, 0.25 * wide, 1.3 * shine)
    flare = wide * rng.uniform(1.0, 1.5)
    front.shape([[-flare, 0], [0, -0.5 * tall], [flare, 0]], x, y - tall, iron)
    front.disc(x, y - 1.55 * tall, 0.2 * wide, iron)
    front.line(np.array([[x, y + tall], [x, y + 1.3 * tall]]), iron, 0.4 * wide)


def bell(front: Front, x: float, y: float) -> None:
    """Paint a bell push."""
    rng = front.rng
    plate = np.full(3, rng.uniform(30, 220))
    front.fill((x - 0.025, y - 0.05, x + 0.025, y + 0.05), plate)
    front.disc(x, y, 0.013, np.full(3, rng.uniform(0, 255)))


def intercom(front: Front, x: float, y: float) -> None:
    """Paint an intercom: a grille, rows of buttons with name plates, no letters."""
    rng = front.rng
    rows, wide = int(rng.integers(1, 9)), rng.uniform(0.07, 0.13)
    tall = 0.08 + 0.025 * rows
    box = (x - wide, y - tall, x + wide, y + tall)
    steel = np.full(3, rng.uniform(60, 210))
    front.fill(box, steel)
    relief(front, box, 0.008, True)
    for i in range(6):
        at = y - tall + 0.02 + 0.012 * i
        front.line(np.array([[x - 0.04, at], [x + 0.04, at]]), 0.4 * steel, 0.006)
    for i in range(rows):
        at = y - tall + 0.13 + 0.045 * i
        front.fill((x - wide + 0.02, at, x + 0.3 * wide, at + 0.025), np.full(3, 225.0))
        front.disc(x + 0.7 * wide, at + 0.012, 0.012, np.full(3, rng.uniform(20, 240)))


def letterbox(front: Front, x: float, y: float) -> None:
    """Paint a letter box on a wall."""
    rng = front.rng
    wide, tall, colour = rng.uniform(0.13, 0.22), rng.uniform(0.12, 0.25), paint_colour(rng)
    box = (x - wide, y - tall, x + wide, y + tall)
    front.shade((box[0] + 0.03, box[1] + 0.03, box[2] + 0.05, box[3] + 0.05), 0.6)
    mottled(front, front.fill(box, colour), 2)
    relief(front, box, 0.012, True)
    slot(front, x, y - 0.6 * tall)


def meter(front: Front, x: float, y: float) -> None:
    """Paint a meter box or a vent."""
    rng = front.rng
    wide, tall = rng.uniform(0.12, 0.3, 2)
    box = (x - wide, y - tall, x + wide, y + tall)
    colour = np.full(3, rng.uniform(60, 220)) + rng.normal(0, 6, 3)
    front.fill(box, colour)
    relief(front, box, 0.012, True)
    if rng.random() < 0.6:
        for at in np.arange(box[1] + 0.03, box[3] - 0.02, 0.035):
            front.line(np.array([[box[0] + 0.02, at], [box[2] - 0.02, at]]), 0.55 * colour, 0.012)


def pipe(front: Front, x: float, y: float) -> None:
    """Paint a rain pipe or a cable from top to bottom, or a wire across."""
    rng = front.rng
    colour, wide = paint_colour(rng), rng.uniform(0.01, 0.06)
    if rng.random() < 0.75:
        part = front.fill((x - wide, front.top, x + wide, 0.0), colour)
        shape = np.sin(np.linspace(0, np.pi, max(part.shape[1], 1)))
        part += (40 * shape - 20).astype(np.float32)[None, :, None]
        for at in np.arange(-6.0, 0.0, 1.5):
            front.fill((x - 1.4 * wide, at, x + 1.4 * wide, at + 0.04), 0.8 * colour)
    else:
        ends = np.linspace(front.left, front.right, 12)
        sag = rng.normal(0, 0.15) * np.sin(np.linspace(0, np.pi, 12))
        front.line(np.stack([ends, y + sag], axis=1), 0.5 * colour, 0.015)


def ledge(front: Front, x: float, y: float) -> None:
    """Paint a ledge, a band of another colour, or the edge of another wall."""
    rng = front.rng
    tall = rng.uniform(0.04, 0.3)
    front.fill((front.left, y, front.right, y + tall), paint_colour(rng))
    front.shade((front.left, y + tall, front.right, y + tall + 0.06), 0.6)


WALL_THINGS: tuple[tuple[float, Callable[[Front, float, float], None]], ...] = (
    (0.20, lamp), (0.12, bell), (0.12, intercom), (0.12, letterbox), (0.10, meter), (0.08, pipe),
    (0.04, ledge), (0.30, ornament),
)  # fmt: skip


def hang_thing(front: Front, x: float, y: float) -> None:
    """Paint one thing on the wall around a point, metres."""
    rng = front.rng
    shares = np.array([share for share, _ in WALL_THINGS])
    WALL_THINGS[rng.choice(len(WALL_THINGS), p=shares / shares.sum())][1](front, x, y)


def bin_at(front: Front, x: float, wide: float) -> None:
    """Paint a wheeled bin; `wide` is half its width, metres."""
    rng = front.rng
    tall = min(3.4 * wide, 1.15)
    colours = ((40, 42, 45), (30, 75, 45), (30, 50, 110), (110, 75, 40))
    colour = np.array(colours[rng.integers(4)], float) * rng.uniform(0.7, 1.3)
    side = 0.85 * wide
    front.shape([[-wide, -tall], [wide, -tall], [side, -0.03], [-side, -0.03]], x, 0.0, colour)
    front.fill((x - 1.08 * wide, -tall - 0.07, x + 1.08 * wide, -tall), 1.15 * colour)
    for way in (-1, 1):
        front.disc(x + way * 0.75 * wide, -0.08, 0.08, np.full(3, 20.0))


def mailbox_at(front: Front, x: float, y: float, half: np.ndarray) -> None:
    """Paint a mailbox on a post around a point; at least `half` its size, (2,), metres."""
    rng = front.rng
    colour, (wide, tall) = paint_colour(rng), np.maximum(half, (0.22, 0.11))
    front.fill((x - 0.05, y, x + 0.05, 0.0), paint_colour(rng))
    box = (x - wide, y - tall, x + wide, y + tall)
    if rng.random() < 0.6:  # with a round roof, seen from its side
        front.fill((x - wide, y - 1.4 * tall, x + wide, y), 1.15 * colour)
    else:
        front.disc(x - wide, y, tall, colour)
    mottled(front, front.fill(box, colour), 3)
    relief(front, box, 0.015, True)
    if rng.random() < 0.5:
        flag = x + 0.7 * wide
        front.fill((flag, y - 1.9 * tall, flag + 0.03, y - 1.1 * tall), np.array([200.0, 30, 30]))


def car(front: Front, x: float) -> Box:
    """Paint a car seen from its side; return its number plate's place as a box in metres."""
    rng = front.rng
    colour = paint_colour(rng) if rng.random() < 0.5 else np.full(3, rng.uniform(20, 235))
    low = 0.25
    body = [[-2.1, -0.35], [-2.1, -0.8], [-1.3, -0.95], [-0.8, -1.4], [0.9, -1.42], [1.5, -0.95]]
    body += [[2.1, -0.85], [2.15, -0.35]]
    front.shape(body, x, low, colour)
    glass = [[-1.1, -0.95], [-0.7, -1.32], [0.8, -1.34], [1.3, -0.95]]
    front.shape(glass, x, low, np.array([35.0, 40, 48]))
    front.fill((x - 0.05, -1.35 + low, x + 0.03, -0.95 + low), colour)
    front.line(np.array([[x - 2.0, low - 0.6], [x + 2.1, low - 0.6]]), 0.7 * colour, 0.02)
    for at in (-1.3, 1.35):
        front.disc(x + at, -0.32 + low, 0.33, np.full(3, 18.0))
        front.disc(x + at, -0.32 + low, 0.2, np.full(3, rng.uniform(60, 190)))
    return (x + 1.65, -0.62 + low, x + 2.1, -0.52 + low)
