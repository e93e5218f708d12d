"""`NumberSet`: crops of numbers in memory with their labels, boxes and origin; and how it is split.

Files are not touched here: `store` reads and writes such sets, `prepare` makes them from pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pandas import DataFrame
from torch import Tensor

from svhn_lib import labels
from svhn_lib.data.cutting.crops import CropSettings


@dataclass
class NumberSet:
    """N numbers in memory.

    Attributes:
        pictures: uint8 (N, C, H, W), laid out in memory as N, H, W, C (channels_last).
        lengths: int64 (N,), digits of each number.
        digits: int64 (N, MAX_DIGITS), classes 0-9, then blanks.
        boxes: float32 (N, MAX_DIGITS, 4), left, top, right, bottom of each digit in pixels of the
            crop; NaN where there is none or it is not known.
        table: N rows: file, number, left, top, right, bottom (in pixels of the picture; NaN where
            it came cut), [line and further columns of a CSV,] window_left, window_top,
            window_right, window_bottom (what the crop shows of the picture, in its pixels).
        settings: how the pictures were cut.
        source: the folder or CSV that they came from; `file` is relative to that folder or to the
            CSV's. Empty for a number table in memory, whose files are absolute.
        doubtful: the rows that were dropped or changed: [line,] file, problem, action.
        damaged: the pictures that could not be read: [line,] file, problem.

    Example:
        >>> texts = ["257", "04"]
        >>> lengths, digits = labels.encode(texts)
        >>> numbers = NumberSet(
        ...     as_batch(torch.zeros(2, 32, 32, 3, dtype=torch.uint8)), lengths, digits,
        ...     torch.full((2, labels.MAX_DIGITS, 4), torch.nan),
        ...     DataFrame({"file": ["a.png", "b.png"], "number": texts}),
        ... )
        >>> len(numbers), numbers.subset([1]).numbers
        (2, ['04'])
        >>> join([numbers, numbers]).numbers
        ['257', '04', '257', '04']
    """

    pictures: Tensor
    lengths: Tensor
    digits: Tensor
    boxes: Tensor
    table: DataFrame
    settings: CropSettings | None = None
    source: str = ""
    doubtful: DataFrame = field(default_factory=DataFrame)
    damaged: DataFrame = field(default_factory=DataFrame)

    def __len__(self) -> int:
        """Return N."""
        return len(self.pictures)

    @property
    def numbers(self) -> list[str]:
        """Return the N numbers as text."""
        return labels.decode(self.lengths, self.digits)

    def subset(self, index: NDArray[Any] | Tensor | list[int]) -> NumberSet:
        """Return the numbers at these positions, or where this mask is true."""
        positions = np.asarray(index)
        if positions.dtype == bool:
            positions = np.flatnonzero(positions)
        chosen = torch.from_numpy(positions.astype(np.int64))
        return replace(
            self,
            pictures=as_batch(self.pictures.permute(0, 2, 3, 1)[chosen]),
            lengths=self.lengths[chosen],
            digits=self.digits[chosen],
            boxes=self.boxes[chosen],
            table=self.table.iloc[positions].reset_index(drop=True),
        )

    def split(self, fraction: float, seed: int) -> tuple[NumberSet, NumberSet]:
        """Split into training and validation sets as `validation_mask` does.

        Numbers of the same picture, by file or by content, stay on one side.
        """
        crops = self.pictures.permute(0, 2, 3, 1).numpy()
        pictures = same_picture(self.table, [fingerprint(crop) for crop in crops])
        mask = validation_mask(self.lengths.numpy(), fraction, seed, pictures)
        return self.subset(~mask), self.subset(mask)


def join(sets: Sequence[NumberSet]) -> NumberSet:
    """Return all numbers of several sets, in their order, with what was doubtful in each.

    The source is the first one's; the settings are None where sets were cut differently.

    Raises:
        ValueError: their pictures differ in size or channels.
    """
    first = sets[0]
    if len(sets) == 1:
        return first
    for other in sets:
        if other.pictures.shape[1:] != first.pictures.shape[1:]:
            raise ValueError(f"pictures of {_kind(other)} beside such of {_kind(first)}")
    return replace(
        first,
        pictures=torch.cat([s.pictures for s in sets]),
        lengths=torch.cat([s.lengths for s in sets]),
        digits=torch.cat([s.digits for s in sets]),
        boxes=torch.cat([s.boxes for s in sets]),
        table=pd.concat([s.table for s in sets], ignore_index=True),
        settings=first.settings if all(s.settings == first.settings for s in sets) else None,
        doubtful=_joined([s.doubtful for s in sets]),
        damaged=_joined([s.damaged for s in sets]),
    )


def _joined(tables: list[DataFrame]) -> DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]


def _kind(numbers: NumberSet) -> str:
    channels, height, width = numbers.pictures.shape[1:]
    return f"{height}x{width} pixels in {channels} channel{'s' if channels > 1 else ''}"


def as_batch(pictures: Tensor) -> Tensor:
    """See pictures that lie as (N, H, W, C) as (N, C, H, W), without moving them."""
    return pictures.permute(0, 3, 1, 2)


def fingerprint(picture: NDArray[np.uint8]) -> int:
    """Return a number that equal pictures share, and within one process no others."""
    return hash(picture.tobytes())


def same_picture(table: DataFrame, fingerprints: Sequence[int]) -> NDArray[np.int64]:
    """Return for every row the first row that shows the same picture, int64 (N,).

    Pictures are the same that lie in one file, or whose crops are equal; and what is the same as
    either of two is the same as the other.

    Args:
        table: N rows; `file` is looked at where there is one.
        fingerprints: N, of the crops.
    """
    first = list(range(len(fingerprints)))

    def origin(row: int) -> int:
        while first[row] != row:
            row = first[row]
        return row

    for keys in (table.get("file", []), fingerprints):
        seen: dict[Any, int] = {}
        for row, key in enumerate(keys):
            one, other = origin(row), origin(seen.setdefault(key, row))
            first[max(one, other)] = min(one, other)
    return np.array([origin(row) for row in range(len(first))], dtype=np.int64)


def validation_mask(
    lengths: NDArray[Any],
    fraction: float,
    seed: int,
    pictures: NDArray[np.int64] | None = None,
) -> NDArray[np.bool_]:
    """Choose `fraction` of the numbers of every length at random, for validation: bool (N,).

    Args:
        lengths: integers (N,).
        fraction: of the numbers, from 0 to below 1.
        seed: of the choice.
        pictures: as from `same_picture`: numbers of one picture go where its first one goes.

    Raises:
        ValueError: the fraction is not at least 0 and below 1.

    Example:
        >>> validation_mask(np.array([1, 1, 2, 2]), 0.5, seed=0).sum()
        np.int64(2)
    """
    if not 0 <= fraction < 1:
        raise ValueError(f"a validation share of {fraction}; it must be at least 0 and below 1")
    generator = np.random.default_rng(seed)
    mask = np.zeros(len(lengths), dtype=bool)
    for length in np.unique(lengths):
        members = generator.permutation(np.flatnonzero(lengths == length))
        mask[members[: round(fraction * len(members))]] = True
    return mask if pictures is None else mask[pictures]


def storable_boxes(numbers: NumberSet) -> NDArray[np.float32]:
    """Return a set's boxes as a store holds them; ValueError for what could not be read again."""
    shape, dtype = tuple(numbers.pictures.shape), numbers.pictures.dtype
    if dtype != torch.uint8 or len(shape) != 4 or shape[1] not in (1, 3):
        raise ValueError(f"pictures are {dtype} of {shape}: give uint8 of (N, 1 or 3, H, W)")
    if "number" not in numbers.table:
        raise ValueError("the table has no column 'number', which the labels are stored by")
    listed = labels.decode(*labels.encode(numbers.table["number"].tolist()))
    for row, (text, other) in enumerate(zip(listed, numbers.numbers, strict=False)):
        if text != other:
            raise ValueError(f"number {row} is {text!r} in the table, and {other!r} as labels")
    given = numbers.boxes.numpy()[:, : labels.MAX_DIGITS]  # labels may have fewer digits, or more
    if np.isinf(given).any():
        raise ValueError("a box is infinite: give NaN where it is not known")
    boxes = np.full((len(given), labels.MAX_DIGITS, 4), np.nan, dtype=np.float32)
    boxes[:, : given.shape[1]] = given
    return boxes
