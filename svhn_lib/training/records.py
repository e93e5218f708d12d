"""What people read of a run: run.json, metrics.csv, lines of text and TensorBoard's events.

What a resumed run goes on from is in `checkpoints`.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor

from svhn_lib import __version__
from svhn_lib.files import written
from svhn_lib.models.net import NumberNet
from svhn_lib.training.feeds import Feed
from svhn_lib.training.options import TrainSettings
from svhn_lib.training.place_windows import WindowFeed
from svhn_lib.training.processes import Place
from svhn_lib.training.run_folder import BOARD, FACTS, HISTORY
from svhn_lib.training.state import BOX_COLUMNS, COLUMNS, TrainState
from svhn_lib.training.views import training_views


def write_facts(
    folder: Path,
    state: TrainState,
    settings: TrainSettings,
    feed: Feed | WindowFeed,
    further: dict[str, Any],
) -> None:
    """Write run.json: what was really used; `further` entries must be JSON-able."""
    device = state.model.device
    facts = {
        **further,
        "started": time.strftime("%Y-%m-%d %H:%M:%S%z"),
        "data_fingerprint": feed.fingerprint,
        "steps_per_epoch": feed.steps_per_epoch,
        "bfloat16": state.bfloat16,
        "processes": state.began_with["processes"],
        "model": asdict(state.model.config),
        "settings": asdict(settings),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else str(device),
        "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores",
        "threads": torch.get_num_threads(),
        "svhn_lib": __version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
    with written(folder / FACTS) as scratch:
        scratch.write_text(json.dumps(facts, indent=2) + "\n")


def write_history(folder: Path, rows: list[dict[str, float]]) -> None:
    """Write metrics.csv: one row per validation, with the columns of `TrainState.history`."""
    with written(folder / HISTORY) as scratch, scratch.open("w", newline="") as file:
        writer = csv.DictWriter(file, tuple(rows[0]) if rows else COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def busy_machine() -> str:
    """Return advice where other programs keep the processors busy; else nothing.

    The threads of a step wait for each other, and so for the slowest of them: two threads on two
    cores at load 12 trained 2.5 times slower than one in batches of 256, and 12 times in batches
    of 16. The number of threads is not changed here, for sums then differ in their last bits.
    """
    if not hasattr(os, "getloadavg") or torch.get_num_threads() == 1:
        return ""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load < 2 * cores:
        return ""
    return (
        f"this machine is busy (load {load:.0f} on {cores} cores): with OMP_NUM_THREADS=1 in the "
        "environment a run may be several times faster"
    )


class RunLog:
    """The lines of a run, and its events where they are wanted.

    Args:
        report: called with each line.
        place: of this process.
        steps: of the run.
        batch: numbers per step, of all processes together.
    """

    def __init__(self, report: Callable[[str], None], place: Place, steps: int, batch: int) -> None:
        """Begin without events; see the class."""
        self.say = report
        self.board: Board | None = None
        self._place, self._steps, self._batch = place, steps, batch
        self._last = (0, 0.0)  # step and time of the last line

    def __enter__(self) -> Self:
        """Return the log itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the events."""
        if self.board:
            self.board.close()

    def begin(
        self, state: TrainState, settings: TrainSettings, feed: Feed, board: Path | None
    ) -> None:
        """Say what trains on what, and how long; where a folder is given, begin its events."""
        if board and self._place.first:
            self.board = Board(board, state.step)
            batch, size = next(feed.batches(state.step)), state.model.config.size
            views, _ = training_views(batch.pictures, batch.boxes, settings, size, settings.seed)
            self.board.pictures(views, state.step)
        kind = "bfloat16 convolutions" if state.bfloat16 else "float32"
        ranks = self._place.ranks
        self.say(
            f"{state.model.config.name} on {self._place.device}, {ranks} process"
            f"{'es' * (ranks > 1)}: {self._steps} steps of {self._batch}, {kind}, channels last"
        )
        if busy := busy_machine():
            self.say(busy)
        self._last = state.step, time.perf_counter()

    def line(self, state: TrainState, loss: float, learning_rate: float) -> None:
        """Say how the training is going."""
        now, step = time.perf_counter(), state.step
        speed = (step - self._last[0]) * self._batch / (now - self._last[1])
        self._last = step, now
        if self.board:
            values = {"loss": loss, "learning rate": learning_rate, "examples per second": speed}
            self.board.scalars("training", values, step)
        self.say(
            f"step {step}/{self._steps}  loss {loss:.4f}  learning rate {learning_rate:.2e}  "
            f"{speed:.0f} examples/s"
        )

    def validated(self, state: TrainState) -> None:
        """Say what came out of a validation, the last of the state's history."""
        row = state.history[-1]
        if self.board:
            names = ("loss", "sequence_accuracy", "character_accuracy", "length_accuracy")
            known = [*names, *(name for name in BOX_COLUMNS if name in row)]
            self.board.scalars("validation", {n: row[n] for n in known}, state.step)
            self.board.weights(state.model, state.step)
        box = f"box IoU {row['box_iou']:.3f}  " if "box_iou" in row else ""
        self.say(
            f"step {state.step}/{self._steps}  loss {row['loss']:.4f}  accuracy "
            f"{row['sequence_accuracy']:.4f}  best {state.best:.4f}  {box}"
            f"{row['examples'] / max(state.seconds, 1e-9):.0f} examples/s in all"
        )


class Board:
    """TensorBoard's events of a run: losses, rates, accuracies, pictures, histograms of weights.

    Args:
        folder: of the run.
        step: after which it goes on.

    Raises:
        ImportError: the package is absent.
    """

    def __init__(self, folder: Path, step: int) -> None:
        """Go on after a step; see the class."""
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
