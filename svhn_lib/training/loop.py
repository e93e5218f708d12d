"""The training loop: batches in, best weights, history and a resumable state out.

What a model, a loss or a view is comes from the layers below; where a run's files lie and what
stands in them is decided here and in `checkpoints`.
"""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from svhn_lib.augment import random_views
from svhn_lib.data.store import NumberSet
from svhn_lib.decoding import fit_temperature, most_probable
from svhn_lib.losses import total_loss
from svhn_lib.metrics import score
from svhn_lib.models.inference import predict
from svhn_lib.models.net import NumberNet
from svhn_lib.models.zoo import save
from svhn_lib.training.checkpoints import restore_checkpoint, save_checkpoint
from svhn_lib.training.options import TrainSettings, use_bfloat16
from svhn_lib.training.records import HISTORY, write_facts, write_history
from svhn_lib.training.schedules import learning_rate, make_optimiser

BEST = "best.safetensors"


class Numbers(Protocol):
    """What a run trains on: a `NumberSet`, or canvases that are painted when they are asked for."""

    def __len__(self) -> int:
        """How many numbers there are."""

    def subset(self, index: Tensor, /) -> NumberSet:
        """Those at these positions, int64 (n,)."""


@dataclass(frozen=True)
class TrainResult:
    """How a run ended: its history (one row a validation) and its best validation accuracy."""

    folder: Path
    best: float
    history: list[dict[str, float]]


class Diverged(RuntimeError):
    """The loss is no number any more."""


