"""What a run is made of beside model and data: names and numbers, without PyTorch.

What an optimiser's or a schedule's name stands for is decided in `schedules`. `svhn train` takes
its options, their help and their defaults from the fields of `TrainSettings`.
"""

from __future__ import annotations

import numbers
import sys
from dataclasses import Field, dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from svhn_lib.augment import AugmentSettings, RandomCrop
    from svhn_lib.losses import LossSettings

OPTIMISERS = ("adamw", "adam", "sgd", "rmsprop", "adagrad")
SCHEDULES = ("one-cycle", "constant", "step", "exponential")
PRECISIONS = ("auto", "float32", "bfloat16")
LARGEST = {int: 2**63 - 1, float: sys.float_info.max}


@dataclass(frozen=True)
class Interval:
    """Numbers from `low` to `high`, without an end that is open; not-a-number is in none."""

    low: float
    high: float | None = None
    open_low: bool = False
    open_high: bool = False

    def __contains__(self, value: Any) -> bool:
        """Say whether a number lies in it."""
        high = LARGEST[int if isinstance(value, int) else float] if self.high is None else self.high
        above = value > self.low if self.open_low else value >= self.low
        return bool(above and (value < high if self.open_high else value <= high))

    def __str__(self) -> str:
        """Return its ends in words: 'at least 0 and below 1'."""
        low = f"{'above' if self.open_low else 'at least'} {self.low:,}"
        if self.high is None:
            return low
        return f"{low} and {'below' if self.open_high else 'at most'} {self.high:,}"


POSITIVE = Interval(0, open_low=True)
AT_LEAST_0 = Interval(0)
AT_LEAST_1 = Interval(1)
SHARE = Interval(0, 1, open_high=True)


def _option(default: Any, text: str, allowed: Interval | tuple[str, ...] | None = None) -> Any:
    """Make a field that is an option of `svhn train`, too: its help, and what it may be."""
    if isinstance(allowed, tuple):
        text = f"{text}: {', '.join(allowed[:-1])} or {allowed[-1]}."
    return field(default=default, metadata={"help": text, "allowed": allowed})


def _usual_loss() -> LossSettings:
    from svhn_lib.losses import LossSettings

    return LossSettings("masked", 3.0, 0.0)


def _usual_views() -> AugmentSettings:
    from svhn_lib.augment import AugmentSettings

    return AugmentSettings()


@dataclass(frozen=True)
class TrainSettings:
    """Everything a run is made of beside model and data.

    Each field but `loss` and `augment` (None: pictures as they are) is an option of `svhn train`,
    whose help says what it means.

    Raises:
        ValueError: a field has no sensible value; the message names field, bounds and value.

    Example:
        >>> from svhn_lib import TrainSettings
        >>> TrainSettings(epochs=20, learning_rate=1e-3).batch
        256
        >>> TrainSettings(epochs=float("nan"))
        Traceback (most recent call last):
        ValueError: epochs must be a number above 0 and at most 1,000,000, got nan
    """

    epochs: float = _option(10.0, "Passes over the data.", Interval(0, 1_000_000, open_low=True))
    steps: int | None = _option(None, "Optimiser steps, in place of epochs.", AT_LEAST_1)
    batch: int = _option(256, "Pictures per step, of all processes together.", Interval(2))
    optimiser: str = _option("adamw", "The optimiser", OPTIMISERS)
    learning_rate: float = _option(3e-3, "The highest learning rate.", POSITIVE)
    momentum: float = _option(0.9, "Momentum of 'sgd'.", SHARE)
    nesterov: bool = _option(True, "Use Nesterov's momentum in 'sgd'.")
    schedule: str = _option("one-cycle", "How the learning rate changes", SCHEDULES)
    decay_rate: float = _option(
        0.9,
        "Factor of the rate per --decay-steps, of 'step' and 'exponential'.",
        Interval(0, 1, open_low=True),
    )
    decay_steps: int = _option(
        10_000, "Steps after which the rate has fallen by --decay-rate.", AT_LEAST_1
    )
    weight_decay: float = _option(0.02, "Weight decay, not of biases and norms.", AT_LEAST_0)
    decay_all: bool = _option(False, "Let weight decay act on biases and norms, too.")
    clip: float = _option(1.0, "Largest norm of the gradient; 0 for any.", AT_LEAST_0)
    average: float = _option(
        0.998, "Decay of the moving average of weights that is kept; 0 for none.", SHARE
    )
    blend: float = _option(
        0.0, "Share of the first weights in those that are kept; with --weights.", SHARE
    )
    loss: LossSettings = field(default_factory=_usual_loss)
    augment: AugmentSettings | RandomCrop | None = field(default_factory=_usual_views)
    evaluate_every: int = _option(0, "Steps between validations; 0 for one per epoch.", AT_LEAST_0)
    patience: int = _option(
        0, "Stop after so many validations without a new best; 0 for never.", AT_LEAST_0
    )
    log_every: int = _option(100, "Steps between lines of progress.", AT_LEAST_1)
    precision: str = _option("auto", "The precision of convolutions", PRECISIONS)
    compile: bool = _option(False, "Compile the model first, which takes half a minute.")
    seed: int = _option(0, "Seed of weights, order and augmentation.", AT_LEAST_0)

    def __post_init__(self) -> None:
        """Raise ValueError for a name that does not exist or a number out of its range."""
        for spec in fields(self):
            if "allowed" in spec.metadata:
                object.__setattr__(self, spec.name, _checked(spec, getattr(self, spec.name)))


def _checked(spec: Field[Any], value: Any) -> Any:
    """Return the value as a plain one; ValueError where the field cannot have it."""
    allowed = spec.metadata["allowed"]
    if value is None and spec.default is None:
        return None
    if allowed is None:
        if not isinstance(value, bool):
            raise ValueError(f"{spec.name} must be True or False, got {value!r}")
        return value
    if not isinstance(allowed, Interval):
        if value not in allowed:
            raise ValueError(f"{spec.name} {value!r} is unknown: choose {', '.join(allowed)}")
        return value
    whole = not isinstance(spec.default, float)
    plain = _plain(value, whole)
    if plain is None or plain not in allowed:
        raise ValueError(f"{spec.name} must be a {'whole ' * whole}number {allowed}, got {value!r}")
    return plain


def _plain(value: Any, whole: bool) -> int | float | None:
    """Return a number, also one of numpy, as int or float; None where it is none, or too large."""
    if isinstance(value, bool):
        return None
    if whole:
        return int(value) if isinstance(value, numbers.Integral) else None
    try:
        return float(value) if isinstance(value, numbers.Real) else None
    except OverflowError:
        return None
