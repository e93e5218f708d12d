"""Learning rates as functions of the step, and the optimisers that use them.

A schedule has no state: the rate of step n is computed from n, so a resumed run cannot be off.
"""

import math

import torch
from torch import nn

SCHEDULES = ("one-cycle", "constant")
OPTIMISERS = ("adamw", "sgd")


def learning_rate(
    schedule: str, step: int, steps: int, peak: float, warm_up: float = 0.15
) -> float:
    """The rate of optimiser step `step` (from 0) of `steps`.

    'one-cycle' rises linearly to `peak` in the first `warm_up` share and falls to 0 on a cosine
    (Smith and Topin 2018, with the cosine of Loshchilov and Hutter 2017).

    Raises:
        ValueError: the schedule is unknown.
    """
    if schedule == "constant":
        return peak
    if schedule != "one-cycle":
        raise ValueError(f"no schedule is called {schedule!r}: there are {', '.join(SCHEDULES)}")
    risen = max(1, round(warm_up * steps))
    if step < risen:
        return peak * (step + 1) / risen
    return peak * 0.5 * (1 + math.cos(math.pi * (step - risen) / max(1, steps - risen)))


def make_optimiser(
    name: str, model: nn.Module, rate: float, weight_decay: float
) -> torch.optim.Optimizer:
    """AdamW, or SGD with Nesterov momentum 0.9; biases and norms are not decayed.

    Raises:
        ValueError: the optimiser is unknown.
    """
    weights = [p for p in model.parameters() if p.requires_grad and p.ndim > 1]
    others = [p for p in model.parameters() if p.requires_grad and p.ndim <= 1]
    groups = [
        {"params": weights, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    if name == "adamw":
        return torch.optim.AdamW(groups, lr=rate, fused=True)
    if name == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=0.9, nesterov=True, fused=True)
    raise ValueError(f"no optimiser is called {name!r}: there are {', '.join(OPTIMISERS)}")
