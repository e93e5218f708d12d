"""Checks of the records that a network is made from: types and limits of their fields.

Records also come out of weights files of any origin, so nothing about a value is taken for granted.
"""

from __future__ import annotations

import reprlib
from typing import Any, get_args, get_origin, get_type_hints

LIMITS: dict[str, tuple[float, float]] = {
    "channels": (1, 65536),
    "classes": (10, 11),
    "dropout": (0, 0.99),
    "embedding": (1, 65536),
    "hidden": (1, 65536),
    "input_dropout": (0, 0.99),
    "kernel": (1, 255),
    "lengths": (0, 20),
    "max_digits": (1, 18),  # more do not fit into an int64
    "norm_momentum": (0, 1),
    "pool": (0, 255),
    "pool_padding": (0, 1),
    "size": (1, 4096),
    "squeeze": (0, 65536),
    "stride": (1, 255),
    "units": (1, 65536),
}
"""The least and the greatest value of a number, the same in every record that has such a field."""

_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text in one line"}
_MOST = 64  # values in a tuple


def check_fields(record: Any) -> None:
    """Check that numbers, texts and tuples of whole numbers in a frozen record can be.

    Raises:
        ValueError: a field has another type, or lies outside `LIMITS`.
    """
    for name, kind in get_type_hints(type(record)).items():
        value = getattr(record, name)
        if kind in _WORDS:
            _check_value(record, name, value, kind)
        elif get_origin(kind) is tuple and get_args(kind)[0] is int:
            counts = range(_MOST) if ... in get_args(kind) else (len(get_args(kind)),)
            if not isinstance(value, tuple) or len(value) not in counts:
                count = f"at most {_MOST}" if ... in get_args(kind) else len(get_args(kind))
                raise _refused(record, name, value, f"a tuple of {count} whole numbers")
            for item in value:
                _check_value(record, name, item, int)


def _check_value(record: Any, name: str, value: Any, kind: type) -> None:
    right = isinstance(value, (int, float) if kind is float else kind)
    right = right and isinstance(value, bool) == (kind is bool)  # True is an int, too
    right = right and (kind is not str or value.isprintable())  # it stands in messages
    wanted = _WORDS[kind]
    if kind in (int, float):
        low, high = LIMITS[name]
        wanted = f"{wanted} of {low} to {high}"
        right = right and low <= value <= high
    if not right:
        raise _refused(record, name, value, wanted)


def _refused(record: Any, name: str, value: Any, wanted: str) -> ValueError:
    owner = str(getattr(record, "name", type(record).__name__))
    return ValueError(f"{owner}: {name} is {reprlib.repr(value)}: give {wanted}")
