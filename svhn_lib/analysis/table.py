"""The error table: what was read of each number, how sure, and what the picture is like.

Everything else in this package is a view of it; figures over whole sets are in `metrics`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pandas import DataFrame, Series

from svhn_lib.analysis.edits import Edit, edits
from svhn_lib.analysis.pictures import Conditions, conditions
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.models.net import NumberNet
from svhn_lib.reading.answers import answer
from svhn_lib.reading.record import Answer


def examine(
    net: NumberNet,
    numbers: NumberSet,
    source: str = "",
    temperature: float | None = None,
    count: int = 5,
) -> DataFrame:
    """Read N numbers and return their error table, with all columns of `error_table`.

    Args:
        source: what to call the set.
        temperature: that logits are divided by; None for the one stored with the net.
        count: candidates of each number.

    Raises ValueError as `answers.answer`.
    """
    answers = answer(net, numbers.pictures, count, temperature)
    return error_table(
        numbers.numbers,
        answers,
        numbers.table["file"].tolist() if "file" in numbers.table else None,
        pictures=conditions(numbers),
        source=source,
    )


def error_table(
    true: Sequence[str],
    answers: Sequence[Answer],
    files: Sequence[str] | None = None,
    *,
    pictures: Conditions | None = None,
    source: str = "",
) -> DataFrame:
    """One row for each of N numbers, in their order.

    Columns: file (text; the row's own number where no files are given), number (true), predicted
    (None for no number), confidence (probability of the most probable answer), digit_probabilities
    (tuple, one per digit read), candidates (tuple of (number, probability), best first), right and
    length_right (bool), edits (tuple of `Edit`), length (of the true number), sharpness, contrast
    and height as in `Conditions` (NaN where no pictures are given), source.
    Raises ValueError where the arguments differ in length.
    """
    files = [str(row) for row in range(len(true))] if files is None else files
    read = [answer.number or "" for answer in answers]
    if not len(true) == len(answers) == len(files):
        raise ValueError(
            f"{len(true)} true numbers, {len(answers)} answers and {len(files)} files: "
            "give as many of each"
        )
    unknown = np.full(len(true), np.nan)
    pictures = pictures or Conditions(unknown, unknown, unknown)
    return DataFrame(
        {
            "file": list(files),
            "number": list(true),
            "predicted": Series([answer.number for answer in answers], dtype=object),
            "confidence": [float(answer.probability) for answer in answers],
            "digit_probabilities": [answer.digit_probabilities for answer in answers],
            "candidates": [
                answer.candidates or ((answer.number, answer.probability),) for answer in answers
            ],
            "right": [a == b for a, b in zip(true, read, strict=True)],
            "length_right": [len(a) == len(b) for a, b in zip(true, read, strict=True)],
            "edits": [edits(a, b) for a, b in zip(true, read, strict=True)],
            "length": [len(a) for a in true],
            **pictures._asdict(),
            "source": source,
        }
    )


def edit_table(table: DataFrame) -> DataFrame:
    """One row for each edit of an error table.

    Columns: row (the label of its number's row in `table`), file, number, predicted, confidence,
    and kind, position, true and read as in `Edit`.
    """
    columns = ["file", "number", "predicted", "confidence"]
    rows = [
        (row, *values, *edit)
        for row, values, found in zip(
            table.index, table[columns].itertuples(index=False), table["edits"], strict=True
        )
        for edit in found
    ]
    return DataFrame(rows, columns=["row", *columns, *Edit._fields])
