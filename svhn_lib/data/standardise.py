"""Pictures to mean 0 and deviation 1, pixel by pixel over a training set.

Networks of the zoo normalise by themselves (`models/net.py`): this is for looking at what it does.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

# Of 255. Pixels that hardly ever change, and pictures of one colour, must not explode.
_LEAST_DEVIATION = 1.0
_PART = 4096


@dataclass(frozen=True, eq=False)
class Standardisation:
    """Mean and deviation of every pixel over the pictures of a training set.

    Called with pictures of any split, uint8 or float (N, C, H, W) of 0-255, it gives them
    standardised, float32. They are those of the training set always: what is learnt of the others,
    were it only their mean, makes them training data.

    Attributes:
        mean: float32 (C, H, W).
        deviation: float32 (C, H, W), at least 1 of 255.

    Example:
        >>> pictures = torch.tensor([0, 100, 200], dtype=torch.uint8).view(3, 1, 1, 1)
        >>> standardise = Standardisation.of(pictures)
        >>> standardise(pictures).flatten()
        tensor([-1.2247,  0.0000,  1.2247])
    """

    mean: Tensor
    deviation: Tensor

    @classmethod
    def of(cls, pictures: Tensor) -> Standardisation:
        """Measure training pictures, uint8 or float (N, C, H, W).

        Raises:
            ValueError: there is none.
        """
        if len(pictures) == 0:
            raise ValueError("no pictures to measure: give at least one")
        total = squares = torch.zeros(pictures.shape[1:], dtype=torch.float64)
        for part in pictures.split(_PART):
            values = part.double()
            total, squares = total + values.sum(dim=0), squares + values.square().sum(dim=0)
        mean = total / len(pictures)
        deviation = (squares / len(pictures) - mean.square()).clamp(min=0).sqrt()
        return cls(mean.float(), deviation.clamp(min=_LEAST_DEVIATION).float())

    def __call__(self, pictures: Tensor) -> Tensor:
        """Return pictures (N, C, H, W) standardised, float32."""
        return (pictures.float() - self.mean) / self.deviation
