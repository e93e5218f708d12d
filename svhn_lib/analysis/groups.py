"""For whom a reader is good: accuracy of groups, with intervals, and confusions as shares.

All are views of the error table; figures over the whole of it are in `metrics`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from svhn_lib.analysis.edits import EXTRA, MISSING
from svhn_lib.metrics import reliability, wilson_interval


def accuracy_by(
    table: DataFrame, group: str | Sequence[Any] | Series, level: float = 0.95
) -> DataFrame:
    """Return the accuracy of whole numbers in each group, with Wilson's interval.

    Args:
        table: an error table, or any with a column `right`.
        group: a column of the table, or a value for each row; rows without one are left out.
        level: of the interval.

    Returns:
        One row per group, in their order: numbers, accuracy, low, high.

    Raises:
        ValueError: there is no such column, or not a value for each row.

    Example:
        >>> answers = DataFrame({"length": [1, 1, 2], "right": [True, False, True]})
        >>> accuracy_by(answers, "length")["accuracy"].tolist()
        [0.5, 1.0]
    """
    if isinstance(group, str) and group not in table:
        raise ValueError(f"there is no column {group!r}: choose of {', '.join(map(str, table))}")
    values = table[group] if isinstance(group, str) else group
    if len(values) != len(table):
        raise ValueError(f"{len(values)} values for {len(table)} rows: give one for each")
    groups = pd.Series(values, index=table.index) if not isinstance(values, Series) else values
    counts = table["right"].groupby(groups, observed=True).agg(["size", "sum"])
    return _with_intervals(counts["size"], counts["sum"], level)


def accuracy_by_bins(
    table: DataFrame, column: str, bins: int = 5, level: float = 0.95
) -> DataFrame:
    """Return `accuracy_by` in bins of one column, with about as many numbers in each.

    A value on the border of two bins belongs to the lower one, and there are fewer bins where
    values repeat.

    Args:
        table: an error table, or any with a column `right`.
        column: of numbers; rows without a value are left out.
        bins: that are asked for.
        level: of the interval.

    Returns:
        As `accuracy_by`, indexed by pandas' intervals.

    Raises:
        ValueError: there is no such column, it has no value, or no bin is asked for.

    Example:
        >>> answers = DataFrame({"height": [8, 9, 30, 40], "right": [False, False, True, True]})
        >>> accuracy_by_bins(answers, "height", bins=2)["accuracy"].tolist()
        [0.0, 1.0]
    """
    if column not in table:
        raise ValueError(f"there is no column {column!r}: choose of {', '.join(map(str, table))}")
    if bins < 1:
        raise ValueError(f"bins is {bins}: give 1 or more")
    values = table[column].astype(float)
    if values.notna().sum() == 0:
        raise ValueError(f"column {column!r} has no value: give error_table the pictures")
    edges = np.unique(np.nanquantile(values, np.linspace(0, 1, bins + 1)))
    edges = np.append(edges, edges[-1:]) if len(edges) == 1 else edges
    places = np.clip(np.searchsorted(edges, values) - 1, 0, len(edges) - 2)
    intervals = pd.IntervalIndex.from_breaks(edges, name=column)
    groups = pd.Categorical.from_codes(np.where(values.isna(), -1, places), intervals)
    return accuracy_by(table, Series(groups, table.index), level)


def accuracy_by_confidence(table: DataFrame, bins: int = 15, level: float = 0.95) -> DataFrame:
    """Return the accuracy of answers of about the same confidence, for a reliability diagram.

    Args:
        table: an error table, or any with columns `right` and `confidence`.
        bins: of equal width, those of `metrics.reliability`.
        level: of the interval.

    Returns:
        A row per bin, empty ones left out, indexed by its ends as pandas' intervals: numbers,
        confidence (their mean), accuracy, low, high.

    Raises:
        ValueError: as `metrics.reliability`.

    Example:
        >>> answers = DataFrame({"confidence": [0.9, 0.95, 0.2], "right": [True, False, False]})
        >>> accuracy_by_confidence(answers, bins=2)["accuracy"].tolist()
        [0.0, 0.5]
    """
    counts, accuracies, confidences = reliability(table["right"], table["confidence"], bins)
    filled = counts > 0
    ends = pd.IntervalIndex.from_breaks(np.linspace(0, 1, bins + 1), name="confidence")[filled]
    numbers = Series(counts[filled], ends)
    rows = _with_intervals(numbers, (numbers * accuracies[filled]).round(), level)
    rows.insert(1, "confidence", confidences[filled])
    return rows


def accuracy_by_position(table: DataFrame, level: float = 0.95) -> DataFrame:
    """Return the share of digits read right at each position, over aligned digits.

    A digit is wrong where it was read as another or left out; an extra digit shifts nothing and
    belongs to no position.

    Args:
        table: an error table.
        level: of the interval.

    Returns:
        As `accuracy_by`, indexed by position from 1; numbers are those that have the position.

    Example:
        >>> from svhn_lib.analysis import error_table
        >>> from svhn_lib.reading.record import Answer
        >>> table = error_table(["257", "8"], [Answer("251", 0.4), Answer("8", 0.9)])
        >>> accuracy_by_position(table)["accuracy"].tolist()
        [1.0, 1.0, 0.0]
    """
    have = np.zeros(int(table["length"].max()) if len(table) else 0, dtype=np.int64)
    wrong = np.zeros_like(have)
    for length, found in zip(table["length"], table["edits"], strict=True):
        have[:length] += 1
        for position in {edit.position for edit in found if edit.true}:
            wrong[position] += 1
    index = pd.RangeIndex(1, len(have) + 1, name="position")
    return _with_intervals(Series(have, index), Series(have - wrong, index), level)


def confusion_shares(counts: DataFrame) -> DataFrame:
    """Return the counts of `confusion` as shares of their true digit's row, float64 (11, 11).

    The row of extra digits is NaN, for there is no true digit to be a share of; so is that of a
    digit that never occurs.

    Args:
        counts: as from `confusion`.

    Example:
        >>> from svhn_lib.analysis import confusion
        >>> shares = confusion_shares(confusion(["7", "7"], ["7", "1"]))
        >>> float(shares.loc["7", "1"])
        0.5
    """
    shares = counts.div(counts.sum(axis=1).replace(0, np.nan), axis=0)
    shares.loc[EXTRA] = np.nan
    return shares


def common_confusions(counts: DataFrame, most: int = 10) -> DataFrame:
    """Return the most frequent mistakes of a `confusion`; those that never happened are left out.

    Args:
        counts: as from `confusion`.
        most: rows to return.

    Returns:
        A row per mistake, most frequent first: true ('extra' for digits read where there is none),
        read ('missing' for digits left out), times, share (of the true digit).

    Example:
        >>> from svhn_lib.analysis import confusion
        >>> common_confusions(confusion(["7", "7"], ["7", "1"])).values.tolist()
        [['7', '1', 1, 0.5]]
    """
    shares = confusion_shares(counts)
    rows = [
        (true, read, int(counts.loc[true, read]), float(shares.loc[true, read]))
        for true in counts.index
        for read in counts.columns
        if true != read and counts.loc[true, read] and (true, read) != (EXTRA, MISSING)
    ]
    rows.sort(key=lambda row: -row[2])
    return DataFrame(rows[:most], columns=pd.Index(["true", "read", "times", "share"]))


def _with_intervals(numbers: Series, right: Series, level: float) -> DataFrame:
    bounds = [
        wilson_interval(int(hits), int(count), level)
        for hits, count in zip(right, numbers, strict=True)
    ]
    low, high = zip(*bounds, strict=True) if bounds else ((), ())
    return DataFrame(
        {"numbers": numbers, "accuracy": right / numbers, "low": low, "high": high},
        index=numbers.index,
    )
