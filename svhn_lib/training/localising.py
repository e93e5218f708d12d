"""Training of a net that finds numbers: windows of rendered photos in, a run folder out.

The loop is that of `loop`, for a net whose examples are windows and whose answers are places; run
folder, checkpoints, schedules and averages are the same.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from svhn_lib.losses.places import place_loss
from svhn_lib.models.net import PlaceNet
from svhn_lib.training.averages import update_average
from svhn_lib.training.checkpoints import restore_checkpoint, save_checkpoint
from svhn_lib.training.checks import diverges
from svhn_lib.training.interrupts import catch_stop_signals
from svhn_lib.training.loop import Diverged, TrainResult
from svhn_lib.training.options import TrainSettings
from svhn_lib.training.origin import MAY_CHANGE
from svhn_lib.training.place_validation import PlaceValidator
from svhn_lib.training.place_windows import Photo, WindowFeed, WindowSettings
from svhn_lib.training.processes import Place
from svhn_lib.training.records import write_facts, write_history
from svhn_lib.training.run_folder import open_run
from svhn_lib.training.schedules import learning_rate
from svhn_lib.training.state import SINCE_LINE, SINCE_VALIDATION, TrainState, new_state


def train_localiser(
    model: PlaceNet,
    training: list[Photo],
    validation: list[Photo],
    out: str | Path,
    settings: TrainSettings,
    *,
    resume: bool = False,
    notes: dict[str, Any] | None = None,
    report: Callable[[str], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> TrainResult:
    """Train `model` in place and keep the best of its averaged weights in `out`.

    The folder is that of `train`; best means the highest average precision on the
    validation photos. A run
    that is resumed ends with the same bits as one that was never interrupted.

    Args:
        model: what learns, on the device to train on.
        training: rendered photos to learn from.
        validation: rendered photos to choose the best weights by.
        out: folder of the run; made where it is missing.
        settings: of steps, batch, optimiser and schedule; losses and views are not asked.
        resume: go on from the folder's last checkpoint; begin where there is none.
        notes: further JSON-able entries of run.json and of the weights' figures.
        report: called with a line of text every `log_every` steps and at each validation.
        progress: called with (steps done, steps in all).

    Returns:
        Folder, highest average precision, and history.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not set, or another one is at work.
        ValueError: there is no photo, or no checkpoint is whole, or the run began otherwise.
        OSError: a file cannot be read or written; the last whole checkpoint stays.
        Diverged: the loss grew without bound, or is no number.
        KeyboardInterrupt: on Ctrl-C, after the step is finished and saved.
        SystemExit: on SIGTERM and SIGHUP, likewise.
    """
    out, say, place = Path(out), report or (lambda _: None), Place(model.device)
    if not training:
        raise ValueError("no photos to train on: render some with svhn data scenes")
    validator = PlaceValidator(validation, out, notes or {})
    feed = WindowFeed(training, settings.batch, settings.seed, WindowSettings(model.config.size))
    steps = settings.steps or max(1, round(settings.epochs * feed.steps_per_epoch))
    every = settings.evaluate_every or feed.steps_per_epoch
    state = new_state(model, settings, place, _origin(model, settings, feed, validation))

    def validate(rate: float) -> None:
        assert isinstance(state.averaged, PlaceNet)  # a copy of the model
        row = {
            "step": state.step,
            "examples": state.step * feed.batch,
            "seconds": round(state.seconds, 1),
            "learning_rate": rate,
            "loss": _mean_loss(state, SINCE_VALIDATION),
            **validator.measured(state.averaged),
        }
        state.history.append(row)
        if state.since_best == 0:
            validator.save(state.averaged, row)
        write_history(out, state.history)
        save_checkpoint(out, state, place)
        say(
            f"step {state.step}/{steps}  average precision {row['average_precision']:.4f}  "
            f"best {state.best:.4f}  found {row['found']:.4f}  IoU {row['mean_iou']:.3f}  "
            f"false alarms {row['alarms']:.3f}"
        )

    with open_run(out, place, resume=resume), torch.random.fork_rng(), catch_stop_signals() as stop:
        if resume:
            restore_checkpoint(out, state, settings, place, say)
        write_facts(out, state, settings, feed, (notes or {}) | {"steps": steps})
        say(f"{model.config.name} on {place.device}: {steps} steps of {feed.batch} windows")
        began = time.perf_counter() - state.seconds
        while state.step < steps and not 0 < settings.patience <= state.since_best:
            model.train()
            rate = learning_rate(settings, state.step, steps)
            _step(state, feed, settings, rate)
            state.seconds = time.perf_counter() - began
            if state.step % settings.log_every == 0:
                mean = _mean_loss(state, SINCE_LINE)
                speed = state.step * feed.batch / state.seconds
                say(f"step {state.step}/{steps}  loss {mean:.4f}  {speed:.0f} windows/s in all")
            if progress:
                progress(state.step, steps)
            if state.step % every == 0 or state.step == steps:
                validate(rate)
            if stop.signal:
                save_checkpoint(out, state, place)
                raise stop.exception()
        if not state.history:  # resumed for fewer steps than were done before a validation
            validate(learning_rate(settings, min(state.step, steps) - 1, steps))
    return TrainResult(out, state.best, state.history)


def _step(state: TrainState, feed: WindowFeed, settings: TrainSettings, rate: float) -> None:
    """Learn from one batch."""
    model, device = state.model, state.model.device
    torch.manual_seed((settings.seed * 7_368_787 + state.step) % 2**64)
    windows, targets = feed.make(state.step)
    for group in state.optimiser.param_groups:
        group["lr"] = rate
    with torch.autocast(device.type, torch.bfloat16, enabled=state.bfloat16):
        maps = model(windows.to(device))
    loss = place_loss(maps, type(targets)(*(field.to(device) for field in targets)))
    state.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    if settings.clip:
        nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
    state.optimiser.step()
    update_average(state.averaged, model, settings.average, state.step)
    state.step += 1
    state.losses[0] += torch.stack([loss.detach(), torch.ones_like(loss)])


def _mean_loss(state: TrainState, since: int) -> float:
    """Return the mean loss since then; Diverged where it is too high."""
    total, count = state.losses[0, since].tolist()
    state.losses[0, since] = 0
    loss: float = total / count
    if state.first_loss is None:
        state.first_loss = loss
    if diverges(loss, state.first_loss):
        raise Diverged(f"the loss became {loss:.4g} by step {state.step}: lower the learning rate")
    return loss


def _origin(
    model: PlaceNet, settings: TrainSettings, feed: WindowFeed, validation: list[Photo]
) -> dict[str, Any]:
    """Return what must not change while a run lasts, as JSON gives it back."""
    kept = {name: v for name, v in asdict(settings).items() if name not in MAY_CHANGE}
    names = repr([photo.file.name for photo in validation])
    began = {
        "model": asdict(model.config),
        "settings": kept,
        "training": feed.fingerprint,
        "validation": hashlib.sha256(names.encode()).hexdigest()[:16],
        "weights": None,
        "processes": 1,
    }
    plain: dict[str, Any] = json.loads(json.dumps(began))
    return plain
