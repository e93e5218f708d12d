"""Reading in the batches of Ray Data and Hugging Face datasets, for millions of pictures.

How the pictures come to the machines and the answers away from them is those libraries' work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import starmap
from typing import Any

import numpy as np

from svhn_lib.reading.reader import Reader
from svhn_lib.reading.record import Answer

PICTURE_COLUMNS = ("bytes", "image", "path")
"""Where pictures are looked for: the columns that Ray Data and datasets give them."""
ANSWER_COLUMNS = ("number", "confidence", "box", "error")
"""What a reader of batches adds."""


class BatchReader:
    """A `Reader` for batches: a dict of columns in, a dict of columns out.

    It is what `ray.data.Dataset.map_batches` and `datasets.Dataset.map(..., batched=True)` want. It
    travels to other processes as its arguments alone, and each process loads the weights once.

    Every row of a batch comes back once, in its place. The pictures' column is left out, all others
    come along. These are new, of the same types in every batch, so that files written by many
    workers fit together:

    - `number`: text, leading zeros kept; empty where there is no number.
    - `confidence`: float32, probability of the most probable answer; NaN where the picture cannot
      be read.
    - `box`: float32 (N, 4, 2), the number's own top left, top right, bottom right and bottom left
      corner, x and y in pixels; NaN where none was found, and for cropped pictures.
    - `error`: text, why a picture cannot be read; empty where it can.

    Example:
        >>> read = BatchReader(cropped=True)
        >>> wall = np.full((64, 64, 3), 128, np.uint8)
        >>> rows = read({"id": [7, 8], "image": [wall, b"no picture"]})
        >>> rows["id"], rows["number"], [error[:10] for error in rows["error"]]
        ([7, 8], ['', ''], ['', 'this is no'])
    """

    def __init__(
        self,
        model: str = "compact",
        *,
        column: str | None = None,
        cropped: bool = False,
        **options: Any,
    ) -> None:
        """Load the weights.

        Args:
            model: name of shipped weights, or a file that every machine has.
            column: of the pictures: bytes of files, arrays, PIL images, paths, or the dicts of
                bytes and path that `datasets.Image(decode=False)` gives. None for the first that
                there is of `PICTURE_COLUMNS`.
            cropped: they are cut to their numbers already, see `Reader.read_many`.
            options: further arguments of `Reader`, such as `views` or `device`.

        Raises:
            FileNotFoundError, ValueError: as `Reader`.
        """
        self._arguments = {"model": model, "column": column, "cropped": cropped, **options}
        self._column, self._cropped = column, cropped
        self._reader = Reader(model, **options)

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), **self._arguments), ()

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Read the pictures of a batch.

        Args:
            batch: columns by name, each with an entry for every row.

        Returns:
            The other columns, and those of the answers.

        Raises:
            ValueError: there is no column of pictures, or one is called as an answer's.
        """
        column = self._column_of(batch)
        pictures = list(map(_picture, batch[column]))
        read = list(
            starmap(_row, enumerate(self._reader.read_each(pictures, cropped=self._cropped)))
        )
        numbers, confidences, boxes, errors = zip(*read, strict=True) if read else ((),) * 4
        others = {name: values for name, values in batch.items() if name != column}
        return others | {
            "number": list(numbers),
            "confidence": np.array(confidences, np.float32),
            "box": np.array(boxes, np.float32).reshape(-1, 4, 2),
            "error": list(errors),
        }

    def _column_of(self, batch: Iterable[str]) -> str:
        there = list(batch)
        if taken := [name for name in ANSWER_COLUMNS if name in there]:
            raise ValueError(
                f"the data has a column {taken[0]!r} already, which the answers would replace: "
                "rename it"
            )
        wanted = PICTURE_COLUMNS if self._column is None else (self._column,)
        found = next((name for name in wanted if name in there), None)
        if found is None:
            raise ValueError(
                f"no column {' or '.join(map(repr, wanted))} among {', '.join(there) or 'none'}: "
                "name that of the pictures, BatchReader(column=...)"
            )
        return found


def _picture(value: Any) -> Any:
    """Return what a reader takes: datasets keep undecoded pictures as dicts of bytes and path."""
    return (value.get("bytes") or value.get("path")) if isinstance(value, Mapping) else value


def _row(place: int, found: Answer | Exception) -> tuple[str, float, Any, str]:
    """Return one picture's entries of the answers' columns."""
    nowhere = np.full((4, 2), np.nan)
    if isinstance(found, Exception):  # rows are not told by their place in a batch
        return "", np.nan, nowhere, str(found).removeprefix(f"picture {place}: ")
    corners = nowhere if found.corners is None else found.corners
    return found.number or "", found.probability, corners, ""
