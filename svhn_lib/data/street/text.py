"""Which numbers stand on the houses: lengths and digits drawn as often as in SVHN.

How a number looks is decided elsewhere in this package.
"""

from collections.abc import Sequence

import numpy as np

# How many of the 33,402 numbers of SVHN's Format 1 training set have 1, 2, ... 5 digits, and how
# often each digit 0-9 stands in them (Netzer et al. 2011; counted in its digitStruct.mat).
SVHN_LENGTHS = (5137, 18130, 8691, 1434, 9)
SVHN_DIGITS = (4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659)

# As many numbers of each length: for training, where five-digit numbers would be too rare.
EVEN_LENGTHS = (1, 1, 1, 1, 1)

_LONGEST = len(SVHN_LENGTHS)


def checked_lengths(lengths: Sequence[float]) -> np.ndarray:
    """Return the weights of numbers with 1, 2, ... digits as shares, float64 (L,), sum 1.

    Raises:
        ValueError: there is no weight, a negative one, none above 0, or more than five.
    """
    weights = np.asarray(lengths, dtype=np.float64)
    wanted = f"lengths are one to {_LONGEST} weights of numbers with 1, 2, ... digits"
    if weights.ndim != 1 or not 0 < len(weights) <= _LONGEST:
        raise ValueError(f"{wanted}, not {lengths}: longer numbers are not read")
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0):
        raise ValueError(f"{wanted}, none below 0 and one above, not {lengths}")
    return weights / weights.sum()


def sample_number(rng: np.random.Generator, lengths: tuple[int, ...] = SVHN_LENGTHS) -> str:
    """Draw one number.

    Args:
        rng: random numbers.
        lengths: `lengths[i]` is the weight of numbers with i + 1 digits; at most five.

    Returns:
        The digits; a number of several digits does not begin with 0, as on houses.

    Raises:
        ValueError: `lengths` are not such weights.

    Example:
        >>> import numpy as np
        >>> from svhn_lib.data.street import EVEN_LENGTHS, sample_number
        >>> sample_number(np.random.default_rng(5), EVEN_LENGTHS)
        '73202'
    """
    shares = checked_lengths(lengths)
    length = 1 + rng.choice(len(shares), p=shares)
    digits = np.asarray(SVHN_DIGITS, dtype=float)
    first = digits.copy()
    first[0] *= length == 1
    drawn = [rng.choice(10, p=first / first.sum())]
    drawn += list(rng.choice(10, size=length - 1, p=digits / digits.sum()))
    return "".join(str(digit) for digit in drawn)
