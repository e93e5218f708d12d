"""Names of files that are no UTF-8, which Linux allows: in a table, and in none that is written.

Python holds each byte that is no UTF-8 as a character of its own, which neither pandas' strings
nor files in UTF-8 take.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import pandas as pd


def as_column(names: Sequence[str]) -> pd.Series:
    """Return names as a column: of texts, or of objects where one of them is no UTF-8."""
    try:
        return pd.Series(names, dtype=str)
    except UnicodeEncodeError:
        return pd.Series(names, dtype=object)


def refuse_no_utf8(names: Iterable[str], path: str | os.PathLike[str]) -> None:
    """Raise ValueError where a file in UTF-8 could not hold a name.

    Args:
        names: of the pictures.
        path: of the file that is to be written.
    """
    for name in names:
        if not _is_utf8(name):
            raise ValueError(
                f"{os.fspath(path)}: {name!r}, the name of a picture, is no UTF-8, as the table "
                "is: rename the picture"
            )


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
