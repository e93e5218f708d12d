"""A run in progress: its steps, what is said and kept of them, and how it goes on after a break.

What happens within a step is in `step`; where the files lie and what stands in them is decided in
`checkpoints` and `records`.
"""

import math
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.data.shards.shard_set import ShardSet
from svhn_lib.metrics import score
from svhn_lib.models.net import NumberNet
from svhn_lib.models.zoo import save_model
from svhn_lib.reading.answers import answer, fitted_temperature
from svhn_lib.training.checkpoints import digest, restore_checkpoint, save_checkpoint
from svhn_lib.training.feeds import Numbers, make_feed
from svhn_lib.training.interrupts import Interrupt
from svhn_lib.training.options import TrainSettings
from svhn_lib.training.processes import anywhere, from_first, place_of, summed
from svhn_lib.training.records import Board, write_facts, write_history
from svhn_lib.training.step import Learner

BEST = "best.safetensors"
GREW = 5.0  # times its first value: a loss that diverges


class Diverged(RuntimeError):
    """The loss grows without bound, or is no number any more."""


class Run:
    """One run in progress; its methods are the loop's steps in the order they happen."""

    def __init__(
        self,
        model: NumberNet,
        training: Numbers | ShardSet,
        validation: NumberSet,
        out: Path,
        settings: TrainSettings,
        report: Callable[[str], None] | None,
    ) -> None:
        self.model, self.validation, self.out, self.settings = model, validation, out, settings
        self.place = place_of(model)
        self.report = report if report and self.place.first else lambda _: None
        self.feed = make_feed(training, settings.batch, settings.seed, self.place)
        self.count, per_epoch = len(training), self.feed.steps_per_epoch
        self.steps = settings.steps or max(1, math.ceil(settings.epochs * per_epoch))
        self.every = settings.evaluate_every or per_epoch
        self.learner = Learner(model, settings, self.steps, self.place)
        self.to_read = self.learner.to_validate(validation)
        self.step, self.best, self.waited, self.seconds = 0, -1.0, 0, 0.0
        self.first_loss = math.inf
        self.history: list[dict[str, float]] = []
        self.notes: dict[str, Any] = {}
        self.board: Board | None = None
        # Of the steps since the last validation, and since the last line; added up in the same
        # order whether or not the run was interrupted in between.
        self.sums = nn.Module()
        self.sums.register_buffer("validated", torch.zeros(2, device=model.device))
        self.sums.register_buffer("logged", torch.zeros(2, device=model.device))

    @property
    def modules(self) -> dict[str, nn.Module]:
        return {"model": self.model, "average": self.learner.average, "sums": self.sums}

    def restore(self) -> None:
        restored = restore_checkpoint(self.out, self.modules, self.learner.optimiser)
        if restored is None:
            return
        for warning in restored.warnings:
            self.report(warning)
        state = restored.progress
        for name, value in self.began_with().items():
            if state["began_with"][name] != value:
                raise ValueError(
                    f"{self.out}: the run began with other {name}: {state['began_with'][name]}, "
                    f"not {value}; resume it as it began, or name another run folder"
                )
        self.step, self.best, self.waited = state["step"], state["best"], state["waited"]
        self.seconds, self.history = state["seconds"], state["history"]
        self.first_loss, self.learner.half = state["first_loss"], state["bfloat16"]
        self.report(f"resumed after step {self.step}")

    def began_with(self) -> dict[str, str]:
        """What must not change when a run is resumed; how long it goes on may."""
        settings = asdict(self.settings)
        for name in ("epochs", "steps", "evaluate_every", "patience", "log_every"):
            del settings[name]
        began = {
            "settings": str(settings),
            "data": self.feed.fingerprint,
            "processes": str(self.place.ranks),
        }
        if self.learner.first:
            began["weights"] = digest(self.learner.first)
        return began

    def begin(self, notes: dict[str, Any], tensorboard: bool) -> None:
        self.notes = notes
        if not self.place.first:
            return
        self.out.mkdir(parents=True, exist_ok=True)
        facts = {
            "started": time.strftime("%Y-%m-%d %H:%M:%S%z"),
            "training_numbers": self.count,
            "data_fingerprint": self.feed.fingerprint,
            "steps": self.steps,
            "steps_per_epoch": self.feed.steps_per_epoch,
            "validation_numbers": len(self.validation),
            "bfloat16": self.learner.half,
            "processes": self.place.ranks,
        }
        write_facts(self.out, self.model, self.settings, {**notes, **facts})
        if tensorboard:
            self.board = Board(self.out, self.step)
            batch = next(self.feed.batches(self.step))
            views, _ = self.learner.view(batch.pictures, batch.boxes, self.settings.seed)
            self.board.pictures(views, self.step)
        kind = "bfloat16 convolutions" if self.learner.half else "float32"
        self.report(
            f"{self.model.config.name} on {self.place.device}, {self.place.ranks} process"
            f"{'es' * (self.place.ranks > 1)}: {self.steps} steps of {self.feed.batch}, {kind}, "
            "channels last"
        )

    def ended(self) -> bool:
        """Whether all steps are done, or `patience` validations went by without a new best."""
        patience = self.settings.patience
        return self.step >= self.steps or (patience > 0 and self.waited >= patience)

    def go(self, interrupt: Interrupt, progress: Callable[[int, int], None]) -> None:
        began = logged = time.perf_counter()
        before, logged_at = self.seconds, self.step
        self.model.train()
        with closing(self.feed.batches(self.step)) as batches:  # type: ignore[type-var]
            while not self.ended():
                loss = self.learner.learn(next(batches), self.step)
                self.step += 1
                for name in ("validated", "logged"):
                    sums: Tensor = getattr(self.sums, name)
                    sums += torch.stack([loss, torch.ones_like(loss)])
                self.seconds = before + time.perf_counter() - began
                if self.step % self.settings.log_every == 0:
                    now = time.perf_counter()
                    rate = (self.step - logged_at) * self.feed.batch / (now - logged)
                    self.log(rate)
                    logged, logged_at = now, self.step
                progress(self.step, self.steps)
                if self.step % self.every == 0 or self.step == self.steps:
                    self.validate()
                    self.save()
                if anywhere(interrupt.asked, self.place):
                    self.save()
                    raise KeyboardInterrupt

    def mean_loss(self, name: str) -> float:
        """Mean over steps and processes of the loss since the last call; stops a diverging run."""
        sums: Tensor = getattr(self.sums, name)
        total, steps = summed(sums.clone(), self.place).tolist()
        sums.zero_()
        loss = total / steps
        if math.isinf(self.first_loss):
            self.first_loss = loss
        if not loss < GREW * self.first_loss:
            raise Diverged(
                f"the loss became {loss:.4g} by step {self.step}: try a third of the learning rate "
                f"({self.settings.learning_rate / 3:.1e}), a smaller --clip, or --precision float32"
            )
        return loss

    def log(self, rate: float) -> None:
        loss, step = self.mean_loss("logged"), self.step
        now = self.learner.rate(step - 1)
        values = {"loss": loss, "learning rate": now, "examples per second": rate}
        if self.board:
            self.board.scalars("training", values, step)
        self.report(
            f"step {step}/{self.steps}  loss {loss:.4f}  learning rate {now:.2e}  "
            f"{rate:.0f} examples/s"
        )

    def validate(self) -> None:
        """Read the validation numbers with the averaged weights; keep them where they are best."""
        loss = self.mean_loss("validated")
        if self.place.first:
            kept = self.learner.kept()
            read = [p.number for p in answer(kept, self.to_read, temperature=1.0)]
            result = score(self.validation.numbers, read)
            row = {
                "step": self.step,
                "examples": self.step * self.feed.batch,
                "seconds": round(self.seconds, 1),
                "learning_rate": self.learner.rate(self.step - 1),
                "loss": loss,
                "sequence_accuracy": result.sequence_accuracy,
                "character_accuracy": result.character_accuracy,
                "length_accuracy": result.length_accuracy,
            }
            self.history.append(row)
            self.waited += 1
            if result.sequence_accuracy > self.best:
                self.best, self.waited = result.sequence_accuracy, 0
                self.keep(kept, row)
            write_history(self.out, self.history)
            if self.board:
                names = ("loss", "sequence_accuracy", "character_accuracy", "length_accuracy")
                self.board.scalars("validation", {n: row[n] for n in names}, self.step)
                self.board.weights(self.model, self.step)
            self.report(
                f"step {self.step}/{self.steps}  loss {loss:.4f}  accuracy "
                f"{result.sequence_accuracy:.4f}  best {self.best:.4f}  "
                f"{row['examples'] / max(self.seconds, 1e-9):.0f} examples/s in all"
            )
        state = from_first((self.best, self.waited, self.history), self.place)
        self.best, self.waited, self.history = state

    def keep(self, model: NumberNet, row: dict[str, float]) -> None:
        lengths, digits = self.validation.lengths, self.validation.digits
        temperature = fitted_temperature(model, self.to_read, lengths, digits)
        figures = {
            "validation_sequence_accuracy": row["sequence_accuracy"],
            "validation_numbers": len(self.validation),
            "temperature": temperature,  # of confidences, fitted on the validation numbers
            **{name: row[name] for name in ("step", "examples", "seconds")},
            **self.notes,
        }
        save_model(model, self.out / BEST, figures)

    def save(self) -> None:
        if not self.place.first:
            return
        names = ("step", "best", "waited", "seconds", "history", "first_loss")
        progress = {name: getattr(self, name) for name in names}
        progress["began_with"], progress["bfloat16"] = self.began_with(), self.learner.half
        save_checkpoint(self.out, self.modules, self.learner.optimiser, progress)
