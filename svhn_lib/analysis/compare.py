"""Two readers on the same pictures: who is right where the other is not, and is that chance?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from svhn_lib.metrics import bootstrap_difference

BOTH_RIGHT, ONLY_FIRST, ONLY_SECOND, BOTH_WRONG = (
    "both right", "only the first right", "only the second right", "both wrong",
)  # fmt: skip
OUTCOMES = (BOTH_RIGHT, ONLY_FIRST, ONLY_SECOND, BOTH_WRONG)


@dataclass(frozen=True)
class Comparison:
    """Two readers, a and b, on the same n numbers.

    Attributes:
        n: numbers.
        accuracy_a, accuracy_b: of whole numbers.
        only_a, only_b: numbers that one alone read right; all that tells them apart.
        p_value: of McNemar's exact test: how often a difference this large would come by chance
            between readers that are equally good.
        low, high: bootstrap interval of accuracy a - accuracy b.

    Example:
        >>> result = Comparison(100, 0.9, 0.85, 8, 3, p_value=0.23, low=-0.01, high=0.11)
        >>> result.only_a - result.only_b
        5
    """

    n: int
    accuracy_a: float
    accuracy_b: float
    only_a: int
    only_b: int
    p_value: float
    low: float
    high: float


def compare(a: DataFrame, b: DataFrame, seed: int, level: float = 0.95) -> Comparison:
    """Compare two error tables of the same numbers, row by row.

    McNemar 1947, as the exact binomial test of `only_a` out of `only_a + only_b`; the interval is
    that of `metrics.bootstrap_difference`.

    Args:
        a: error table of one reader.
        b: error table of the other, with the same numbers in the same order.
        seed: of the bootstrap.
        level: of the interval.

    Raises:
        ValueError: the tables do not tell of the same numbers in the same order, or of none.
        ImportError: SciPy is not installed.

    Example:
        >>> from svhn_lib.analysis import error_table
        >>> from svhn_lib.reading.record import Answer
        >>> true = ["1", "2", "3"]
        >>> a = error_table(true, [Answer(number, 0.9) for number in ("1", "2", "3")])
        >>> b = error_table(true, [Answer(number, 0.9) for number in ("1", "2", "8")])
        >>> result = compare(a, b, seed=0)
        >>> (result.only_a, result.only_b, result.p_value)
        (1, 0, 1.0)
    """
    try:
        from scipy.stats import binomtest
    except ImportError as error:
        raise ImportError("McNemar's test needs SciPy: pip install 'svhn_lib[analysis]'") from error
    _check_same(a, b)
    if len(a) == 0:
        raise ValueError("tables of 0 and 0 numbers: there is nothing to compare")
    right_a, right_b = (table["right"].to_numpy(bool) for table in (a, b))
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    apart = only_a + only_b
    low, high = bootstrap_difference(right_a, right_b, seed, level)
    return Comparison(
        n=len(a),
        accuracy_a=float(right_a.mean()),
        accuracy_b=float(right_b.mean()),
        only_a=only_a,
        only_b=only_b,
        p_value=float(binomtest(only_a, apart).pvalue) if apart else 1.0,
        low=low,
        high=high,
    )


def who_is_right(a: DataFrame, b: DataFrame) -> Series:
    """Return for each number which of two readers read it right.

    Args:
        a: error table of the first reader.
        b: error table of the second, with the same numbers in the same order.

    Returns:
        Categories, in the order of `OUTCOMES`, one for each row, with the index of `a`.

    Raises:
        ValueError: the tables do not tell of the same numbers in the same order.

    Example:
        >>> from svhn_lib.analysis import error_table
        >>> from svhn_lib.reading.record import Answer
        >>> a = error_table(["1", "2"], [Answer("1", 0.9), Answer("7", 0.4)])
        >>> b = error_table(["1", "2"], [Answer("7", 0.3), Answer("2", 0.8)])
        >>> who_is_right(a, b).tolist()
        ['only the first right', 'only the second right']
    """
    _check_same(a, b)
    right_a, right_b = (table["right"].to_numpy(bool) for table in (a, b))
    codes = np.where(right_a, np.where(right_b, 0, 1), np.where(right_b, 2, 3))
    return Series(pd.Categorical.from_codes(codes, pd.Index(OUTCOMES)), a.index)


def _check_same(a: DataFrame, b: DataFrame) -> None:
    if not all(a[name].tolist() == b[name].tolist() for name in ("file", "number")):
        raise ValueError(
            f"tables of {len(a)} and {len(b)} numbers that are not the same: let both readers read "
            "one set, and leave the order as it is"
        )
