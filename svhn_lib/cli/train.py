"""`svhn train`: a model trained on stores of crops, its run folder, and how to go on with it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from svhn_lib.cli.console import Progress, examples, message, one_line_errors

if TYPE_CHECKING:
    from svhn_lib.data.store import NumberSet
    from svhn_lib.models.zoo import ModelConfig
    from svhn_lib.training import TrainSettings

EXAMPLES = examples(
    "svhn train --data train.h5 --out runs/first",
    "svhn train --data train.h5 --data extra.h5 --val test.h5 --out runs/second --epochs 20",
    "svhn train --data train.h5 --out runs/first --resume",
)
# Written here too, so that --help need not load PyTorch; a test holds them against TrainSettings.
EPOCHS, BATCH, LEARNING_RATE = 10.0, 256, 3e-3


class Precision(StrEnum):
    """What convolutions are computed in."""

    auto = "auto"
    float32 = "float32"
    bfloat16 = "bfloat16"


@one_line_errors()
def train(
    data: Annotated[
        list[Path],
        typer.Option(metavar="TRAIN.h5", help="A store to train on; may be given again."),
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
    epochs: Annotated[float, typer.Option(help="Passes over the data.")] = EPOCHS,
    seed: Annotated[int, typer.Option(min=0, help="Of weights, order and augmentation.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in RUN where it stopped.")
    ] = False,
    batch: Annotated[int, typer.Option(min=2, help="Pictures a step.")] = BATCH,
    learning_rate: Annotated[float, typer.Option(help="Its peak.")] = LEARNING_RATE,
    precision: Annotated[
        Precision, typer.Option(help="auto: bfloat16 where the machine is faster in it.")
    ] = Precision.auto,
) -> None:
    """Train a model on stores of crops.

    RUN gets best.safetensors, metrics.csv, run.json and checkpoints. Stopped with Ctrl-C, it goes
    on from the last validation when --resume is added.
    """
    if epochs <= 0 or learning_rate <= 0:
        raise typer.BadParameter("--epochs and --learning-rate must be above 0")
    import torch

    from svhn_lib import settings
    from svhn_lib.models import zoo
    from svhn_lib.training import train as run
    from svhn_lib.training.loop import BEST, Diverged

    if model not in zoo.MODELS:
        raise typer.BadParameter(f"no model is called {model!r}: there are {', '.join(zoo.MODELS)}")
    chosen = _train_settings(zoo.MODELS[model])
    chosen = replace(
        chosen,
        epochs=epochs,
        batch=batch,
        learning_rate=learning_rate,
        precision=precision.value,
        seed=seed,
    )
    training, validation = _load(data, val)
    torch.manual_seed(seed)
    net = zoo.create(model).to(settings.read().device)
    command = shlex.join(["svhn", *sys.argv[1:]])
    notes: dict[str, Any] = {"command": command, "data": [*map(str, data)], "val": val and str(val)}
    try:
        with Progress("training", "steps") as progress:
            result = run(
                net,
                training,
                validation,
                out,
                chosen,
                resume=resume,
                notes=notes,
                report=progress.message,
                progress=progress,
            )
    except Diverged as error:
        raise ValueError(f"{out}: {error}") from error
    except KeyboardInterrupt:
        again = command if resume else f"{command} --resume"
        message(f"stopped; to go on from the last validation: {again}")
        raise typer.Exit(130) from None
    best = result.folder / BEST
    typer.echo(f"{best}: validation sequence accuracy {result.best:.4f}")


def _train_settings(config: ModelConfig) -> TrainSettings:
    """Return the usual settings, with the losses that this model's heads can be trained with."""
    from svhn_lib.training import TrainSettings

    usual = TrainSettings()
    loss = replace(
        usual.loss,
        kind=usual.loss.kind if config.lengths else "blank",
        column_weight=usual.loss.column_weight if config.columns else 0.0,
    )
    return replace(usual, loss=loss)


def _load(data: Sequence[Path], val: Path | None) -> tuple[NumberSet, NumberSet]:
    """Return the training and the validation set, in three channels as models take them."""
    from svhn_lib.data.store import read_store

    if val is not None:
        return _join(data, [read_store(path) for path in data]), _join([val], [read_store(val)])
    training = _join(data, [read_store(path, "train") for path in data])
    validation = _join(data, [read_store(path, "validation") for path in data])
    if len(validation) == 0:
        raise ValueError(f"{data[0]}: too few numbers to validate on a tenth of them; give --val")
    return training, validation


def _join(paths: Sequence[Path], sets: Sequence[NumberSet]) -> NumberSet:
    """Join the sets of several stores into one; ValueError where their pictures differ in kind."""
    import pandas as pd
    import torch

    first = sets[0]
    for path, other in zip(paths, sets, strict=True):
        if other.pictures.shape[1:] != first.pictures.shape[1:]:
            raise ValueError(
                f"{path}: pictures of {_kind(other)}, but {paths[0]} has {_kind(first)}; "
                "prepare both alike"
            )
    if len(sets) > 1:
        first = replace(
            first,
            pictures=torch.cat([s.pictures for s in sets]),
            lengths=torch.cat([s.lengths for s in sets]),
            digits=torch.cat([s.digits for s in sets]),
            boxes=torch.cat([s.boxes for s in sets]),
            table=pd.concat([s.table for s in sets], ignore_index=True),
        )
    return replace(first, pictures=first.pictures.expand(-1, 3, -1, -1))


def _kind(numbers: NumberSet) -> str:
    channels, height, width = numbers.pictures.shape[1:]
    return f"{height}x{width} pixels in {channels} channel{'s' if channels > 1 else ''}"
