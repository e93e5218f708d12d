"""What a run is made of beside model and data, and what follows from it on a device.

Which optimiser or schedule a name stands for is decided in `schedules`.
"""

import time
from dataclasses import dataclass, field
from functools import cache

import torch

from svhn_lib.augment import AugmentSettings, RandomCrop
from svhn_lib.losses import LossSettings
from svhn_lib.training.schedules import OPTIMISERS, SCHEDULES

PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class TrainSettings:
    """Everything a run is made of beside model and data.

    Raises ValueError where a field has no sensible value.
    """

    epochs: float = 10.0
    steps: int | None = None  # in place of epochs
    batch: int = 256  # numbers a step, of all processes together
    optimiser: str = "adamw"
    learning_rate: float = 3e-3
    momentum: float = 0.9  # of 'sgd'
    nesterov: bool = True
    schedule: str = "one-cycle"
    decay_rate: float = 0.9  # of 'step' and 'exponential': the rate's factor ...
    decay_steps: int = 10_000  # ... in so many steps
    weight_decay: float = 0.02
    decay_all: bool = False  # biases and norms, too
    clip: float = 1.0  # largest norm of the gradient, 0 for any
    average: float = 0.998  # decay of the moving average of weights that is kept, 0 for none
    blend: float = 0.0  # share of the weights it began with in those that are kept, see `step`
    loss: LossSettings = field(default_factory=lambda: LossSettings("masked", 3.0, 0.0))
    augment: AugmentSettings | RandomCrop | None = field(default_factory=AugmentSettings)
    evaluate_every: int = 0  # steps between validations, 0 for once an epoch
    patience: int = 0  # validations without a new best before the run ends, 0 for never
    log_every: int = 100  # steps between lines
    precision: str = "auto"  # 'float32', 'bfloat16', or what the device is faster in
    compile: bool = False  # torch.compile: half a minute at the start
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError for a name that does not exist or a number out of its range."""
        for name, known in (
            ("optimiser", OPTIMISERS),
            ("schedule", SCHEDULES),
            ("precision", PRECISIONS),
        ):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} {getattr(self, name)!r} is unknown: choose {', '.join(known)}"
                )
        if self.epochs <= 0 or (self.steps is not None and self.steps < 1):
            raise ValueError("training needs epochs above 0, or at least one step")
        if self.batch < 2 or self.learning_rate <= 0 or self.decay_steps < 1 or self.log_every < 1:
            raise ValueError(
                "training needs a batch of at least 2, a learning rate above 0, and decay_steps "
                "and log_every of at least 1"
            )
        if not 0 <= self.average < 1:
            raise ValueError(f"average must be at least 0 and below 1, got {self.average}")
        if not 0 <= self.blend < 1:
            raise ValueError(f"blend must be at least 0 and below 1, got {self.blend}")


def use_bfloat16(precision: str, device: torch.device) -> bool:
    """Whether convolutions run under bf16 autocast.

    'auto' takes it on a GPU that has it in hardware, and on a CPU where a trial finds it faster:
    some CPUs have the instructions and are slower with them.
    """
    if precision != "auto":
        return precision == "bfloat16"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and torch.cpu._is_avx512_bf16_supported() and bfloat16_gain() > 1.1


@cache
def bfloat16_gain() -> float:
    """How many times as fast this CPU trains a convolution in bfloat16 as in float32.

    Processor time, the best of three trials of each, a tenth of a second in all.
    """
    with torch.random.fork_rng():
        layer = torch.nn.Conv2d(64, 64, 3, padding=1).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        maps = torch.randn(32, 64, 16, 16).contiguous(memory_format=torch.channels_last)

    def seconds(half: bool) -> float:
        began = time.process_time()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            layer(maps).float().sum().backward()
        return time.process_time() - began

    trials = [(seconds(False), seconds(True)) for _ in range(4)][1:]  # the first one compiles
    return min(single for single, _ in trials) / min(half for _, half in trials)
