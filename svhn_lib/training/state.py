"""All that changes while a model learns, as one record that is saved and restored whole."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from svhn_lib.models.net import NumberNet
from svhn_lib.training.options import TrainSettings
from svhn_lib.training.precision import use_bfloat16
from svhn_lib.training.processes import Place, from_first
from svhn_lib.training.schedules import make_optimiser

SINCE_VALIDATION, SINCE_LINE = 0, 1
COLUMNS = (
    "step", "examples", "seconds", "learning_rate", "loss",
    "sequence_accuracy", "character_accuracy", "length_accuracy",
)  # fmt: skip
"""What is known of each validation, all numbers."""
BOX_COLUMNS = ("box_iou", "box_squared_error")
"""What is known besides of a net that gives the number's box."""
PLACE_COLUMNS = (*COLUMNS[:5], "average_precision", "found", "mean_iou", "alarms")
"""What is known of each validation of a net that finds numbers."""


class DamagedState(ValueError):
    """What was saved is not what a state of this run can be."""


@dataclass
class TrainState:
    """All that changes while a model learns.

    Random numbers are no part of it: whatever is drawn in a step follows from the seed and the
    step's number.

    Attributes:
        model: what learns.
        averaged: a copy whose weights are the moving average of the model's.
        optimiser: of the model's weights.
        losses: float32 (processes, 2, 2): of each process, the sum and the count of its losses
            since the last validation, and since the last line.
        bfloat16: whether convolutions run in bfloat16.
        began_with: what must not change when the run goes on, JSON-able.
        step: steps done.
        seconds: of training, breaks not counted.
        first_loss: the first mean loss, which a diverging run is measured by.
        history: one row per validation, with the columns `COLUMNS`, and `BOX_COLUMNS` of a net that
            gives boxes.
    """

    model: NumberNet
    averaged: NumberNet
    optimiser: torch.optim.Optimizer
    losses: Tensor
    bfloat16: bool
    began_with: dict[str, Any]
    step: int = 0
    seconds: float = 0.0
    first_loss: float | None = None
    history: list[dict[str, float]] = field(default_factory=list)

    @property
    def best(self) -> float:
        """The highest validation accuracy, or average precision, so far; -1 before the first."""
        return max(self._scores(), default=-1.0)

    def _scores(self) -> list[float]:
        """Return what each validation is judged by."""
        return [
            row.get("sequence_accuracy", row.get("average_precision", 0.0)) for row in self.history
        ]

    @property
    def since_best(self) -> int:
        """How many validations ago the best one was."""
        scores = self._scores()
        return len(scores) - 1 - scores.index(self.best) if scores else 0

    def progress(self) -> dict[str, Any]:
        """Return what is no tensor, JSON-able."""
        names = ("bfloat16", "began_with", "step", "seconds", "first_loss", "history")
        return {name: getattr(self, name) for name in names}

    def tensors(self) -> dict[str, Tensor]:
        """Return all tensors by name: 'model.*', 'averaged.*', 'optimiser.N.*' and 'losses'."""
        moments = {
            f"{index}.{key}": value
            for index, entry in self.optimiser.state_dict()["state"].items()
            for key, value in entry.items()
            if value is not None
        }
        parts = {
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": moments,
        }
        named = {f"{part}.{n}": value for part, all_ in parts.items() for n, value in all_.items()}
        return named | {"losses": self.losses}

    def restore(
        self, tensors: dict[str, Tensor], progress: dict[str, Any], settings: TrainSettings
    ) -> None:
        """Put back what `tensors` and `progress` once gave; tensors are checked before.

        Args:
            tensors: see `tensors`.
            progress: see `progress`; checked by `check_progress`.
            settings: that the optimiser was made with.

        Raises:
            DamagedState: names, shapes or types are not those of this run's state.
        """
        moments = {n: t for n, t in tensors.items() if n.startswith("optimiser.")}
        states = _optimiser_states(moments, self.optimiser, settings)
        expected = {n: t for n, t in self.tensors().items() if not n.startswith("optimiser.")}
        found = {n: t for n, t in tensors.items() if n not in moments}
        if found.keys() != expected.keys():
            raise DamagedState(f"other tensors: {sorted(found.keys() ^ expected.keys())[0]}")
        for name, value in found.items():
            if (value.shape, value.dtype) != (expected[name].shape, expected[name].dtype):
                raise DamagedState(f"{name} is {value.dtype} of {tuple(value.shape)}")
        for name, module in (("model.", self.model), ("averaged.", self.averaged)):
            part = {n.removeprefix(name): t for n, t in found.items() if n.startswith(name)}
            module.load_state_dict(part)
        self.losses.copy_(found["losses"])
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": states, "param_groups": groups})
        for name, value in progress.items():
            setattr(self, name, value)


