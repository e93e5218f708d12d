"""What a run is made of beside model and data, and what follows from it on a device."""

from dataclasses import dataclass, field

import torch

from svhn_lib.augment import AugmentSettings
from svhn_lib.losses import LossSettings


@dataclass(frozen=True)
class TrainSettings:
    """Everything a run is made of beside model and data."""

    epochs: float = 10.0
    batch: int = 256
    optimiser: str = "adamw"
    learning_rate: float = 3e-3
    schedule: str = "one-cycle"
    weight_decay: float = 0.02
    clip: float = 1.0  # largest norm of the gradient
    average: float = 0.998  # decay of the moving average of weights that is validated and kept
    loss: LossSettings = field(default_factory=lambda: LossSettings("masked", 3.0, 0.0))
    augment: AugmentSettings | None = field(default_factory=AugmentSettings)
    evaluate_every: int = 0  # steps between validations, 0 for once an epoch
    precision: str = "auto"  # 'float32', 'bfloat16', or what the device is faster in
    seed: int = 0


def use_bfloat16(precision: str, device: torch.device) -> bool:
    """Whether convolutions run under bf16 autocast.

    Raises:
        ValueError: `precision` is not 'auto', 'float32' or 'bfloat16'.
    """
    if precision not in ("auto", "float32", "bfloat16"):
        raise ValueError(f"precision {precision!r} is unknown: auto, float32 or bfloat16")
    if precision != "auto":
        return precision == "bfloat16"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # Without bf16 instructions autocast only adds conversions.
    return device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
