"""`svhn train`: a model trained on stores of crops, its run folder, and how to go on with it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from svhn_lib.cli.console import Progress, examples, message, one_line_errors
from svhn_lib.cli.record_options import takes_fields_of
from svhn_lib.training.options import TrainSettings

if TYPE_CHECKING:
    from svhn_lib.data.sets.number_set import NumberSet
    from svhn_lib.data.shards.shard_set import ShardSet
    from svhn_lib.models.zoo import NumberNet
    from svhn_lib.training import TrainResult

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
USUAL_MODEL = "compact"


@one_line_errors()
@takes_fields_of(TrainSettings)
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
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=f"See 'svhn models'.  [default: that of --weights, else {USUAL_MODEL}]",
        ),
    ] = None,
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
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in RUN where it stopped.")
    ] = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write events to RUN/tensorboard.")
    ] = False,
    label_smoothing: Annotated[
        float | None,
        typer.Option(help="Of length and digits.  [default: 0.0]", show_default=False),
    ] = None,
    **fields: Any,
) -> None:
    """Train a model on stores of crops.

    RUN gets best.safetensors, metrics.csv, run.json and checkpoints. Ctrl-C finishes the step and
    saves it; with --resume added the run goes on from there. With --preset, defaults are those of
    the model's publication.
    """
    changes = {"label_smoothing": label_smoothing, **fields}
    changes = {name: value for name, value in changes.items() if value is not None}
    if changes.get("blend") and weights is None:
        raise typer.BadParameter("--blend mixes weights with those of --weights: give both")
    notes = {
        "command": shlex.join(["svhn", *sys.argv[1:]]),
        "data": data,
        "val": val and str(val),
    }
    net, chosen = _net_and_settings(model, weights, preset, changes, notes)
    result = _run(net, data, val, out, chosen, resume, tensorboard, notes)
    if result is not None:
        best = result.folder / "best.safetensors"
        typer.echo(f"{best}: validation sequence accuracy {result.best:.4f}")


def _net_and_settings(
    name: str | None,
    weights: str | None,
    preset: bool,
    changes: dict[str, Any],
    notes: dict[str, Any],
) -> tuple[NumberNet, TrainSettings]:
    """Return the net that a run begins with, and its settings; notes get where it came from."""
    import torch

    from svhn_lib.models import zoo
    from svhn_lib.training.presets import settings_for

    name = name or (None if weights else USUAL_MODEL)
    if name is not None and name not in zoo.MODELS:
        raise typer.BadParameter(f"no model is called {name!r}: there are {', '.join(zoo.MODELS)}")
    net = zoo.load_model(weights) if weights else None
    config = net.config if net else zoo.MODELS[str(name)]
    if name not in (None, config.name):
        raise typer.BadParameter(
            f"{weights} holds weights of {config.name}: leave out --model {name}"
        )
    try:
        settings = settings_for(config, preset=preset, **changes)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if net is None:
        torch.manual_seed(settings.seed)
        return zoo.create_model(config.name), settings
    origin = ("command", "examples", "seconds", "began_with")
    notes["began_with"] = {"weights": weights} | {
        key: net.figures[key] for key in origin if key in net.figures
    }
    return net, settings


def _run(
    net: NumberNet,
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
    from svhn_lib.training import Diverged
    from svhn_lib.training import train as run
    from svhn_lib.training.processes import joined, place_of

    training, validation = _load(data, val)
    with joined(settings.read().device) as device, Progress("training", "steps") as progress:
        net = net.to(device)
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
        return ShardSet(data), _join([str(val)], "all")
    if val is not None:
        return _join(data, "all"), _join([str(val)], "all")
    training, validation = _join(data, "train"), _join(data, "validation")
    if len(validation) == 0:
        raise ValueError(f"{data[0]}: too few numbers to validate on a tenth of them; give --val")
    return training, validation


def _join(stores: Sequence[str], part: Literal["all", "train", "validation"]) -> NumberSet:
    from svhn_lib.data.sets.number_set import join
    from svhn_lib.data.sets.store import read_store

    sets = [read_store(Path(store), part) for store in stores]
    try:
        return join(sets)
    except ValueError as error:
        raise ValueError(f"{', '.join(stores)}: {error}; prepare all alike") from error
