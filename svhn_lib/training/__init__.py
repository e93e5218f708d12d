"""Training: the loop, learning rate schedules, checkpoints and the files of a run."""

from svhn_lib.training.loop import TrainResult, train
from svhn_lib.training.options import TrainSettings

__all__ = ["TrainResult", "TrainSettings", "train"]
