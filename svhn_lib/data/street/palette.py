"""Colours that walls, signs and digits of streets really have.

Walls are warm in the sun and grey in the shade; purple and pink ones hardly exist.
"""

import colorsys

import numpy as np

_LUMA = np.array([0.299, 0.587, 0.114])


def sample_wall(rng: np.random.Generator) -> np.ndarray:
    """Draw the colour of a wall or door, float64 (3,), RGB, 0-255."""
    bright = float(np.clip(rng.normal(128, 52), 18, 245))
    kind = rng.random()
    if kind < 0.55:  # plaster, sandstone, wood
        return _coloured(rng.uniform(20, 55), rng.uniform(0.02, 0.24), bright)
    if kind < 0.68:  # bricks
        return _coloured(rng.uniform(0, 22), rng.uniform(0.2, 0.5), min(bright, 150))
    if kind < 0.94:  # concrete, slate, white paint
        return _coloured(rng.uniform(190, 250), rng.uniform(0, 0.12), bright)
    hue = float(rng.choice((120, 150, 5, 215, 48, 30)) + rng.normal(0, 12))  # painted doors
    return _coloured(hue, rng.uniform(0.2, 0.6), min(bright, 150))


def sample_pair(rng: np.random.Generator, on_sign: bool) -> tuple[np.ndarray, np.ndarray]:
    """Draw the colours of a ground and the digits on it, each float64 (3,), RGB, 0-255.

    Args:
        rng: random numbers.
        on_sign: the ground is a sign's, not the wall's.
    """
    kind = rng.random()
    if on_sign and kind < 0.32:  # enamel: white on blue
        blue = _coloured(rng.uniform(215, 240), rng.uniform(0.4, 0.8), rng.uniform(28, 80))
        return blue, _coloured(220, rng.uniform(0, 0.06), rng.uniform(200, 250))
    if on_sign and kind < 0.66:  # white, with blue or black
        white = _coloured(rng.uniform(30, 230), rng.uniform(0, 0.08), rng.uniform(185, 250))
        if rng.random() < 0.5:
            return white, _coloured(
                rng.uniform(215, 240), rng.uniform(0.3, 0.8), rng.uniform(25, 90)
            )
        return white, _coloured(rng.uniform(0, 360), rng.uniform(0, 0.1), rng.uniform(8, 70))
    if on_sign and kind < 0.78:  # black or dark red and green, with white or brass
        dark = _coloured(float(rng.choice((0, 120, 30))), rng.uniform(0, 0.7), rng.uniform(10, 60))
        return dark, _coloured(45, rng.uniform(0, 0.5), rng.uniform(150, 250))
    ground = sample_wall(rng)
    return ground, sample_digits(rng, ground)


def sample_digits(rng: np.random.Generator, ground: np.ndarray) -> np.ndarray:
    """Draw the colour, float64 (3,), of loose digits that stand out from a ground, (3,)."""
    return _apart(rng, _digits(rng), ground)


def _digits(rng: np.random.Generator) -> np.ndarray:
    """Draw the colour of loose digits."""
    kind = rng.random()
    if kind < 0.58:  # black iron, dark paint
        return _coloured(rng.uniform(20, 240), rng.uniform(0, 0.25), rng.uniform(8, 75))
    if kind < 0.75:
        return _coloured(rng.uniform(30, 230), rng.uniform(0, 0.08), rng.uniform(190, 250))
    if kind < 0.84:  # brass, bronze, rust
        return _coloured(rng.uniform(18, 48), rng.uniform(0.25, 0.65), rng.uniform(60, 170))
    if kind < 0.90:  # steel
        return _coloured(220, rng.uniform(0, 0.06), rng.uniform(90, 190))
    hue = float(rng.choice((225, 5, 140)) + rng.normal(0, 10))
    return _coloured(hue, rng.uniform(0.4, 0.9), rng.uniform(35, 110))


def _apart(rng: np.random.Generator, colour: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """Return the colour made brighter or darker until it stands out from the ground."""
    least = float(np.clip(np.exp(rng.normal(np.log(60), 0.35)), 28, 110))
    difference = float((colour - ground) @ _LUMA)
    if abs(difference) >= least:
        return colour
    way = np.sign(difference) or 1.0
    ground_luma = float(ground @ _LUMA)
    if not 0 < ground_luma + way * least < 255:
        way = -way
    return np.clip(colour + way * least - difference, 0, 255)


def _coloured(hue: float, saturation: float, luma: float) -> np.ndarray:
    """Return the colour of a hue in degrees, 0-1 saturated, with about a luma of 0-255."""
    pure = np.array(colorsys.hsv_to_rgb(hue / 360 % 1, min(saturation, 1), 1.0))
    return np.clip(pure * luma / (pure @ _LUMA), 0, 255)
