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
from PIL import ExifTags, Image, UnidentifiedImageError

from svhn_lib.data.tables.numbers import load_numbers, numbers_from_boxes
from svhn_lib.settings import Settings

ANNOTATIONS = Path("annotations") / "svhn_train_test_boxes.json.gz"
"""Where a data folder may hold SVHN's boxes and picture sizes without its pictures."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SVHN_FIRST_DIGITS = (9243, 6325, 4352, 3517, 2830, 2154, 1877, 1590, 1457)
"""How many numbers of SVHN's Format 1 training set begin with 1, 2, ... 9, leading zeros left
out."""
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
_NEEDS_SCIPY = "distances of samples need SciPy: pip install 'svhn_lib[analysis]'"
_ON_THE_SIDE = (5, 6, 7, 8)  # orientations of EXIF
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

    Example:
        >>> box = {"left": [5.0], "top": [2.0], "right": [25.0], "bottom": [12.0]}
        >>> digits = [np.array([[5, 2, 14, 12], [15, 2, 25, 12]], dtype=np.float32)]
        >>> table = DataFrame({"number": ["19"], **box, "digit_boxes": digits})
        >>> found = measure(table, [(50, 20)])
        >>> found[["aspect", "digit_height", "share"]].to_numpy().tolist()
        [[2.0, 10.0, 0.4]]
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

    Returns:
        What `measure` gives, and the doubtful records as from `load_numbers`.

    Raises:
        FileNotFoundError: the label file or a picture is missing; it is named.
        ValueError: something cannot be read; the file is named.

    Example:
        >>> import tempfile
        >>> from svhn_lib.data.street import RenderSettings, render_split
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     plain = RenderSettings(bundled_fonts=True, ingredients=())
        ...     table, _ = measure_folder(render_split(f"{folder}/train", 2, 0, plain))
        >>> len(table)
        2
    """
    numbers, doubtful = load_numbers(folder)
    return measure(numbers, picture_sizes(numbers["file"])), doubtful


def find_annotations(settings: Settings) -> Path | None:
    """Return the file of SVHN's boxes in the folder of samples or the data folder, or None."""
    for root in (settings.samples, settings.data_root):
        if root and (root / ANNOTATIONS).is_file():
            return root / ANNOTATIONS
    return None


def measure_annotations(path: str | Path) -> dict[str, tuple[DataFrame, DataFrame]]:
    """Measure SVHN's splits from boxes and sizes alone, without any picture.

    Args:
        path: gzipped JSON, `{split: [{"name", "width", "height", "boxes"}, ...]}`; a box is
            `[label, left, top, right, bottom]` with label "10" for a zero.

    Returns:
        What `measure_folder` does, for every split in the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is something else.
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
    """Return width and height of picture files in pixels, int64 (N, 2), from their headers.

    They are those of the picture as a viewer shows it, turned by its EXIF orientation.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is no picture; it is named.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.png"
        >>> Image.new("RGB", (37, 11)).save(path)
        >>> picture_sizes([path]).tolist()
        [[37, 11]]
    """
    return np.array([_picture_size(file) for file in files], dtype=np.int64).reshape(-1, 2)


def _picture_size(path: str | Path) -> tuple[int, int]:
    with open(path, "rb") as file:
        head = file.read(24)
        if head[:8] == _PNG and head[12:16] == b"IHDR":
            return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
        try:
            with Image.open(file) as image:
                turned = image.getexif().get(ExifTags.Base.Orientation) in _ON_THE_SIDE
                # Pillow turns a TIFF by itself, and says so before.
                return image.size[::-1] if turned and image.format != "TIFF" else image.size
        except UnidentifiedImageError as error:
            raise ValueError(f"{path}: this is no picture; fetch it again") from error


def digit_counts(numbers: Iterable[str]) -> NDArray[np.int64]:
    """Count how often each digit 0-9 stands in number texts, int64 (10,).

    Example:
        >>> digit_counts(["10", "991"]).tolist()
        [1, 2, 0, 0, 0, 0, 0, 0, 0, 2]
    """
    text = "".join(numbers)
    return np.array([text.count(str(digit)) for digit in range(10)])


def first_digit_shares(numbers: Iterable[str]) -> NDArray[np.float64]:
    """Return the shares of numbers that begin with 1, 2, ... 9, leading zeros left out, (9,).

    Example:
        >>> first_digit_shares(["10", "012", "2", "3"]).tolist()
        [0.5, 0.25, 0.25, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    first = [text.lstrip("0")[:1] for text in numbers]
    counts = np.array([first.count(str(digit)) for digit in range(1, 10)], dtype=np.float64)
    return counts / max(counts.sum(), 1)


def benford_shares() -> NDArray[np.float64]:
    """Return shares of first digits 1-9 of values over several orders of magnitude, (9,).

    Benford 1938: log10(1 + 1 / d).

    Example:
        >>> benford_shares()[:3].round(3).tolist()
        [0.301, 0.176, 0.125]
    """
    return np.log10(1 + 1 / np.arange(1, 10))


def distance(first: ArrayLike, second: ArrayLike) -> float:
    """Return the Kolmogorov-Smirnov distance of two samples: 0 for equal, 1 for wholly apart.

    The largest difference between the shares of both samples that lie at or below some value.

    Args:
        first: numbers (N,).
        second: numbers (M,).

    Raises:
        ImportError: SciPy is not installed.

    Example:
        >>> distance([1, 2, 3, 4], [3, 4, 5, 6])
        0.5
    """
    try:
        from scipy.stats import ks_2samp
    except ImportError as error:
        raise ImportError(_NEEDS_SCIPY) from error
    return float(ks_2samp(first, second, method="asymp").statistic)


def chance_distance(count: int, other: int) -> float:
    """Return the distance that two samples of one source stay below in 95 of 100 cases.

    Smirnov 1948, for large samples; for values that repeat, as whole numbers do, it is on the
    safe side.

    Args:
        count: size of the one sample.
        other: size of the other.

    Raises:
        ImportError: SciPy is not installed.

    Example:
        >>> round(chance_distance(300, 500), 3)
        0.099
    """
    try:
        from scipy.special import kolmogi
    except ImportError as error:
        raise ImportError(_NEEDS_SCIPY) from error
    return float(kolmogi(0.05) * np.sqrt((count + other) / (count * other)))
