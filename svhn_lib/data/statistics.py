"""Measurements of numbers: how long, how large and of what shape they are, split by split.

Nothing is drawn here, and no picture is decoded: sizes come from the files' headers.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from pandas import DataFrame
from PIL import Image, UnidentifiedImageError

from svhn_lib.data.tables.numbers import load_numbers, numbers_from_boxes
from svhn_lib.settings import Settings

ANNOTATIONS = Path("annotations") / "svhn_train_test_boxes.json.gz"
"""Where a data folder may hold SVHN's boxes and picture sizes without its pictures."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SVHN_QUANTILES: dict[str, tuple[float, ...]] = {
    "digit_height": (15, 22, 30, 42, 69),
    "digit_shape": (0.286, 0.381, 0.456, 0.538, 0.675),
    "share": (0.136, 0.224, 0.291, 0.358, 0.462),
    "contrast": (14.5, 24.0, 32.3, 46.8, 75.2),
    "sharpness": (0.166, 0.323, 0.499, 0.877, 1.626),
}
"""Of real numbers, at `QUANTILES`: height of a digit in pixels, width over height of a number for
each of its digits, the number's share of the picture's width, counted in the boxes of all 33,402
pictures of SVHN's Format 1 training set; contrast and sharpness as `analysis.conditions` measures
them, of 431 real numbers in crops of 64x64 pixels."""
_PNG = b"\x89PNG\r\n\x1a\n"


def measure(numbers: DataFrame, sizes: ArrayLike) -> DataFrame:
    """Measure every row of a number table whose boxes are known.

    Args:
        numbers: as from `load_numbers`, with digit boxes.
        sizes: (N, 2) width and height of the pictures in pixels.

    Returns:
        One row a number: `number` (text), `length` (digits), `value`; `width` and `height` of the
        picture, `number_width` and `number_height` of the box around all digits, `digit_height`
        (mean of the digits' boxes), all in pixels; `aspect`, the number's width over its height;
        `share`, the part of the picture's width that the number takes.
    """
    sizes = np.asarray(sizes, dtype=np.int64).reshape(-1, 2)
    across = (numbers["right"] - numbers["left"]).to_numpy()
    down = (numbers["bottom"] - numbers["top"]).to_numpy()
    return DataFrame(
        {
            "number": numbers["number"].to_numpy(),
            "length": numbers["number"].str.len().to_numpy(),
            "value": numbers["number"].astype(np.int64).to_numpy(),
            "width": sizes[:, 0],
            "height": sizes[:, 1],
            "number_width": across,
            "number_height": down,
            "aspect": across / down,
            "digit_height": [(box[:, 3] - box[:, 1]).mean() for box in numbers["digit_boxes"]],
            "share": across / sizes[:, 0],
        }
    )


def measure_folder(folder: str | Path) -> tuple[DataFrame, DataFrame]:
    """Measure a split folder that holds digitStruct.mat and its pictures.

    Returns what `measure` gives, and the doubtful records as from `load_numbers`.
    Raises FileNotFoundError or ValueError, naming the file, where something cannot be read.
    """
    numbers, doubtful = load_numbers(folder)
    return measure(numbers, picture_sizes(numbers["file"])), doubtful


def find_annotations(settings: Settings) -> Path | None:
    """The file of SVHN's boxes in the folder of samples or the data folder, or None."""
    for root in (settings.samples, settings.data_root):
        if root and (root / ANNOTATIONS).is_file():
            return root / ANNOTATIONS
    return None


def measure_annotations(path: str | Path) -> dict[str, tuple[DataFrame, DataFrame]]:
    """Measure SVHN's splits from boxes and sizes alone, without any picture.

    Args:
        path: gzipped JSON, `{split: [{"name", "width", "height", "boxes"}, ...]}`; a box is
            `[label, left, top, right, bottom]` with label "10" for a zero.

    Returns what `measure_folder` does, for every split in the file.
    Raises FileNotFoundError, or ValueError where the file is something else.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            splits = json.load(file)
        return {name: _measure_records(records) for name, records in splits.items()}
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{path}: no such file of annotations") from error
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: no gzipped JSON of SVHN's boxes ({error!r})") from error


def _measure_records(records: Sequence[dict[str, Any]]) -> tuple[DataFrame, DataFrame]:
    rows = [
        (record["name"], int(label) % 10, left, top, right - left, bottom - top)
        for record in records
        for label, left, top, right, bottom in record["boxes"]
    ]
    columns = ["file", "digit", "left", "top", "width", "height"]
    numbers, doubtful = numbers_from_boxes(DataFrame(rows, columns=pd.Index(columns)))
    sizes = {record["name"]: (record["width"], record["height"]) for record in records}
    return measure(numbers, [sizes[file] for file in numbers["file"]]), doubtful


def picture_sizes(files: Iterable[str | Path]) -> NDArray[np.int64]:
    """Width and height of picture files in pixels, (N, 2), from their headers.

    Raises FileNotFoundError, or ValueError naming the file that is no picture.
    """
    return np.array([_picture_size(file) for file in files], dtype=np.int64).reshape(-1, 2)


def _picture_size(path: str | Path) -> tuple[int, int]:
    with open(path, "rb") as file:
        head = file.read(24)
        if head[:8] == _PNG and head[12:16] == b"IHDR":
            return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
        try:
            with Image.open(file) as image:
                return image.size
        except UnidentifiedImageError as error:
            raise ValueError(f"{path}: this is no picture; fetch it again") from error


def digit_counts(numbers: Iterable[str]) -> NDArray[np.int64]:
    """How often each digit 0-9 stands in number texts, (10,)."""
    text = "".join(numbers)
    return np.array([text.count(str(digit)) for digit in range(10)])


def first_digit_shares(numbers: Iterable[str]) -> NDArray[np.float64]:
    """Which share of the numbers begins with 1, 2, ... 9, leading zeros left out, (9,)."""
    first = [text.lstrip("0")[:1] for text in numbers]
    counts = np.array([first.count(str(digit)) for digit in range(1, 10)], dtype=np.float64)
    return counts / max(counts.sum(), 1)


def benford_shares() -> NDArray[np.float64]:
    """Shares of first digits 1-9 where values spread over several orders of magnitude, (9,).

    Benford 1938: log10(1 + 1 / d).
    """
    return np.log10(1 + 1 / np.arange(1, 10))


def distance(first: ArrayLike, second: ArrayLike) -> float:
    """Kolmogorov-Smirnov distance of two samples: 0 for equal, 1 for wholly apart.

    The largest difference between the shares of both samples that lie at or below some value.
    """
    one, other = np.sort(np.asarray(first)), np.sort(np.asarray(second))
    values = np.concatenate([one, other])
    below = [np.searchsorted(x, values, side="right") / len(x) for x in (one, other)]
    return float(np.abs(below[0] - below[1]).max())


def chance_distance(count: int, other: int) -> float:
    """The distance that two samples of one source stay below in 95 of 100 cases.

    Smirnov 1948, for large samples; for values that repeat, as whole numbers do, it is on the
    safe side.
    """
    return 1.358 * float(np.sqrt((count + other) / (count * other)))
