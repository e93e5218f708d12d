"""Training: the loop, learning rate schedules, checkpoints and the files of a run.

Names are loaded when they are first used: `TrainSettings` and its options need no PyTorch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from svhn_lib._lazy import lazy

if TYPE_CHECKING:
    from svhn_lib.training.loop import Diverged, TrainResult, train
    from svhn_lib.training.options import TrainSettings
    from svhn_lib.training.presets import CROPS, PRESETS, settings_for

__all__ = [
    "CROPS",
    "PRESETS",
    "Diverged",
    "TrainResult",
    "TrainSettings",
    "settings_for",
    "train",
]
_HOMES = {
    "CROPS": "presets",
    "PRESETS": "presets",
    "Diverged": "loop",
    "TrainResult": "loop",
    "TrainSettings": "options",
    "settings_for": "presets",
    "train": "loop",
}
__getattr__ = lazy(__name__, _HOMES)
