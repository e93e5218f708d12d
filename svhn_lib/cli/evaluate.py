"""`svhn evaluate`: a reader measured on labelled numbers, as a table or as one JSON object."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from svhn_lib.cli.console import (
    Progress,
    as_json_text,
    examples,
    name_lost_rows,
    one_line_errors,
    print_line,
)
from svhn_lib.files import written

if TYPE_CHECKING:
    from svhn_lib.data.sets.store import NumberSet
    from svhn_lib.metrics import Score
    from svhn_lib.reading.reader import Reader
    from svhn_lib.reading.record import Answer

EXAMPLES = examples(
    "svhn evaluate test.h5",
    "svhn evaluate test.h5 --model runs/first/best.safetensors --json",
    "svhn evaluate --labels mine/labels.csv --predictions answers.csv",
)
_COLUMNS = ("file", "number", "predicted", "confidence")


@one_line_errors()
def evaluate(
    store: Annotated[
        Path | None, typer.Argument(metavar="STORE.h5", help="A store of 'svhn data prepare'.")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="LABELS.csv",
            help="In place of a store: a table file,number[,left,top,right,bottom], or a folder "
            "with digitStruct.mat. Numbers are cut out as the model wants them; pictures with an "
            "empty box are cut already, with 30 % margin.",
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="NAME_OR_FILE", help="Name of shipped weights, or a file.")
    ] = "compact",
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="OUT.csv", help="Write file,number,predicted,confidence."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure a model on labelled numbers.

    'Whole number' counts a number only when its length and all its digits are right. Coverage
    is the share of numbers that can be kept, the least sure left out, so that 95 % or 98 % of those
    kept are right. Calibration error is how far confidences are from the share that is right, on
    average.
    """
    if (store is None) == (labels is None):
        raise typer.BadParameter("give either STORE.h5 or --labels LABELS.csv")
    from svhn_lib import settings
    from svhn_lib.metrics import coverage_at, score
    from svhn_lib.reading.reader import Reader

    reader = Reader(model, settings.read().device)
    with _written(predictions, store or labels) as scratch:
        numbers, lost = _load(store, labels, reader)
        read = _read(reader, numbers)
        if scratch is not None:
            _write_predictions(scratch, numbers, read)
    answers, confidences = [p.number for p in read], [p.probability for p in read]
    result = score(numbers.numbers, answers, confidences)
    right = [a == (b or "") for a, b in zip(numbers.numbers, answers, strict=True)]
    figures = _figures(result, coverage_at(right, confidences, 0.95), model)
    if labels is not None:
        figures["crop"] = {name: getattr(reader.net.crop, name) for name in ("shape", "margin")}
    print_line(as_json_text(figures) if as_json else _as_table(figures, store or labels))
    if lost:
        raise typer.Exit(1)


def _load(store: Path | None, labels: Path | None, reader: Reader) -> tuple[NumberSet, int]:
    """Return the numbers and how many rows were lost, named on standard error."""
    if store is not None:
        from svhn_lib.data.sets.store import read_store

        numbers = read_store(store)
        if len(numbers) == 0:
            raise ValueError(f"{store}: the store is empty; prepare it again")
        return numbers, 0
    assert labels is not None
    from svhn_lib.data.prepare import load_crops

    with Progress("cutting") as progress, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # each picture is named below
        numbers = load_crops(labels, reader.net.crop, progress=progress)
    return numbers, name_lost_rows(labels, numbers.doubtful, numbers.damaged)


def _read(reader: Reader, numbers: NumberSet, at_once: int = 1024) -> list[Answer]:
    read: list[Answer] = []
    with Progress("reading") as progress:
        for crops in numbers.pictures.split(at_once):
            read += reader.read_crops(crops)
            progress(len(read), len(numbers))
    return read


@contextmanager
def _written(predictions: Path | None, source: Path | None) -> Iterator[Path | None]:
    """Yield a file for predictions, refused before anything is read; None if none is wanted."""
    if predictions is None:
        yield None
        return
    there = source is not None and source.exists() and predictions.exists()
    if source is not None and there and predictions.samefile(source):
        raise ValueError(f"{predictions} is what is evaluated: name another file to write")
    predictions.parent.mkdir(parents=True, exist_ok=True)
    with written(predictions, replaces=",".join(_COLUMNS).encode()) as scratch:
        yield scratch


def _write_predictions(path: Path, numbers: NumberSet, read: list[Answer]) -> None:
    from pandas import DataFrame

    columns = (
        numbers.table["file"],
        numbers.numbers,
        [answer.number or "" for answer in read],
        [round(answer.probability, 6) for answer in read],
    )
    DataFrame(dict(zip(_COLUMNS, columns, strict=True))).to_csv(path, index=False)


def _figures(result: Score, coverage_at_95: float, model: str) -> dict[str, Any]:
    """Return what is shown, JSON-able: shares 0 to 1, None for what there is nothing to tell of."""
    from svhn_lib.metrics import wilson_interval

    low, high = wilson_interval(round(result.sequence_accuracy * result.n), result.n)
    character = result.character_accuracy
    return {
        "n": result.n,
        "sequence_accuracy": result.sequence_accuracy,
        "sequence_accuracy_interval": [low, high],
        "character_accuracy": None if math.isnan(character) else character,
        "length_accuracy": result.length_accuracy,
        "coverage_at_95": coverage_at_95,
        "coverage_at_98": result.coverage_at_98,
        "calibration_error": result.calibration_error,
        "by_length": {
            str(length): {"n": count, "sequence_accuracy": accuracy}
            for length, (count, accuracy) in result.by_length.items()
        },
        "model": model,
    }


def _as_table(figures: dict[str, Any], source: Path | None) -> str:
    low, high = map(_percent, figures["sequence_accuracy_interval"])
    lines = [
        f"{figures['model']} on {source}: {figures['n']} numbers{_cut_as(figures.get('crop'))}",
        "",
        f"whole number       {_percent(figures['sequence_accuracy'])}   95 % interval {low} to "
        f"{high}",
        f"characters         {_percent(figures['character_accuracy'])}",
        f"length             {_percent(figures['length_accuracy'])}",
        f"coverage at 95 %   {_percent(figures['coverage_at_95'])}",
        f"coverage at 98 %   {_percent(figures['coverage_at_98'])}",
        f"calibration error  {_percent(figures['calibration_error'])}",
        "",
        "digits  numbers  whole number",
    ]
    for length, group in figures["by_length"].items():
        share = _percent(group["sequence_accuracy"])
        lines.append(f"{length:>6}  {group['n']:>7}  {share:>12}")
    return "\n".join(lines)


def _cut_as(crop: dict[str, Any] | None) -> str:
    return "" if crop is None else f", {crop['shape']} with {100 * crop['margin']:.0f} % margin"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
