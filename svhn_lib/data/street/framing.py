"""How large a picture is around its number, and where in it the number stands, as in SVHN.

Quantiles and shares are counted in the annotations of all 33,402 training and 13,068 test pictures
of SVHN's Format 1 (Netzer et al. 2011).
"""

import numpy as np

_SHARES = (0, 5, 10, 25, 50, 75, 90, 95, 100)
_TRAIN = (1.0, 1.11, 1.17, 1.26, 1.41, 1.66, 2.06, 2.47, 3.0)  # picture height / number height
_TEST = (1.05, 1.27, 1.38, 1.56, 1.90, 2.77, 4.1, 4.8, 5.0)


def sample_space(
    rng: np.random.Generator, wide: float, tall: float
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the free space around a number, half of the time as in SVHN's test set.

    Args:
        rng: random numbers.
        wide: width of the number, digit heights.
        tall: its height, digit heights.

    Returns:
        Space left and right, and space above and below, each float64 (2,), digit heights.
    """
    zoom = float(np.interp(rng.uniform(0, 100), _SHARES, _TEST if rng.random() < 0.5 else _TRAIN))
    over = min(zoom * tall - tall, 3.2)
    aspect = 2.28 * float(np.exp(rng.normal(0, 0.14)))  # of the picture
    if tall > 1.8:  # written downwards, or climbing
        aspect = min(aspect, max(1.0, 2.28 * 1.4 / tall))
    side = np.clip(aspect * (over + tall) - wide, max(0.3 * wide, 1.3), 5.5)
    left = np.clip(rng.normal(0.5, 0.04), 0.3, 0.7)
    above = np.clip(rng.normal(0.47, 0.13), 0.1, 0.9)
    return side * np.array([left, 1 - left]), over * np.array([above, 1 - above])