def train(
    model: NumberNet,
    training: Numbers,
    validation: NumberSet,
    out: Path,
    settings: TrainSettings | None = None,
    *,
    resume: bool = False,
    notes: dict[str, Any] | None = None,
    report: Callable[[str], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> TrainResult:
    """Trains `model` in place and keeps the best of its averaged weights in `out`.

    The folder holds best.safetensors, metrics.csv, run.json and, for `resume`, the last two
    checkpoints. Best means: highest validation sequence accuracy.

    Args:
        notes: further JSON-able entries of run.json and of the weights' figures, such as the
            command that was given.
        report: called with a line of text at each validation.
        progress: called with (steps done, steps in all).

    Raises:
        FileExistsError: the folder holds a run and `resume` is not set.
        ValueError: a setting is out of its range, or a set is empty.
        Diverged: the loss became infinite or not a number.
    """
    settings = settings or TrainSettings()
    if len(training) == 0 or len(validation) == 0:
        raise ValueError("training and validation both need at least one number")
    if settings.epochs <= 0 or settings.batch < 2:
        raise ValueError("training needs epochs above 0 and a batch of at least 2")
    out = Path(out)
    if not resume and (out / HISTORY).exists():
        raise FileExistsError(f"{out} holds a run already: resume it, or name another folder")
    out.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng():  # dropout draws from the global generator: leave the caller's be
        torch.manual_seed(settings.seed)
        run = _Run(model, training, validation, out, settings, report or (lambda _: None))
        if resume:
            run.restore()
        run.describe(notes or {})
        run.go(progress or (lambda *_: None))
    return TrainResult(out, run.best, run.history)


class _Run:
    """One run in progress; its methods are the loop's steps in the order they happen."""

    def __init__(
        self,
        model: NumberNet,
        training: Numbers,
        validation: NumberSet,
        out: Path,
        settings: TrainSettings,
        report: Callable[[str], None],
    ) -> None:
        self.model, self.out, self.settings, self.report = model, out, settings, report
        self.training, self.validation = training, validation
        self.average = copy.deepcopy(model).requires_grad_(False).eval()
        self.optimiser = make_optimiser(
            settings.optimiser, model, settings.learning_rate, settings.weight_decay
        )
        self.batch = min(settings.batch, len(training))
        self.steps_per_epoch = max(1, len(training) // self.batch)
        self.steps = max(1, math.ceil(settings.epochs * self.steps_per_epoch))
        self.every = settings.evaluate_every or self.steps_per_epoch
        self.half = use_bfloat16(settings.precision, model.device)
        self.step, self.best, self.seconds = 0, -1.0, 0.0
        self.notes: dict[str, Any] = {}
        self.history: list[dict[str, float]] = []
        self.shuffled = (-1, torch.empty(0, dtype=torch.int64))  # epoch, its order

    def restore(self) -> None:
        restored = restore_checkpoint(self.out, self.model, self.average, self.optimiser)
        if restored is None:
            return
        for warning in restored.warnings:
            self.report(warning)
        state = restored.progress
        self.step, self.best, self.seconds = state["step"], state["best"], state["seconds"]
        self.history = state["history"]

    def describe(self, notes: dict[str, Any]) -> None:
        self.notes = notes
        numbers = {
            "training_numbers": len(self.training),
            "validation_numbers": len(self.validation),
            "steps": self.steps,
            "bfloat16": self.half,
        }
        write_facts(self.out, self.model, self.settings, {**notes, **numbers})

    def go(self, progress: Callable[[int, int], None]) -> None:
        began, losses = time.perf_counter() - self.seconds, []
        self.model.train()
        while self.step < self.steps:
            losses.append(self.train_step())
            self.step += 1
            progress(self.step, self.steps)
            if self.step % self.every == 0 or self.step == self.steps:
                self.seconds = time.perf_counter() - began
                self.validate(float(torch.stack(losses).mean()))
                losses.clear()

    def indices(self) -> Tensor:
        """Which training numbers this step sees: each epoch is one seeded permutation."""
        epoch, position = divmod(self.step, self.steps_per_epoch)
        if epoch != self.shuffled[0]:
            generator = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + epoch)
            self.shuffled = epoch, torch.randperm(len(self.training), generator=generator)
        return self.shuffled[1][position * self.batch : (position + 1) * self.batch]

    def train_step(self) -> Tensor:
        settings, device = self.settings, self.model.device
        part = self.training.subset(self.indices())
        pictures, boxes = part.pictures.to(device), part.boxes.to(device)
        lengths, digits = part.lengths.to(device), part.digits.to(device)
        if settings.augment is not None:
            generator = torch.Generator(device).manual_seed(settings.seed * 7_368_787 + self.step)
            size = self.model.config.size
            pictures, boxes = random_views(pictures, boxes, size, generator, settings.augment)
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(
                settings.schedule, self.step, self.steps, settings.learning_rate
            )
        with torch.autocast(device.type, torch.bfloat16, enabled=self.half):
            logits = self.model(pictures)
        width = pictures.shape[-1]
        loss = total_loss(logits, lengths, digits, boxes, settings.loss, width)
        if not torch.isfinite(loss):
            raise Diverged(
                f"the loss became {loss.item()} at step {self.step}: try a third of the learning "
                f"rate ({settings.learning_rate / 3:.1e}) or --precision float32"
            )
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), settings.clip)
        self.optimiser.step()
        self.update_average()
        return loss.detach()

    @torch.no_grad()
    def update_average(self) -> None:
        """Moving average of weights; shorter memory at the start, where weights move far."""
        keep = min(self.settings.average, (1 + self.step) / (10 + self.step))
        averaged, current = self.average.state_dict(), self.model.state_dict()
        for name, value in averaged.items():
            if value.is_floating_point():
                value.lerp_(current[name], 1 - keep)
            else:
                value.copy_(current[name])

    def validate(self, loss: float) -> None:
        logits = predict(self.average, self.validation.pictures)
        predictions = most_probable(logits)
        result = score(self.validation.numbers, [p.number for p in predictions])
        examples = self.step * self.batch
        row = {
            "step": self.step,
            "examples": examples,
            "seconds": round(self.seconds, 1),
            "learning_rate": self.optimiser.param_groups[0]["lr"],
            "loss": loss,
            "sequence_accuracy": result.sequence_accuracy,
        }
        self.history.append(row)
        if result.sequence_accuracy > self.best:
            self.best = result.sequence_accuracy
            temperature = fit_temperature(logits, self.validation.lengths, self.validation.digits)
            figures = {
                "validation_sequence_accuracy": self.best,
                "validation_numbers": len(self.validation),
                "temperature": temperature,  # of confidences, fitted on the validation numbers
                "step": self.step,
                "examples": examples,
                "seconds": row["seconds"],
                **self.notes,
            }
            save(self.average, self.out / BEST, figures)
        write_history(self.out, self.history)
        progress = {
            "step": self.step,
            "best": self.best,
            "seconds": self.seconds,
            "history": self.history,
        }
        save_checkpoint(self.out, self.model, self.average, self.optimiser, progress)
        self.report(
            f"step {self.step}/{self.steps}  loss {loss:.4f}  accuracy "
            f"{result.sequence_accuracy:.4f}  best {self.best:.4f}  "
            f"{examples / max(self.seconds, 1e-9):.0f} examples/s"
        )
