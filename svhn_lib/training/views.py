"""What a net is shown of the numbers: other views of them in training, windows in validation."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from svhn_lib.augment import AugmentSettings, RandomCrop, random_views
from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.training.options import TrainSettings


def training_views(
    pictures: Tensor, boxes: Tensor, settings: TrainSettings, size: tuple[int, int], seed: int
) -> tuple[Tensor, Tensor]:
    """Return pictures as the net learns from them, channels last, and their digits' boxes.

    Args:
        pictures: uint8 (N, C, H, W).
        boxes: float32 (N, K, 4), in pixels.
        settings: of the run; their `augment` says which views.
        size: of the net's pictures, height and width in pixels.
        seed: of what is drawn.
    """
    augment = settings.augment
    if augment is not None:
        generator = torch.Generator(pictures.device).manual_seed(seed)
        if isinstance(augment, RandomCrop):
            pictures, boxes = augment.random(pictures, boxes, generator)
        else:
            pictures, boxes = random_views(pictures, boxes, size, generator, augment)
    return pictures.contiguous(memory_format=torch.channels_last), boxes


def validation_views(numbers: NumberSet, settings: TrainSettings) -> Tensor:
    """Return the pictures to validate on: their middle, where the net learns from windows."""
    if isinstance(settings.augment, RandomCrop):
        return settings.augment.centre(numbers.pictures, numbers.boxes)[0]
    return numbers.pictures


def reading_crop(
    cut: CropSettings | None, augment: AugmentSettings | RandomCrop | None
) -> dict[str, Any]:
    """Return how numbers are best cut for a net that learned from such views, JSON-able.

    A net that learned from windows of a crop wants their middle. One that learned from random
    views reads real numbers best when they are clipped with a margin of 20 %, or of 30 % where the
    views lay around loose boxes: so it was with the shipped weights, on real numbers that they had
    not seen.

    Args:
        cut: how the numbers that it is validated on were cut; None where that is not known.
        augment: how views are drawn from crops.
    """
    if cut is None or cut.shape == "whole":
        return {}
    if isinstance(augment, AugmentSettings):
        return {"shape": "clipped", "margin": 0.3 if augment.loose else 0.2}
    margin = cut.margin
    if isinstance(augment, RandomCrop):
        margin = max(0.0, (1 + margin) * sum(augment.sides) / 2 / cut.size[0] - 1)
    return {"shape": cut.shape, "margin": margin, "fill": cut.fill}
