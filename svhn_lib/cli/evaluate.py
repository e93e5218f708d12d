"""`svhn evaluate`: a reader measured on labelled numbers, as a table or as one JSON object."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svhn_lib.cli.console import Progress, examples, name_lost_rows, one_line_errors

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
            "with digitStruct.mat. Numbers are cut out as squares with 30 % margin; pictures with "
            "an empty box are cut already.",
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="NAME_OR_FILE", help="Shipped weights, or a .safetensors file.")
    ] = "compact",
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="OUT.csv", help="Write file,number,predicted,confidence."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Measure a model on labelled numbers.

    'Whole number' counts a number only when its length and all its digits are right. Coverage is
    the share of numbers that can be kept, the least sure left out, so that 98 % of them are right.
    Calibration error is how far confidences are from the share that is right, in the mean.
    """
    if (store is None) == (labels is None):
        raise typer.BadParameter("give either STORE.h5 or --labels LABELS.csv")
    from svhn_lib import settings
    from svhn_lib.metrics import coverage_at, score
    from svhn_lib.reading.reader import Reader

    reader = Reader(model, settings.read().device)
    numbers, lost = _load(store, labels, reader)
    read = _read(reader, numbers)
    if predictions is not None:
        _write_predictions(predictions, numbers, read)
    answers, confidences = [p.number for p in read], [p.probability for p in read]
    result = score(numbers.numbers, answers, confidences)
    if as_json:
        typer.echo(_as_json(result, model))
    else:
        right = [a == b for a, b in zip(numbers.numbers, answers, strict=True)]
        kept = coverage_at(right, confidences, 0.95)
        typer.echo(_as_table(result, kept, model, store or labels))
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
    from svhn_lib.data.cutting.crops import CropSettings
    from svhn_lib.data.prepare import load_crops

    with Progress("cutting") as progress:
        numbers = load_crops(labels, CropSettings(reader.net.config.size), progress=progress)
    return numbers, name_lost_rows(labels, numbers.doubtful, numbers.damaged)


def _read(reader: Reader, numbers: NumberSet, at_once: int = 1024) -> list[Answer]:
    read: list[Answer] = []
    with Progress("reading") as progress:
        for crops in numbers.pictures.split(at_once):
            read += reader.read_crops(crops)
            progress(len(read), len(numbers))
    return read


def _write_predictions(path: Path, numbers: NumberSet, read: list[Answer]) -> None:
    from pandas import DataFrame

    table = DataFrame(
        {
            "file": numbers.table["file"],
            "number": numbers.numbers,
            "predicted": [p.number for p in read],
            "confidence": [round(p.probability, 6) for p in read],
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    table.to_csv(beside, index=False)
    os.replace(beside, path)


def _as_json(result: Score, model: str) -> str:
    character = result.character_accuracy
    return json.dumps(
        {
            "n": result.n,
            "sequence_accuracy": result.sequence_accuracy,
            "character_accuracy": None if math.isnan(character) else character,
            "length_accuracy": result.length_accuracy,
            "coverage_at_98": result.coverage_at_98,
            "by_length": {
                str(length): {"n": count, "sequence_accuracy": accuracy}
                for length, (count, accuracy) in result.by_length.items()
            },
            "model": model,
        }
    )


def _as_table(result: Score, coverage_at_95: float, model: str, source: Path | None) -> str:
    from svhn_lib.metrics import wilson_interval

    low, high = wilson_interval(round(result.sequence_accuracy * result.n), result.n)
    whole = _percent(result.sequence_accuracy)
    lines = [
        f"{model} on {source}: {result.n} numbers",
        "",
        f"whole number       {whole}   95 % interval {_percent(low)} to {_percent(high)}",
        f"characters         {_percent(result.character_accuracy)}",
        f"length             {_percent(result.length_accuracy)}",
        f"coverage at 95 %   {_percent(coverage_at_95)}",
        f"coverage at 98 %   {_percent(result.coverage_at_98 or 0.0)}",
        f"calibration error  {_percent(result.calibration_error or 0.0)}",
        "",
        "digits  numbers  whole number",
    ]
    for length, (count, accuracy) in result.by_length.items():
        lines.append(f"{length:>6}  {count:>7}  {_percent(accuracy):>12}")
    return "\n".join(lines)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
