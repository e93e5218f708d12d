"""The files of a run that people read: run.json, metrics.csv and TensorBoard's events.

The first two are written beside and renamed; what a resumed run goes on from is in `checkpoints`.
"""

import csv
import json
import os
import platform
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from svhn_lib import __version__
from svhn_lib.models.net import NumberNet
from svhn_lib.training.options import TrainSettings

HISTORY = "metrics.csv"
FACTS = "run.json"
BOARD = "tensorboard"
COLUMNS = (
    "step", "examples", "seconds", "learning_rate", "loss",
    "sequence_accuracy", "character_accuracy", "length_accuracy",
)  # fmt: skip


def write_facts(
    folder: Path, model: NumberNet, settings: TrainSettings, further: dict[str, Any]
) -> None:
    """Writes run.json: what was really used; `further` entries must be JSON-able."""
    device = model.device
    facts = {
        **further,
        "model": asdict(model.config),
        "settings": asdict(settings),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else str(device),
        "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores",
        "threads": torch.get_num_threads(),
        "svhn_lib": __version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
    _replace(folder / FACTS, json.dumps(facts, indent=2) + "\n")


def write_history(folder: Path, rows: list[dict[str, float]]) -> None:
    """Writes metrics.csv: one row a validation, with the columns `COLUMNS`."""
    scratch = folder / f".{HISTORY}.part"
    with scratch.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    os.replace(scratch, folder / HISTORY)


def _replace(path: Path, text: str) -> None:
    scratch = path.with_name(f".{path.name}.part")
    scratch.write_text(text)
    os.replace(scratch, path)


class Board:
    """TensorBoard's events of a run: losses, rates, accuracies, pictures, histograms of weights.

    Raises ImportError where the package is absent.
    """

    def __init__(self, folder: Path, step: int) -> None:
        try:
            from torch.utils.tensorboard.writer import SummaryWriter
        except ImportError as error:
            raise ImportError(
                "TensorBoard is not installed: pip install 'svhn_lib[track]'"
            ) from error
        # What an interrupted run wrote after its checkpoint is passed over when it is shown.
        self._writer = SummaryWriter(str(folder / BOARD), purge_step=step + 1)

    def scalars(self, group: str, values: dict[str, float], step: int) -> None:
        """Write values under 'group/name'."""
        for name, value in values.items():
            self._writer.add_scalar(f"{group}/{name}", value, step)

    def pictures(self, views: Tensor, step: int) -> None:
        """Write what the net is shown: uint8 or float 0-255 (N, C, H, W), the first 16 of them."""
        grid = views[:16].detach().float().cpu() / 255
        self._writer.add_images("training views", grid.clamp(0, 1), step)

    def weights(self, model: NumberNet, step: int) -> None:
        """Write a histogram of each layer's weights."""
        for name, value in model.named_parameters():
            self._writer.add_histogram(name, value.detach().float().cpu(), step)

    def close(self) -> None:
        """Write what is still in memory."""
        with suppress(OSError):
            self._writer.close()
