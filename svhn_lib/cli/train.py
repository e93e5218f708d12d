"""`svhn train`: a model trained on stores of crops, its run folder, and how to go on with it."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from svhn_lib.cli.console import (
    NO_MEMORY,
    Progress,
    examples,
    memory_asked_for,
    message,
    one_line_errors,
    print_line,
)
from svhn_lib.cli.record_options import takes_fields_of
from svhn_lib.cli.training_sets import load_folders, load_sets
from svhn_lib.files import refuse_unwritable
from svhn_lib.training.options import TrainSettings

if TYPE_CHECKING:
    from svhn_lib.models.zoo import NumberNet
    from svhn_lib.training import TrainResult

EXAMPLES = examples(
    "svhn train --data train.h5 --out runs/first",
    "svhn train --data train.h5 --data extra.h5 --val test.h5 --out runs/second --epochs 20",
    "svhn train --out runs/first --resume",
    "svhn train --data mine.h5 --weights compact --learning-rate 1e-3 --out runs/mine",
    "svhn train --data train.h5 --model goodfellow2014 --preset --out runs/goodfellow",
    "svhn train --data scenes/train --val scenes/test --model localiser --out runs/places",
    "svhn train --data 'shards/train-{000000..000031}.tar' --val val.h5 --out runs/streamed",
    "torchrun --nproc-per-node 2 --max-restarts 3 -m svhn_lib train --data train.h5 --out RUN "
    "--resume",
)
USUAL_MODEL = "compact"
NOT_OF_PLACES = ("tensorboard", "label_smoothing", "blend", "compile")
"""Options that a net that finds numbers is trained without."""


@one_line_errors()
@takes_fields_of(TrainSettings)
def train(
    out: Annotated[Path, typer.Option(metavar="RUN", help="Folder of the run.")],
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TRAIN",
            help="A store to train on, or the shards of one ('OUT/train-{000000..000031}.tar', "
            "also of a web server); may be given several times.",
            show_default=False,
        ),
    ] = None,
    val: Annotated[
        str | None,
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
            help=f"A name of 'svhn models'.  [default: that of --weights, else {USUAL_MODEL}]",
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_FILE",
            help="Begin with these weights, shipped or of a run, in place of random ones.",
        ),
    ] = None,
    preset: Annotated[
        bool, typer.Option("--preset", help="Train as the model's publication did.")
    ] = False,
    hard_views: Annotated[
        bool,
        typer.Option(
            "--hard-views",
            help="Show boxes that stand off their numbers, and very few pixels, too: for long "
            "runs, whose net is to read what a detector finds.",
        ),
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with the run in RUN where it stopped; options that are not given are as "
            "they were.",
        ),
    ] = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write events to RUN/tensorboard.")
    ] = False,
    label_smoothing: Annotated[
        float | None,
        typer.Option(
            help="Label smoothing of length and digits.  [default: 0.0]", show_default=False
        ),
    ] = None,
    **changes: Any,
) -> None:
    """Train a model on stores of crops; 'localiser' on folders of 'svhn data scenes'.

    RUN gets best.safetensors, metrics.csv, run.json and checkpoints. Ctrl-C, SIGTERM and SIGHUP
    finish the step and save it (status 130, 143 and 129); with --resume added the run goes on from
    there. With --preset, defaults are those of the model's publication.
    """
    given = {
        "data": data, "val": val, "model": model, "weights": weights, "preset": preset or None,
        "hard_views": hard_views or None,
        "tensorboard": tensorboard or None, "label_smoothing": label_smoothing, **changes,
    }  # fmt: skip
    given = {name: value for name, value in given.items() if value not in (None, [])}
    options = _with_those_of_the_run(given, out) if resume else given
    if "data" not in options:
        raise typer.BadParameter("give --data, a store to train on; run.json in RUN names none")
    refuse_unwritable(out)  # before sets are loaded
    notes = {
        "command": shlex.join(["svhn", *sys.argv[1:]]),
        "data": options["data"],
        "val": options.get("val"),
        "options": options,
    }
    net, settings = _net_and_settings(options, notes)
    from svhn_lib.models.config import PlaceConfig

    places = isinstance(net.config.head, PlaceConfig)
    for name in NOT_OF_PLACES:
        if places and options.get(name):
            raise typer.BadParameter(
                f"--{name.replace('_', '-')} does not go with {net.config.name}: leave it out"
            )
    load: Callable[..., Any] = load_folders if places else load_sets
    result = _run(net, load(options["data"], options.get("val")), out, settings, resume, notes)
    if result is not None:
        best = result.folder / "best.safetensors"
        measured = "validation average precision" if places else "validation sequence accuracy"
        print_line(f"{best}: {measured} {result.best:.4f}")


def _with_those_of_the_run(given: dict[str, Any], out: Path) -> dict[str, Any]:
    """Return the options that the run in `out` was given, and over them those of now."""
    try:
        before = json.loads((out / "run.json").read_text())["options"]
        own = {"data", "val", "model", "weights", "preset", "tensorboard", "label_smoothing"}
        own |= {"hard_views"}
        known = own | {spec.name for spec in fields(TrainSettings) if "help" in spec.metadata}
        data, plain = before["data"], {n: value for n, value in before.items() if n != "data"}
        whole = before.keys() <= known and isinstance(data, list) and data
        whole = whole and all(isinstance(name, str) for name in data)
        # What a number or a name may be is checked with the rest of the options.
        whole = whole and all(isinstance(v, str | int | float) for v in plain.values())
        names = ("val", "model", "weights")
        whole = whole and all(isinstance(plain.get(name, ""), str) for name in names)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        whole = False
    if not whole:
        return given  # the run's checkpoint knows, too, what it began with
    first, now = before.get("weights"), given.get("weights")
    if now not in (None, first) and any(out.glob("checkpoint*.safetensors")):
        raise typer.BadParameter(
            f"the run in {out} began with {first or 'random weights'}: leave out --weights {now}"
        )
    if "epochs" in given:
        before.pop("steps", None)
    return before | given


def _net_and_settings(
    options: dict[str, Any], notes: dict[str, Any]
) -> tuple[NumberNet, TrainSettings]:
    """Return the net that a run begins with, and its settings; notes get where it came from."""
    import torch

    from svhn_lib.models import zoo
    from svhn_lib.training.presets import settings_for

    weights = options.get("weights")
    name = options.get("model", USUAL_MODEL if weights is None else None)
    if name is not None and name not in zoo.MODELS:
        raise typer.BadParameter(f"no model is called {name!r}: there are {', '.join(zoo.MODELS)}")
    if options.get("blend") and weights is None:
        raise typer.BadParameter("--blend mixes weights with those of --weights: give both")
    net = zoo.load_model(weights) if weights is not None else None  # '' is no random net
    config = net.config if net else zoo.MODELS[name]
    if name not in (None, config.name):
        raise typer.BadParameter(
            f"{weights} holds weights of {config.name}: leave out --model {name}"
        )
    no_fields = ("data", "val", "model", "weights", "tensorboard")
    changes = {name: value for name, value in options.items() if name not in no_fields}
    try:
        settings = settings_for(config, **changes)
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
    sets: tuple[Any, Any],
    out: Path,
    settings: TrainSettings,
    resume: bool,
    notes: dict[str, Any],
) -> TrainResult | None:
    """Train in this process, which may be one of many; None where another says the result."""
    from svhn_lib.models.net import PlaceNet
    from svhn_lib.settings import read
    from svhn_lib.training import train
    from svhn_lib.training.localising import train_localiser
    from svhn_lib.training.processes import place_of, process_group

    with process_group(read().device) as device, Progress("training", "steps") as progress:
        first = place_of(net.to(device)).first
        with _endings(out, notes["command"], resume, first):
            shared: dict[str, Any] = {
                "resume": resume,
                "notes": notes,
                "report": progress.message,
                "progress": progress if first else None,
            }
            if isinstance(net, PlaceNet):
                if place_of(net).ranks > 1:
                    raise ValueError(f"{net.config.name} trains in one process: without torchrun")
                result = train_localiser(net, *sets, out, settings, **shared)
            else:
                board = notes["options"].get("tensorboard", False)
                result = train(net, *sets, out, settings, tensorboard=board, **shared)
    return result if first else None


@contextmanager
def _endings(out: Path, command: str, resume: bool, first: bool) -> Iterator[None]:
    """Name the run in what goes wrong; where somebody stopped it, say how to go on."""
    from svhn_lib.training import Diverged

    try:
        yield
    except Diverged as error:
        raise ValueError(f"{out}: {error}") from error
    except RuntimeError as error:
        asked = memory_asked_for(error)
        if not asked:
            raise
        raise ValueError(
            f"{out}: {NO_MEMORY}: {asked} more were asked for; give a smaller --batch"
        ) from error
    except ImportError as error:
        raise ValueError(str(error)) from error
    except (KeyboardInterrupt, SystemExit) as stop:
        if first:
            message(f"stopped; to go on from here: {command}{'' if resume else ' --resume'}")
        raise typer.Exit(int(stop.code or 1) if isinstance(stop, SystemExit) else 130) from None
