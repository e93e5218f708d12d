"""Training by one call: batches in, best weights, history and a resumable state out.

How a run proceeds is in `run`; what a model, a loss or a view is comes from the layers below.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.data.shards.shard_set import ShardSet
from svhn_lib.models.net import NumberNet
from svhn_lib.training.feeds import Numbers
from svhn_lib.training.interrupts import noticed
from svhn_lib.training.options import TrainSettings
from svhn_lib.training.records import HISTORY
from svhn_lib.training.run import BEST, Diverged, Run

__all__ = ["BEST", "Diverged", "TrainResult", "train"]


@dataclass(frozen=True)
class TrainResult:
    """How a run ended: its history (one row a validation) and its best validation accuracy."""

    folder: Path
    best: float
    history: list[dict[str, float]]


def train(
    model: NumberNet,
    training: Numbers | ShardSet,
    validation: NumberSet,
    out: Path,
    settings: TrainSettings | None = None,
    *,
    resume: bool = False,
    tensorboard: bool = False,
    notes: dict[str, Any] | None = None,
    report: Callable[[str], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> TrainResult:
    """Trains `model` in place and keeps the best of its averaged weights in `out`.

    The folder holds best.safetensors, metrics.csv, run.json and, for `resume`, the last two
    checkpoints. Best means: highest validation sequence accuracy. A resumed run ends with the same
    weights and history as one that was never interrupted, bit for bit on the same machine. Where
    processes have joined (see `processes`), all of them call this alike, and all must see `out`.

    Args:
        resume: go on from the folder's last checkpoint; begin where there is none.
        tensorboard: write events to `out/tensorboard`, too.
        notes: further JSON-able entries of run.json and of the weights' figures, such as the
            command that was given.
        report: called with a line of text every `log_every` steps and at each validation.
        progress: called with (steps done, steps in all).

    Raises:
        FileExistsError: the folder holds a run and `resume` is not set.
        ValueError: a set is empty or does not suit the model, or the run began otherwise.
        Diverged: the loss grew without bound, or is no number.
        KeyboardInterrupt: on Ctrl-C, after the step is finished and saved.
        ImportError: TensorBoard is not installed.
    """
    out = Path(out)
    if len(validation) == 0:
        raise ValueError("training and validation both need at least one number")
    if not resume and (out / HISTORY).exists():
        raise FileExistsError(f"{out} holds a run already: resume it, or name another folder")
    # Dropout draws from the global generator: leave the caller's be.
    with torch.random.fork_rng(), noticed() as interrupt:
        run = Run(model, training, validation, out, settings or TrainSettings(), report)
        if resume:
            run.restore()
        run.begin(notes or {}, tensorboard)
        try:
            run.go(interrupt, progress or (lambda *_: None))
        finally:
            if run.board:
                run.board.close()
    return TrainResult(out, run.best, run.history)
