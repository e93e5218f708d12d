"""What the metrics take: tensors or arrays, checked for their shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

Values = Tensor | ArrayLike
"""A tensor on any device, or whatever numpy takes."""


def as_array(values: Values) -> NDArray[Any]:
    """Return a tensor on any device, or whatever numpy takes, as an array."""
    if not isinstance(values, Tensor):
        return np.asarray(values)
    values = values.detach().cpu()
    return (values.float() if values.dtype == torch.bfloat16 else values).numpy()


def as_pair(a: Values, b: Values) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return two arrays of one shape; ValueError where they are empty or do not fit."""
    first, second = as_array(a), as_array(b)
    if first.shape != second.shape or first.size == 0:
        raise ValueError(f"shapes {first.shape} and {second.shape}: give two alike, not empty")
    return first, second


def as_correct(values: Values) -> NDArray[np.bool_]:
    """Return what is right as bool; ValueError for values other than True and False, 1 and 0."""
    given = as_array(values)
    if not np.isin(given, (0, 1)).all():
        raise ValueError("what is correct is told by True and False, or 1 and 0: give no others")
    return given.astype(bool)


def checked_level(level: float) -> float:
    """Return the level of an interval; ValueError where it is no share."""
    if not 0 < level < 1:
        raise ValueError(f"level is {level}: give a share between 0 and 1, such as 0.95")
    return level


def as_judged(correct: Values, confidence: Values) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return correctness and confidence, (N,) each; ValueError for what does not fit."""
    right, shares = as_pair(correct, confidence)
    if right.ndim != 1:
        raise ValueError(f"arrays of shape {right.shape}: give one value per number, (N,)")
    if np.isnan(shares.astype(np.float64)).any():
        raise ValueError("a confidence is nan: give 0 where nothing was read")
    return as_correct(right), shares.astype(np.float64)
