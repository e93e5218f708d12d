"""Averages of weights: over the steps of a run, and with the weights that it began with."""

from __future__ import annotations

import copy

import torch
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn

from svhn_lib.models.net import NumberNet


@torch.no_grad()
def update_average(averaged: NumberNet, model: NumberNet, decay: float, step: int) -> None:
    """Move the averaged weights towards the model's, by 1 - `decay`.

    The memory is shorter in the first steps, where weights move far: (1 + step) / (10 + step) as
    in TensorFlow's ExponentialMovingAverage.
    """
    decay = min(decay, (1 + step) / (10 + step))
    averages, current = averaged.state_dict(), model.state_dict()
    moving = [name for name, value in averages.items() if value.is_floating_point()]
    # All in one call: on a GPU a call for each tensor would take longer than the arithmetic.
    get_ema_multi_avg_fn(decay)([averages[n] for n in moving], [current[n] for n in moving], 0)
    for name in averages.keys() - set(moving):
        averages[name].copy_(current[name])


def averaged_model(averaged: NumberNet, first: dict[str, Tensor], blend: float) -> NumberNet:
    """Return what is validated and saved: the average, with its share of the first weights.

    A net that is trained on from good weights loses some of what they knew; on the line between
    the two lie nets that are better at both (Wortsman et al. 2022, section 4).

    Args:
        averaged: the moving average of a run.
        first: weights that the run began with, by name; empty to blend none in.
        blend: their share.
    """
    if not first:
        return averaged
    blended = copy.deepcopy(averaged)
    for name, value in blended.state_dict().items():
        if value.is_floating_point():
            value.lerp_(first[name], blend)
    return blended
