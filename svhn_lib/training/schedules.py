"""Learning rates as functions of the step, and the optimisers that use them.

A schedule has no state: the rate of step n is computed from n, so a resumed run cannot be off.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from svhn_lib.training.options import TrainSettings

WARM_UP = 0.15


def learning_rate(settings: TrainSettings, step: int, steps: int) -> float:
    """Return the rate of optimiser step `step` (from 0) of `steps`.

    'one-cycle' rises linearly to its peak in the first `WARM_UP` share and falls to 0 on a cosine
    (Smith and Topin 2018, with the cosine of Loshchilov and Hutter 2017); 'step' is multiplied by
    `decay_rate` every `decay_steps` steps, 'exponential' by as much but a little at every step.

    Example:
        >>> settings = TrainSettings(schedule="step", decay_rate=0.5, decay_steps=10)
        >>> learning_rate(settings, 25, steps=100)
        0.00075
    """
    peak = settings.learning_rate
    if settings.schedule == "step":
        return peak * settings.decay_rate ** (step // settings.decay_steps)
    if settings.schedule == "exponential":
        return peak * settings.decay_rate ** (step / settings.decay_steps)
    if settings.schedule == "constant":
        return peak
    risen = max(1, round(WARM_UP * steps))
    if step < risen:
        return peak * (step + 1) / risen
    return peak * 0.5 * (1 + math.cos(math.pi * (step - risen) / max(1, steps - risen)))


def make_optimiser(settings: TrainSettings, model: nn.Module) -> torch.optim.Optimizer:
    """Make the optimiser by name; biases and norms are not decayed unless the settings say so.

    Fused where torch has it: one pass over memory in place of one for each operation.
    """
    trained = [p for p in model.parameters() if p.requires_grad]
    decay = settings.weight_decay
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": decay},
        {
            "params": [p for p in trained if p.ndim <= 1],
            "weight_decay": decay if settings.decay_all else 0.0,
        },
    ]
    options: dict[str, Any] = {"lr": settings.learning_rate}
    if settings.optimiser == "adamw":
        return torch.optim.AdamW(groups, **options, fused=True)
    if settings.optimiser == "adam":
        return torch.optim.Adam(groups, **options, fused=True)
    if settings.optimiser == "sgd":
        momentum, nesterov = settings.momentum, settings.nesterov and settings.momentum > 0
        return torch.optim.SGD(groups, **options, momentum=momentum, nesterov=nesterov, fused=True)
    if settings.optimiser == "rmsprop":
        return torch.optim.RMSprop(groups, **options)
    return torch.optim.Adagrad(groups, **options)
