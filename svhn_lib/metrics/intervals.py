"""How far a share, or the difference of two, may be off by chance."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from svhn_lib.metrics.arrays import Values, as_correct, as_pair, checked_level


def wilson_interval(successes: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of a share, successes out of n (Wilson 1927).

    Args:
        successes: 0 to n.
        n: above 0.
        level: of the interval.

    Raises:
        ValueError: `successes` out of `n` is no share, or `level` is none.

    Example:
        >>> low, high = wilson_interval(9, 10)
        >>> round(low, 3), round(high, 3)
        (0.596, 0.982)
    """
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"{successes} successes out of {n} is no share")
    z = NormalDist().inv_cdf((1 + checked_level(level)) / 2)
    share = successes / n
    centre = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def bootstrap_difference(
    correct_a: Values,
    correct_b: Values,
    seed: int | np.random.Generator,
    level: float = 0.95,
    resamples: int = 10_000,
) -> tuple[float, float]:
    """Return the percentile interval of accuracy a - accuracy b on the same N pictures.

    Resampling pictures only changes how many of them a alone, b alone, or both alike got right, so
    those counts are drawn from a multinomial: the same distribution without N draws per resample.

    Args:
        correct_a: bool (N,).
        correct_b: bool (N,), paired with it.
        seed: of the draws, or their generator.
        level: of the interval.
        resamples: to draw.

    Raises:
        ValueError: the arrays are empty, differ in length or hold other values, `level` is no
            share, or nothing is to be drawn.

    Example:
        >>> bootstrap_difference([True] * 50, [True] * 50, seed=0)
        (0.0, 0.0)
    """
    a, b = as_pair(correct_a, correct_b)
    if resamples < 1:
        raise ValueError(f"resamples is {resamples}: give 1 or more")
    checked_level(level)
    difference = as_correct(a).astype(int) - as_correct(b).astype(int)
    shares = [float((difference == value).mean()) for value in (1, -1, 0)]
    generator = np.random.default_rng(seed)
    counts = generator.multinomial(len(difference), shares, size=resamples)  # (resamples, 3)
    differences = (counts[:, 0] - counts[:, 1]) / len(difference)
    low, high = np.quantile(differences, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
