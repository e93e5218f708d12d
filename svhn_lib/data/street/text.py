"""Which numbers stand on the houses: lengths and digits drawn as often as in SVHN.

How a number looks is decided elsewhere in this package.
"""

import numpy as np

# How many of the 33,402 numbers of SVHN's Format 1 training set have 1, 2, ... 5 digits, and how
# often each digit 0-9 stands in them (Netzer et al. 2011; counted in its digitStruct.mat).
SVHN_LENGTHS = (5137, 18130, 8691, 1434, 9)
SVHN_DIGITS = (4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659)

# As many numbers of each length: for training, where five-digit numbers would be too rare.
EVEN_LENGTHS = (1, 1, 1, 1, 1)


def sample_number(rng: np.random.Generator, lengths: tuple[int, ...] = SVHN_LENGTHS) -> str:
    """One number text; `lengths[i]` is the weight of numbers with i + 1 digits.

    A number of several digits does not begin with 0, as on houses.
    """
    weights = np.asarray(lengths, dtype=float)
    length = 1 + rng.choice(len(weights), p=weights / weights.sum())
    digits = np.asarray(SVHN_DIGITS, dtype=float)
    first = digits.copy()
    first[0] *= length == 1
    drawn = [rng.choice(10, p=first / first.sum())]
    drawn += list(rng.choice(10, size=length - 1, p=digits / digits.sum()))
    return "".join(str(digit) for digit in drawn)
