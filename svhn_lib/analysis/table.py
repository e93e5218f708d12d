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
from svhn_lib.data.tables.names import as_column
from svhn_lib.models.net import NumberNet
from svhn_lib.reading.answers import answer
from svhn_lib.reading.record import Answer

_TYPES = {
    **dict.fromkeys(("predicted", "digit_probabilities", "candidates", "edits"), object),
    **dict.fromkeys(("confidence", "sharpness", "contrast", "height"), float),
    **dict.fromkeys(("right", "length_right"), bool),
    "length": int,
}


def examine(
    net: NumberNet,
    numbers: NumberSet,
    source: str = "",
    temperature: float | None = None,
    count: int = 5,
) -> DataFrame:
    """Read N numbers and return their error table, with all columns of `error_table`.

    Args:
        net: that reads them.
        numbers: with their labels.
        source: what to call the set.
        temperature: that logits are divided by; None for the net's own.
        count: candidates of each number.

    Raises:
        ValueError: as `reading.answers.answer`.

    Example:
        >>> import torch
        >>> from svhn_lib import encode, load_model
        >>> numbers = NumberSet(
        ...     torch.zeros(1, 3, 32, 32, dtype=torch.uint8),
        ...     *encode(["25"]),
        ...     boxes=torch.full((1, 5, 4), torch.nan),
        ...     table=DataFrame({"file": ["1.png"], "number": ["25"]}),
        ... )
        >>> examine(load_model("compact"), numbers)[["file", "number"]].values.tolist()
        [['1.png', '25']]
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
    true: Sequence[str | None],
    answers: Sequence[Answer],
    files: Sequence[str] | None = None,
    *,
    pictures: Conditions | None = None,
    source: str = "",
) -> DataFrame:
    """Return one row for each of N numbers, in their order.

    Args:
        true: the N numbers; '' or None where a picture shows none.
        answers: what was read of each.
        files: their pictures; the rows' own numbers where None.
        pictures: what the pictures are like.
        source: what to call the set.

    Returns:
        Columns: file, number (true), predicted (None for no number), confidence (probability of
        the most probable answer), digit_probabilities (tuple, one per digit read), candidates
        (tuple of (number, probability), best first), right and length_right (bool), edits (tuple
        of `Edit`), length (of the true number), sharpness, contrast and height as in `Conditions`
        (NaN where no pictures are given), source.

    Raises:
        ValueError: the arguments differ in length.

    Example:
        >>> table = error_table(["257", "8"], [Answer("27", 0.4), Answer("8", 0.9)])
        >>> table["right"].tolist()
        [False, True]
        >>> table["edits"][0][0].kind
        'missing'
    """
    numbers = [number or "" for number in true]
    files = [str(row) for row in range(len(numbers))] if files is None else files
    read = [answer.number or "" for answer in answers]
    if not len(numbers) == len(answers) == len(files):
        raise ValueError(
            f"{len(numbers)} true numbers, {len(answers)} answers and {len(files)} files: "
            "give as many of each"
        )
    unknown = np.full(len(numbers), np.nan)
    pictures = pictures or Conditions(unknown, unknown, unknown)
    table = DataFrame(
        {
            "file": as_column([str(file) for file in files]),
            "number": numbers,
            "predicted": Series([answer.number for answer in answers], dtype=object),
            "confidence": [float(answer.probability) for answer in answers],
            "digit_probabilities": [answer.digit_probabilities for answer in answers],
            "candidates": [
                answer.candidates or ((answer.number, answer.probability),) for answer in answers
            ],
            "right": [a == b for a, b in zip(numbers, read, strict=True)],
            "length_right": [len(a) == len(b) for a, b in zip(numbers, read, strict=True)],
            "edits": [edits(a, b) for a, b in zip(numbers, read, strict=True)],
            "length": [len(a) for a in numbers],
            **pictures._asdict(),
            "source": source,
        }
    )
    return typed(table)


def typed(table: DataFrame) -> DataFrame:
    """Return an error table; the columns of one without rows get the types that others have."""
    types = dict.fromkeys(("file", "number", "source"), str) | _TYPES
    return table if len(table) else table.astype(types)


def edit_table(table: DataFrame) -> DataFrame:
    """Return one row for each edit of an error table.

    Args:
        table: as from `error_table`.

    Returns:
        Columns: row (the label of its number's row in `table`), file, number, predicted (None for
        no number), confidence, and kind, position, true and read as in `Edit`.

    Example:
        >>> rows = edit_table(error_table(["257", "8"], [Answer("27", 0.4), Answer("8", 0.9)]))
        >>> rows[["number", "kind", "true"]].values.tolist()
        [['257', 'missing', '5']]
    """
    columns = ["file", "number", "predicted", "confidence"]
    rows = [
        (row, *values, *edit)
        for row, values, found in zip(
            table.index, table[columns].itertuples(index=False), table["edits"], strict=True
        )
        for edit in found
    ]
    found = DataFrame(rows, columns=["row", *columns, *Edit._fields])
    found["predicted"] = Series([row[3] for row in rows], dtype=object)  # None stays None
    return found
