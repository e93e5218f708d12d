"""Training by one call: batches in, best weights, history and a resumable state out.

`train` reads from top to bottom; what its parts do is in the modules beside this one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.data.shards.shard_set import ShardSet
from svhn_lib.labels import encode_tokens
from svhn_lib.losses import total_loss
from svhn_lib.models.net import NumberNet
from svhn_lib.training.averages import averaged_model, update_average
from svhn_lib.training.checkpoints import restore_checkpoint, save_checkpoint
from svhn_lib.training.checks import diverges, refuse_longer, refuse_single
from svhn_lib.training.feeds import Numbers, make_feed
from svhn_lib.training.interrupts import catch_stop_signals
from svhn_lib.training.options import TrainSettings
from svhn_lib.training.origin import origin
from svhn_lib.training.processes import (
    Place,
    any_rank,
    data_parallel,
    from_first,
    place_of,
    sum_of_ranks,
)
from svhn_lib.training.records import RunLog, write_facts, write_history
from svhn_lib.training.run_folder import open_run
from svhn_lib.training.schedules import learning_rate
from svhn_lib.training.state import SINCE_LINE, SINCE_VALIDATION, TrainState, new_state
from svhn_lib.training.validation import Validator
from svhn_lib.training.views import training_views


class Diverged(RuntimeError):
    """The loss grows without bound, or is no number any more.

    Example:
        >>> from svhn_lib.training import Diverged
        >>> issubclass(Diverged, RuntimeError)
        True
    """


@dataclass(frozen=True)
class TrainResult:
    """How a run ended: its history (one row per validation) and its best validation accuracy.

    Example:
        >>> from pathlib import Path
        >>> from svhn_lib.training import TrainResult
        >>> TrainResult(Path("runs/first"), best=0.91, history=[]).folder.name
        'first'
    """

    folder: Path
    best: float
    history: list[dict[str, float]]


def train(
    model: NumberNet,
    training: Numbers | ShardSet,
    validation: NumberSet,
    out: str | Path,
    settings: TrainSettings | None = None,
    *,
    resume: bool = False,
    tensorboard: bool = False,
    notes: dict[str, Any] | None = None,
    report: Callable[[str], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> TrainResult:
    """Train `model` in place and keep the best of its averaged weights in `out`.

    The folder holds best.safetensors, metrics.csv, run.json and, for `resume`, the last two
    checkpoints. Best means: highest validation sequence accuracy. A resumed run ends with the same
    weights and history as one that was never interrupted, bit for bit on the same machine. Where
    this process is one of many (see `processes`), all of them call this alike, and all must see
    `out`.

    Args:
        model: what learns, on the device to train on.
        training: the numbers to learn from.
        validation: the numbers to choose the best weights by.
        out: folder of the run; made where it is missing.
        settings: all else that a run is made of; the usual ones where there are none.
        resume: go on from the folder's last checkpoint; begin where there is none.
        tensorboard: write events to `out/tensorboard`, too.
        notes: further JSON-able entries of run.json and of the weights' figures, such as the
            command that was given.
        report: called with a line of text every `log_every` steps and at each validation.
        progress: called with (steps done, steps in all).

    Returns:
        Folder, best accuracy and history.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not set, or another one is at work.
        ValueError: a set is empty or does not suit the model, no checkpoint is whole, or the run
            began otherwise; the message names what differs.
        OSError: a file cannot be written; the last whole checkpoint stays.
        Diverged: the loss grew without bound, or is no number.
        KeyboardInterrupt: on Ctrl-C, after the step is finished and saved.
        SystemExit: on SIGTERM and SIGHUP, likewise, with status 143 and 129.
        ImportError: TensorBoard is not installed.

    Example:
        >>> import tempfile
        >>> import pandas as pd
        >>> import torch
        >>> from svhn_lib import create_model, encode, train
        >>> from svhn_lib.data import NumberSet
        >>> from svhn_lib.training import settings_for
        >>> texts = ["1", "2", "3", "4"]
        >>> pictures = torch.randint(0, 256, (4, 3, 28, 28), dtype=torch.uint8)
        >>> labels, boxes = encode(texts, max_digits=1), torch.full((4, 1, 4), torch.nan)
        >>> digits = NumberSet(pictures, *labels, boxes, pd.DataFrame({"number": texts}))
        >>> net = create_model("marek2017-softmax")
        >>> settings = settings_for(net.config, steps=1, augment=None, precision="float32")
        >>> result = train(net, digits, digits, tempfile.mkdtemp(), settings)
        >>> [row["step"] for row in result.history]
        [1]
    """
    settings, out, place = settings or TrainSettings(), Path(out), place_of(model)
    notes, report = notes or {}, report if report and place.first else lambda _: None
    validator = Validator(validation, settings, out, notes)
    refuse_longer(model, training, validation)
    feed = make_feed(training, settings.batch, settings.seed, place)
    refuse_single(model, feed.batch // place.ranks)
    steps = settings.steps or max(1, math.ceil(settings.epochs * feed.steps_per_epoch))
    evaluate_every = settings.evaluate_every or feed.steps_per_epoch
    first = {n: v.clone() for n, v in model.state_dict().items()} if settings.blend else {}
    began_with = origin(model, settings, feed, validation, first, place)
    state = new_state(model, settings, place, began_with)
    forward = _forward(model, settings, place)

    def validate(rate: float) -> None:
        mean_loss = _mean_loss(state, SINCE_VALIDATION, settings, place)
        if place.first:
            mean = averaged_model(state.averaged, first, settings.blend)
            row = {
                "step": state.step,
                "examples": feed.examples(state.step),
                "seconds": round(state.seconds, 1),
                "learning_rate": rate,
                "loss": mean_loss,
                **validator.accuracies(mean),
            }
            state.history.append(row)
            if state.since_best == 0:
                validator.save(mean, row)
            write_history(out, state.history)
            log.validated(state)
        state.history = from_first(state.history, place)
        save_checkpoint(out, state, place)

    # Dropout draws from the global generator: the caller's is put back at the end.
    with open_run(out, place, resume=resume), torch.random.fork_rng():
        if resume:
            restore_checkpoint(out, state, settings, place, report)
        with (
            catch_stop_signals() as stop,
            RunLog(report, place, steps, feed.batch) as log,
            closing(feed.batches(state.step)) as batches,
        ):
            log.begin(state, settings, feed, out if tensorboard else None)
            if place.first:
                counts = {"training_numbers": len(training), "validation_numbers": len(validation)}
                write_facts(out, state, settings, feed, notes | counts | {"steps": steps})
            began = time.perf_counter() - state.seconds
            model.train()
            while state.step < steps and not 0 < settings.patience <= state.since_best:
                pictures, boxes, lengths, digits = next(batches).to(place.device)
                # Whatever is drawn in a step follows from its number: no generator need be saved.
                seed = ((settings.seed * 7_368_787 + state.step) * 1009 + place.rank) % 2**64
                torch.manual_seed(seed)
                pictures, boxes = training_views(pictures, boxes, settings, model.config.size, seed)
                rate = learning_rate(settings, state.step, steps)
                for group in state.optimiser.param_groups:
                    group["lr"] = rate

                tokens = encode_tokens(lengths, digits)[0] if model.config.autoregressive else None
                with torch.autocast(place.device.type, torch.bfloat16, enabled=state.bfloat16):
                    logits = forward(pictures, tokens)
                loss = total_loss(logits, lengths, digits, boxes, settings.loss, pictures.shape[-1])
                state.optimiser.zero_grad(set_to_none=True)
                loss.backward()
                if settings.clip:
                    nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
                state.optimiser.step()
                update_average(state.averaged, model, settings.average, state.step)

                state.step += 1
                state.seconds = time.perf_counter() - began
                state.losses[place.rank] += torch.stack([loss.detach(), torch.ones_like(loss)])
                if state.step % settings.log_every == 0:
                    log.line(state, _mean_loss(state, SINCE_LINE, settings, place), rate)
                if progress:
                    progress(state.step, steps)
                if state.step % evaluate_every == 0 or state.step == steps:
                    validate(rate)
                if any_rank(stop.signal != 0, place):
                    save_checkpoint(out, state, place)
                    raise stop.exception()
            if not state.history:  # resumed for fewer steps than were done before a validation
                validate(learning_rate(settings, min(state.step, steps) - 1, steps))
    return TrainResult(out, state.best, state.history)


def _forward(model: NumberNet, settings: TrainSettings, place: Place) -> Callable[..., Any]:
    """Return what training calls: the model, shared among processes, compiled where asked."""
    unused = model.config.columns and settings.loss.column_weight == 0
    unused |= model.config.box is not None and settings.loss.box_weight == 0
    shared = data_parallel(model, place, unused=unused)
    return torch.compile(shared) if settings.compile else shared


def _mean_loss(state: TrainState, since: int, settings: TrainSettings, place: Place) -> float:
    """Return the mean loss since then, of all processes; Diverged where it is too high."""
    sums = sum_of_ranks(state.losses[:, since].clone(), place)
    state.losses[:, since] = 0
    total, count = sums.sum(0).tolist()
    loss: float = total / count
    if state.first_loss is None:
        state.first_loss = loss
    if diverges(loss, state.first_loss):
        raise Diverged(
            f"the loss became {loss:.4g} by step {state.step}: try a third of the learning rate "
            f"({settings.learning_rate / 3:.1e}), a smaller --clip, or --precision float32"
        )
    return loss