def new_state(
    model: NumberNet, settings: TrainSettings, place: Place, began_with: dict[str, Any]
) -> TrainState:
    """Return the state before the first step, alike in all processes."""
    return TrainState(
        model=model,
        averaged=copy.deepcopy(model).requires_grad_(False).eval(),
        optimiser=make_optimiser(settings, model),
        losses=torch.zeros(place.ranks, 2, 2, device=place.device),
        bfloat16=bool(from_first(use_bfloat16(settings.precision, place.device), place)),
        began_with=began_with,
    )


def check_progress(progress: Any) -> None:
    """Raise DamagedState where this is not what `TrainState.progress` gives."""

    def number(value: Any, *kinds: type) -> bool:
        return type(value) in (kinds or (int, float)) and value >= 0 and value != math.inf

    kinds = [set(COLUMNS), {*COLUMNS, *BOX_COLUMNS}, set(PLACE_COLUMNS)]
    checks = {
        "bfloat16": lambda value: isinstance(value, bool),
        "began_with": lambda value: isinstance(value, dict),
        "step": lambda value: number(value, int),
        "seconds": number,
        "first_loss": lambda value: value is None or number(value),
        "history": lambda rows: (
            isinstance(rows, list)
            and all(isinstance(row, dict) and row.keys() in kinds for row in rows)
            and all(number(value) for row in rows for value in row.values())
        ),
    }
    if not isinstance(progress, dict) or progress.keys() != checks.keys():
        raise DamagedState("not the entries of a checkpoint")
    for name, fits in checks.items():
        if not fits(progress[name]):
            raise DamagedState(f"{name} cannot be")
    steps = [0, *(row["step"] for row in progress["history"]), progress["step"]]
    if steps != sorted(steps):
        raise DamagedState("history and step do not agree")


def _optimiser_states(
    moments: dict[str, Tensor], optimiser: torch.optim.Optimizer, settings: TrainSettings
) -> dict[int, dict[str, Tensor]]:
    """Return the optimiser's state by parameter; DamagedState where it is not of this optimiser."""
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    known = _known_moments(settings)
    states: dict[int, dict[str, Tensor]] = {}
    for name, value in moments.items():
        _, index, key = name.split(".", 2) if name.count(".") > 1 else ("", "", name)
        if not index.isdecimal() or int(index) >= len(parameters) or key not in known:
            raise DamagedState(f"{name} is unknown to {settings.optimiser}")
        parameter = parameters[int(index)]
        shape = torch.Size() if known[key] == 0 else parameter.shape
        if value.shape != shape or not value.is_floating_point():
            raise DamagedState(f"{name} is {value.dtype} of {tuple(value.shape)}")
        if known[key]:
            # Fused optimisers walk through memory: a moment must lie as its weight does.
            value = torch.empty_like(parameter).copy_(value)
        states.setdefault(int(index), {})[key] = value
    if any(state.keys() != known.keys() for state in states.values()):
        raise DamagedState(f"entries of {settings.optimiser} are missing")
    return states


def _known_moments(settings: TrainSettings) -> dict[str, int]:
    """Return what an optimiser remembers of a vector, by name, with its number of dimensions."""
    layer = nn.Linear(1, 1)
    optimiser = make_optimiser(settings, layer)
    layer(torch.ones(1, 1)).sum().backward()
    optimiser.step()
    return {k: v.ndim for k, v in optimiser.state[layer.bias].items() if v is not None}
