"""What networks say as arrays of NumPy, whatever their runtime, and the few sums made of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhn_lib.models.outputs import Logits


def as_float64(values: Any) -> NDArray[np.float64]:
    """Return an array, or a tensor on any device, as float64 on the CPU.

    Example:
        >>> as_float64([1, 2])
        array([1., 2.])
    """
    if hasattr(values, "detach"):
        values = values.detach().cpu().double().numpy()
    return np.asarray(values, np.float64)


def as_int64(values: Any) -> NDArray[np.int64]:
    """Return whole numbers, an array or a tensor on any device, as int64 on the CPU."""
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values, np.int64)


def log_softmax(values: ArrayLike, axis: int) -> NDArray[np.float64]:
    """Return the logarithms of the softmax along an axis, float64.

    Example:
        >>> np.exp(log_softmax([0.0, 0.0], axis=0))
        array([0.5, 0.5])
    """
    array = np.asarray(values, np.float64)
    array = array - array.max(axis=axis, keepdims=True)
    return np.asarray(array - np.log(np.exp(array).sum(axis=axis, keepdims=True)))


def mean_over_views(logits: Logits, views: int) -> Logits:
    """Return the means over the views of each number, float32; boxes stand elsewhere in each.

    Averaged logits are averaged log-probabilities of each head, but for a constant that a softmax
    takes away.

    Args:
        logits: arrays, of N * `views` pictures, the views of one number beside each other.
        views: of each number.
    """
    if views == 1:
        return logits

    def mean(field: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
        if field is None:
            return None
        return field.reshape(-1, views, *field.shape[1:]).mean(axis=1)

    return Logits(mean(logits.length), mean(logits.digits), mean(logits.columns))
