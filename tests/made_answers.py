"""A few answers to look at: one of each kind, with pictures told apart by their shade."""

import io

import numpy as np
from pandas import DataFrame
from PIL import Image

from svhn_lib.analysis import error_table
from svhn_lib.reading.record import Answer

#        true   read   confidence
ROWS = [
    ("257", "257", 0.99),
    ("25", "26", 0.40),
    ("8", "3", 0.90),
    ("16", "16", 0.70),
    ("7", None, 0.10),
    ("1234", "124", 0.60),
    ("90", "940", 0.30),
]
SHADES = [20, 60, 100, 140, 180, 220, 250]


def answers() -> DataFrame:
    predictions = [Answer(read, sure, (sure,) * len(read or "")) for _, read, sure in ROWS]
    table = error_table([true for true, _, _ in ROWS], predictions)
    table.index = table.index + 100  # pictures belong to rows by place, not by label
    return table


def pictures() -> list[np.ndarray]:
    return [np.full((3, 24, 24), shade, np.uint8) for shade in SHADES]


def shade(data: bytes) -> int:
    return int(np.median(Image.open(io.BytesIO(data))))
