"""`svhn train`: a model trained on stores of crops, its run folder, and how to go on with it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from svhn_lib.cli.console import Progress, examples, message, one_line_errors

if TYPE_CHECKING:
    from svhn_lib.data.sets.number_set import NumberSet
    from svhn_lib.data.shards.shard_set import ShardSet
    from svhn_lib.models.zoo import ModelConfig, NumberNet
    from svhn_lib.training import TrainResult, TrainSettings

EXAMPLES = examples(
    "svhn train --data train.h5 --out runs/first",
    "svhn train --data train.h5 --data extra.h5 --val test.h5 --out runs/second --epochs 20",
    "svhn train --data train.h5 --out runs/first --resume",
    "svhn train --data mine.h5 --weights compact --learning-rate 1e-3 --out runs/mine",
    "svhn train --data train64.h5 --model goodfellow2014 --preset --out runs/goodfellow",
    "svhn train --data 'shards/train-{000000..000031}.tar' --val val.h5 --out runs/streamed",
    "torchrun --nproc-per-node 2 --max-restarts 3 -m svhn_lib train --data train.h5 --out RUN "
    "--resume",
)
# Written here too, so that --help need not load PyTorch; a test holds them against TrainSettings.
USUAL = {
    "epochs": 10.0,
    "batch": 256,
    "optimiser": "adamw",
    "learning_rate": 3e-3,
    "schedule": "one-cycle",
    "weight_decay": 0.02,
    "clip": 1.0,
    "average": 0.998,
    "label_smoothing": 0.0,
    "blend": 0.0,
    "patience": 0,
}


class Precision(StrEnum):
    """What convolutions are computed in."""

    auto = "auto"
    float32 = "float32"
    bfloat16 = "bfloat16"


def _usual(text: str, name: str) -> Any:
    """An option that is the preset's, or else the usual, where it is not given."""
    return typer.Option(help=f"{text}  [default: {USUAL[name]}]", show_default=False)


@one_line_errors()
def train(
    data: Annotated[
        list[str],
        typer.Option(
            metavar="TRAIN",
            help="A store to train on, or the shards of one ('OUT/train-{000000..000031}.tar', "
            "also http(s)); may be given again.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="RUN", help="Folder of the run.")],
    val: Annotated[
        Path | None,
        typer.Option(
            metavar="VAL.h5",
            help="A store to validate on.  [default: the tenth of the training stores that "
            "is marked for it]",
        ),
    ] = None,
    model: Annotated[str, typer.Option(metavar="NAME", help="See 'svhn models'.")] = "compact",
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_FILE",
            help="Begin with these weights, shipped or of a run, not with random ones.",
        ),
    ] = None,
    preset: Annotated[
        bool, typer.Option("--preset", help="Train as the model's publication did.")
    ] = False,
    epochs: Annotated[float | None, _usual("Passes over the data.", "epochs")] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Optimiser steps, in place of epochs.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of weights, order and augmentation.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in RUN where it stopped.")
    ] = False,
    batch: Annotated[int | None, _usual("Pictures a step, of all processes.", "batch")] = None,
    optimiser: Annotated[
        str | None, _usual("adamw, adam, sgd, rmsprop or adagrad.", "optimiser")
    ] = None,
    learning_rate: Annotated[float | None, _usual("Its peak.", "learning_rate")] = None,
    schedule: Annotated[
        str | None, _usual("one-cycle, constant, step or exponential.", "schedule")
    ] = None,
    weight_decay: Annotated[
        float | None, _usual("Not of biases and norms.", "weight_decay")
    ] = None,
    clip: Annotated[float | None, _usual("Largest norm of the gradient, 0: any.", "clip")] = None,
    average: Annotated[
        float | None, _usual("Decay of the moving average of weights, 0: none.", "average")
    ] = None,
    label_smoothing: Annotated[
        float | None, _usual("Of length and digits.", "label_smoothing")
    ] = None,
    blend: Annotated[
        float | None,
        _usual("Share of the weights it began with in those it keeps; with --weights.", "blend"),
    ] = None,
    patience: Annotated[
        int | None, _usual("Validations without a new best to stop after, 0: never.", "patience")
    ] = None,
    evaluate_every: Annotated[
        int | None, typer.Option(help="Steps between validations.  [default: once an epoch]")
    ] = None,
    log_every: Annotated[int, typer.Option(min=1, help="Steps between lines.")] = 100,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write events to RUN/tensorboard.")
    ] = False,
    precision: Annotated[
        Precision, typer.Option(help="auto: bfloat16 where the machine is faster in it.")
    ] = Precision.auto,
    compile: Annotated[
        bool, typer.Option("--compile", help="Compile the model first: takes half a minute.")
    ] = False,
) -> None:
    """Train a model on stores of crops.

    RUN gets best.safetensors, metrics.csv, run.json and checkpoints. Ctrl-C finishes the step and
    saves it; with --resume added the run goes on from there.
    """
    from svhn_lib.models.architectures import MODELS

    if model not in MODELS:
        raise typer.BadParameter(f"no model is called {model!r}: there are {', '.join(MODELS)}")
    if blend and weights is None:
        raise typer.BadParameter("--blend mixes weights with those of --weights: give both")
    given = {
        "epochs": epochs, "steps": steps, "batch": batch, "optimiser": optimiser,
        "learning_rate": learning_rate, "schedule": schedule, "weight_decay": weight_decay,
        "clip": clip, "average": average, "label_smoothing": label_smoothing,
        "patience": patience, "evaluate_every": evaluate_every, "blend": blend,
    }  # fmt: skip
    changes = {name: value for name, value in given.items() if value is not None}
    changes |= {"log_every": log_every, "precision": precision.value, "compile": compile}
    try:
        chosen = _settings(MODELS[model], preset, {**changes, "seed": seed})
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    command = shlex.join(["svhn", *sys.argv[1:]])
    notes = {"command": command, "data": data, "val": val and str(val)}
    result = _run(
        _first_net(model, weights, chosen.seed, notes),
        data,
        val,
        out,
        chosen,
        resume,
        tensorboard,
        notes,
    )
    if result is not None:
        best = result.folder / "best.safetensors"
        typer.echo(f"{best}: validation sequence accuracy {result.best:.4f}")


