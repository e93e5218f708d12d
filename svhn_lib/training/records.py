"""The files of a run that people read: run.json and metrics.csv, written beside and renamed."""

import csv
import json
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from svhn_lib.models.net import NumberNet
from svhn_lib.training.options import TrainSettings

HISTORY = "metrics.csv"
FACTS = "run.json"
COLUMNS = ("step", "examples", "seconds", "learning_rate", "loss", "sequence_accuracy")


def write_facts(
    folder: Path, model: NumberNet, settings: TrainSettings, further: dict[str, Any]
) -> None:
    """Writes run.json: what was really used; `further` entries must be JSON-able."""
    facts = {
        **further,
        "model": asdict(model.config),
        "settings": asdict(settings),
        "device": str(model.device),
        "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores",
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
    scratch = folder / f".{FACTS}.part"
    scratch.write_text(json.dumps(facts, indent=2) + "\n")
    os.replace(scratch, folder / FACTS)


def write_history(folder: Path, rows: list[dict[str, float]]) -> None:
    """Writes metrics.csv: one row a validation, with the columns `COLUMNS`."""
    scratch = folder / f".{HISTORY}.part"
    with scratch.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    os.replace(scratch, folder / HISTORY)
