"""What a reader stands: pictures made worse step by step, and where it fails.

Only what the net is shown changes; numbers and boxes stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pandas as pd
import torch
from pandas import DataFrame
from torch import Tensor

from svhn_lib.analysis.table import examine
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.models.net import NumberNet


@dataclass(frozen=True)
class Degradation:
    """One way to make pictures worse.

    Attributes:
        name: of it.
        unit: of its strength.
        strengths: that are worth trying, rising from 0, which changes nothing.
        apply: pictures uint8 (N, C, H, W) and a strength to pictures of the same kind.

    Example:
        >>> pictures = torch.zeros(1, 3, 8, 8, dtype=torch.uint8)
        >>> pictures[..., 4] = 255
        >>> blurred = BLUR.apply(pictures, 1.5)
        >>> int(blurred.max()) < 255
        True
    """

    name: str
    unit: str
    strengths: tuple[float, ...]
    apply: Callable[[Tensor, float], Tensor]


def blur(pictures: Tensor, sigma: float) -> Tensor:
    """Return pictures blurred by a Gaussian.

    Args:
        pictures: uint8 (N, C, H, W).
        sigma: of the Gaussian, in pixels; 0 changes nothing.

    Returns:
        uint8 (N, C, H, W).
    """
    if not sigma:
        return pictures.clone()
    arrays = pictures.permute(0, 2, 3, 1).numpy()
    soft = [cv2.GaussianBlur(array, (0, 0), sigma).reshape(array.shape) for array in arrays]
    return torch.from_numpy(np.stack(soft)).permute(0, 3, 1, 2)


def fade(pictures: Tensor, loss: float) -> Tensor:
    """Return pictures with a share of their contrast gone.

    Args:
        pictures: uint8 (N, C, H, W).
        loss: the share of the contrast that is lost, 0 to 1.

    Returns:
        uint8 (N, C, H, W), rounded to whole levels.
    """
    means = pictures.float().mean(dim=(2, 3), keepdim=True)
    return (means + (pictures - means) * (1 - loss)).round().clamp(0, 255).to(torch.uint8)


def shift(pictures: Tensor, share: float) -> Tensor:
    """Return pictures moved to the right; what comes in from the left repeats the edge.

    Args:
        pictures: uint8 (N, C, H, W).
        share: of the width that they are moved by, rounded to whole pixels.

    Returns:
        uint8 (N, C, H, W).
    """
    width = pictures.shape[3]
    pixels = min(round(share * width), width - 1)
    edge = pictures[..., :1].expand(-1, -1, -1, pixels)
    return torch.cat([edge, pictures[..., : width - pixels]], dim=3)


BLUR = Degradation("blur", "sigma, pixels", (0, 0.5, 1, 1.5, 2, 3, 4, 6), blur)
FADE = Degradation("contrast", "share lost", (0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995), fade)
SHIFT = Degradation("shift", "share of the width", (0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4), shift)
DEGRADATIONS = (BLUR, FADE, SHIFT)


def degrade(
    net: NumberNet,
    numbers: NumberSet,
    degradation: Degradation,
    temperature: float | None = None,
) -> DataFrame:
    """Read N numbers at every strength of a degradation.

    Args:
        net: that reads them.
        numbers: as they are.
        degradation: what is done to their pictures.
        temperature: that logits are divided by; None for the net's own.

    Returns:
        One row per number and strength: strength, place (row in the set), and number, predicted,
        confidence, right as in the error table.

    Raises:
        ValueError: as `examine`.

    Example:
        >>> from svhn_lib import encode, load_model
        >>> numbers = NumberSet(
        ...     torch.zeros(2, 3, 32, 32, dtype=torch.uint8),
        ...     *encode(["1", "25"]),
        ...     boxes=torch.full((2, 5, 4), torch.nan),
        ...     table=DataFrame({"number": ["1", "25"]}),
        ... )
        >>> rows = degrade(load_model("compact"), numbers, replace(BLUR, strengths=(0, 2)))
        >>> rows["strength"].tolist()
        [0.0, 0.0, 2.0, 2.0]
    """
    columns = ["number", "predicted", "confidence", "right"]
    parts = []
    for strength in degradation.strengths:
        worse = replace(numbers, pictures=degradation.apply(numbers.pictures, strength))
        read = examine(net, worse, temperature=temperature)[columns]
        read.insert(0, "strength", float(strength))
        read.insert(1, "place", range(len(read)))
        parts.append(read)
    return pd.concat(parts, ignore_index=True)
