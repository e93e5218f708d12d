"""The error table on disk, as CSV for people and spreadsheets, as Parquet for everything else.

What is read back equals what was written; the rows are numbered anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from pandas import DataFrame

from svhn_lib.analysis.edits import Edit
from svhn_lib.analysis.table import typed
from svhn_lib.data.tables.names import refuse_no_utf8
from svhn_lib.files import written

_NESTED = ("digit_probabilities", "candidates", "edits")
_TEXT = ("file", "number", "predicted", "source")
_FLOATS = ("confidence", "sharpness", "contrast", "height")
_COLUMNS = {*_NESTED, *_TEXT, *_FLOATS, "right", "length_right", "length"}


def write_error_table(table: DataFrame, path: str | Path) -> None:
    """Write an error table as `.csv` or `.parquet`; the file appears when it is whole.

    In Parquet the nested columns are lists and records of named fields, in CSV they are JSON.

    Args:
        table: as from `error_table`.
        path: ends in .csv or .parquet.

    Raises:
        ValueError: the suffix is another one, the table lacks a column, or a picture's name is no
            UTF-8.
        OSError: the file cannot be written, or is of another kind.

    Example:
        >>> import tempfile
        >>> from svhn_lib.analysis import error_table
        >>> from svhn_lib.reading.record import Answer
        >>> path = Path(tempfile.mkdtemp()) / "errors.csv"
        >>> write_error_table(error_table(["257"], [Answer("251", 0.4)]), path)
        >>> read_error_table(path)["predicted"].tolist()
        ['251']
    """
    path = Path(path)
    suffix = _suffix(path)
    _check(table, "this table")
    refuse_no_utf8(table["file"], path)
    plain = table.assign(**{name: table[name].map(_ENCODERS[name]) for name in _NESTED})
    path.parent.mkdir(parents=True, exist_ok=True)
    header = ",".join(map(str, table.columns[:5]))  # other lists of files begin otherwise
    with written(path, replaces=header.encode() if suffix == ".csv" else b"PAR1") as scratch:
        if suffix == ".csv":
            for name in _NESTED:
                plain[name] = plain[name].map(json.dumps)
            plain.to_csv(scratch, index=False)
        else:
            plain.to_parquet(scratch, engine="pyarrow", index=False)


def read_error_table(path: str | Path) -> DataFrame:
    """Read an error table that `write_error_table` wrote.

    Args:
        path: of a .csv or a .parquet file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the suffix is another one, or the file holds no error table; the text names it.

    Example:
        >>> read_error_table("nowhere.csv")
        Traceback (most recent call last):
        FileNotFoundError: nowhere.csv: no such error table; write one with write_error_table
    """
    path = Path(path)
    suffix = _suffix(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such error table; write one with write_error_table")
    try:
        table = _read_csv(path) if suffix == ".csv" else pd.read_parquet(path, engine="pyarrow")
        _check(table, str(path))
        for name in _NESTED:
            decoded = [_DECODERS[name](value) for value in table[name]]
            table[name] = pd.Series(decoded, index=table.index, dtype=object)
        read = [number or None for number in table["predicted"].fillna("")]
        table["predicted"] = pd.Series(read, index=table.index, dtype=object)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0].removeprefix(f"{path}: ")
        raise ValueError(
            f"{path}: not an error table, or damaged ({reason}); write it with write_error_table"
        ) from error
    return typed(table)


def _read_csv(path: Path) -> DataFrame:
    columns = pd.read_csv(path, nrows=0).columns
    return pd.read_csv(
        path,
        dtype=dict.fromkeys(_TEXT, "str"),
        keep_default_na=False,  # '' is a number of no digits, and 'nan' may be a file
        na_values={name: [""] for name in columns if name not in _TEXT},
        # Python reads a float to its last bit, which pandas does not in every version.
        converters=dict.fromkeys(_NESTED, json.loads) | dict.fromkeys(_FLOATS, _float),
    )


def _float(text: str) -> float:
    return float(text or "nan")


def _number(value: float | None) -> float:
    """Return a number of a nested column; Parquet has none for NaN there."""
    return float("nan") if value is None else float(value)


def _check(table: DataFrame, name: str) -> None:
    missing = _COLUMNS - set(table.columns)
    if missing:
        raise ValueError(f"{name}: without the columns {', '.join(sorted(missing))}")


def _suffix(path: Path) -> str:
    if path.suffix not in (".csv", ".parquet"):
        raise ValueError(f"{path}: an error table is a .csv or a .parquet file")
    return path.suffix


_ENCODERS: dict[str, Any] = {
    "digit_probabilities": lambda values: [float(value) for value in values],
    "candidates": lambda rows: [{"text": a, "probability": float(b)} for a, b in rows],
    "edits": lambda rows: [row._asdict() for row in rows],
}
_DECODERS: dict[str, Any] = {
    "digit_probabilities": lambda values: tuple(map(_number, values)),
    "candidates": lambda rows: tuple((row["text"], _number(row["probability"])) for row in rows),
    "edits": lambda rows: tuple(Edit(**{**row, "position": int(row["position"])}) for row in rows),
}
