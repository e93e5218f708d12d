"""The error table: what was read of each number, how sure, and what the picture is like.

Everything else in this package is a view of it; figures over whole sets are in `metrics`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pandas import DataFrame

from svhn_lib.analysis.edits import Edit, edits
from svhn_lib.analysis.pictures import Conditions, conditions
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.models.net import NumberNet
from svhn_lib.reading.answers import answer
from svhn_lib.reading.decoding import Prediction

Candidates = Sequence[list[tuple[str, float]]]


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
    temperature = net.temperature if temperature is None else temperature
    answers = answer(net, numbers.pictures, count, temperature)
    return error_table(
        numbers.numbers,
        answers.predictions,
        numbers.table["file"].tolist() if "file" in numbers.table else None,
        candidates=answers.candidates,
        pictures=conditions(numbers),
        source=source,
    )


def error_table(
    true: Sequence[str],
    predictions: Sequence[Prediction],
    files: Sequence[str] | None = None,
    *,
    candidates: Candidates | None = None,
    pictures: Conditions | None = None,
    source: str = "",
) -> DataFrame:
    """One row for each of N numbers, in their order.

    Columns: file (text; the row's own number where no files are given), number (true), predicted,
    confidence (probability of the whole number), digit_probabilities (tuple, one a digit read),
    candidates (list of (text, probability), best first; the prediction alone where none are
    given), right and length_right (bool), edits (tuple of `Edit`), length (of the true number),
    sharpness, contrast and height as in `Conditions` (NaN where no pictures are given), source.
    Raises ValueError where the arguments differ in length.
    """
    files = [str(row) for row in range(len(true))] if files is None else files
    read = [prediction.number for prediction in predictions]
    if not len(true) == len(predictions) == len(files):
        raise ValueError(
            f"{len(true)} true numbers, {len(predictions)} predictions and {len(files)} files: "
            "give as many of each"
        )
    if candidates is None:
        candidates = [[(p.number, float(p.probability))] for p in predictions]
    unknown = np.full(len(true), np.nan)
    pictures = pictures or Conditions(unknown, unknown, unknown)
    return DataFrame(
        {
            "file": list(files),
            "number": list(true),
            "predicted": read,
            "confidence": [float(prediction.probability) for prediction in predictions],
            "digit_probabilities": [prediction.digit_probabilities for prediction in predictions],
            "candidates": list(candidates),
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