def _settings(config: ModelConfig, preset: bool, changes: dict[str, Any]) -> TrainSettings:
    """Return the preset's or the usual settings, with changes, and losses that the heads allow."""
    from svhn_lib.training import TrainSettings
    from svhn_lib.training.presets import PRESETS

    if preset and config.name not in PRESETS:
        raise ValueError(f"{config.name} has no preset: it trains with the usual settings")
    settings = PRESETS[config.name] if preset else TrainSettings()
    smoothing = changes.pop("label_smoothing", settings.loss.label_smoothing)
    loss = replace(settings.loss, label_smoothing=smoothing)
    if not preset:
        ends = config.lengths or config.classes == 10  # by a length head, or by having no blank
        weight = loss.column_weight if config.columns else 0.0
        loss = replace(loss, kind="masked" if ends else "blank", column_weight=weight)
    if "epochs" in changes and "steps" not in changes:
        changes["steps"] = None
    return replace(settings, loss=loss, **changes)


def _first_net(
    model: str, weights: str | None, seed: int, notes: dict[str, Any]
) -> Callable[[], NumberNet]:
    """What makes the net that a run begins with; where it came from is added to the notes."""
    import torch

    from svhn_lib.models import zoo

    if weights is None:

        def fresh() -> NumberNet:
            torch.manual_seed(seed)
            return zoo.create_model(model)

        return fresh
    net = zoo.load_model(weights)
    if net.config.name != model:
        raise typer.BadParameter(f"{weights} holds weights of {net.config.name}: give --model so")
    kept = ("command", "examples", "seconds", "began_with")
    notes["began_with"] = {"weights": weights} | {
        k: net.figures[k] for k in kept if k in net.figures
    }
    return lambda: net


def _run(
    make_net: Callable[[], NumberNet],
    data: Sequence[str],
    val: Path | None,
    out: Path,
    chosen: TrainSettings,
    resume: bool,
    tensorboard: bool,
    notes: dict[str, Any],
) -> TrainResult | None:
    """Train in this process, which may be one of many; None where another says the result."""
    from svhn_lib import settings
    from svhn_lib.training import train as run
    from svhn_lib.training.loop import Diverged
    from svhn_lib.training.processes import joined, place_of

    training, validation = _load(data, val)
    with joined(settings.read().device) as device, Progress("training", "steps") as progress:
        net = make_net().to(device)
        first = place_of(net).first
        try:
            result = run(
                net,
                training,
                validation,
                out,
                chosen,
                resume=resume,
                tensorboard=tensorboard,
                notes=notes,
                report=progress.message,
                progress=progress if first else None,
            )
        except Diverged as error:
            raise ValueError(f"{out}: {error}") from error
        except ImportError as error:
            raise ValueError(str(error)) from error
        except KeyboardInterrupt:
            again = notes["command"] if resume else f"{notes['command']} --resume"
            if first:
                message(f"stopped; to go on from here: {again}")
            raise typer.Exit(130) from None
    return result if first else None


def _load(data: Sequence[str], val: Path | None) -> tuple[NumberSet | ShardSet, NumberSet]:
    """Return the training and the validation set."""
    from svhn_lib.data.shards.shard_set import ShardSet

    if any(source.endswith(".tar") for source in data):
        if val is None:
            raise ValueError(f"{data[0]}: shards come without a validation set; give --val")
        return ShardSet(data), _joined([str(val)], "all")
    if val is not None:
        return _joined(data, "all"), _joined([str(val)], "all")
    training, validation = _joined(data, "train"), _joined(data, "validation")
    if len(validation) == 0:
        raise ValueError(f"{data[0]}: too few numbers to validate on a tenth of them; give --val")
    return training, validation


def _joined(stores: Sequence[str], part: Literal["all", "train", "validation"]) -> NumberSet:
    from svhn_lib.data.sets.number_set import join
    from svhn_lib.data.sets.store import read_store

    sets = [read_store(Path(store), part) for store in stores]
    try:
        return join(sets)
    except ValueError as error:
        raise ValueError(f"{', '.join(stores)}: {error}; prepare all alike") from error
