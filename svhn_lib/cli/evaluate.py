"""`svhn evaluate`: a reader measured on labelled numbers, as a table or as one JSON object."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from svhn_lib.cli.boxes import box_figures, box_lines
from svhn_lib.cli.console import (
    Progress,
    as_json_text,
    examples,
    name_lost_rows,
    one_line_errors,
    print_line,
)
from svhn_lib.cli.options import Model, Views
from svhn_lib.cli.whole import COLUMNS, evaluate_photos, percent, written_beside

if TYPE_CHECKING:
    from torch import Tensor

    from svhn_lib.data.cutting.crops import CropSettings
    from svhn_lib.data.sets.store import NumberSet
    from svhn_lib.metrics import Score
    from svhn_lib.reading.reader import Reader
    from svhn_lib.reading.record import Answer
    from svhn_lib.runtime.choice import Backend

EXAMPLES = examples(
    "svhn evaluate test.h5",
    "svhn evaluate test.h5 --model runs/first/best.safetensors --json",
    "svhn evaluate --labels mine/labels.csv --predictions answers.csv",
    "svhn evaluate --labels mine/labels.csv --views 3",
    "svhn evaluate --labels photos/labels.csv --whole --predictions answers.csv",
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
            "with digitStruct.mat. Numbers are cut out as the model wants them; pictures with an "
            "empty box are cut already, with 30 % margin.",
        ),
    ] = None,
    whole: Annotated[
        bool,
        typer.Option("--whole", help="Numbers of --labels are looked for in their whole photos."),
    ] = False,
    model: Model = "compact",
    views: Views = 1,
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

    The crops of a store are read as they are. Several views are cut out of them, which takes
    squares with as much margin as the widest view; of --labels, out of the picture. There, boxes
    that are far higher than wide are also read as digits one under another.

    With --whole, numbers are found and read: boxes only tell where they are, and may be empty.
    Several rows of a file are several numbers, of which as many answers are looked at, the most
    probable ones; a row without a number is a photo that shows none. 'Found' is a box that meets
    the labelled one with an IoU above 0.5, a false alarm a number in a photo without any.
    """
    if (store is None) == (labels is None):
        raise typer.BadParameter("give either STORE.h5 or --labels LABELS.csv")
    if whole and labels is None:
        raise typer.BadParameter("--whole needs photos: give --labels LABELS.csv")
    from svhn_lib import settings
    from svhn_lib.metrics import coverage_at, score
    from svhn_lib.reading.reader import Reader

    reader = Reader(model, settings.read().reading_device, views, backend=_backend(model))
    if whole and labels is not None:
        with written_beside(predictions, labels, COLUMNS) as scratch:
            lost = evaluate_photos(labels, reader, model, scratch, as_json)
        raise typer.Exit(1 if lost else 0)
    with written_beside(predictions, store or labels, COLUMNS) as scratch:
        framed, lost = _load(store, labels, reader)
        numbers = framed[0]
        read = _read(reader, framed)
        if labels is not None:
            _read_tall_again(reader, numbers, read)
        if scratch is not None:
            _write_predictions(scratch, numbers, read)
    answers, confidences = [p.number for p in read], [p.probability for p in read]
    result = score(numbers.numbers, answers, confidences)
    right = [a == (b or "") for a, b in zip(numbers.numbers, answers, strict=True)]
    figures = _figures(result, coverage_at(right, confidences, 0.95), model)
    figures["views"] = views
    has_boxes = reader.net.config.box is not None and _backend(model) == "torch"
    if store is not None and has_boxes:
        figures["boxes"] = box_figures(reader, numbers, right)
    if labels is not None:
        figures["crop"] = _crop(reader.net.crop)
    if views > 1:
        figures["crops"] = [_crop(way) for way in reader.framings]
    print_line(as_json_text(figures) if as_json else _as_table(figures, store or labels))
    if lost:
        raise typer.Exit(1)


def _backend(model: str) -> Backend:
    """Return what reads: ONNX files are measured as they are, weights as they were trained."""
    return "onnx" if model.endswith(".onnx") else "torch"


def _load(store: Path | None, labels: Path | None, reader: Reader) -> tuple[list[NumberSet], int]:
    """Return the numbers, once for each framing, and how many rows were lost, which are named.

    A store is one set, whatever the framings.
    """
    if store is not None:
        from svhn_lib.data.sets.store import read_store
        from svhn_lib.reading.framings import check_room

        numbers = read_store(store)
        if len(numbers) == 0:
            raise ValueError(f"{store}: the store is empty; prepare it again")
        if len(reader.framings) > 1:
            check_room(numbers, reader.framings, str(store))
        return [numbers], 0
    assert labels is not None
    from svhn_lib.data.prepare import load_crops

    framed = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # each picture is named below
        for way in reader.framings:
            with Progress("cutting") as progress:
                framed.append(load_crops(labels, way, progress=progress))
    return framed, name_lost_rows(labels, framed[0].doubtful, framed[0].damaged)


def _read(reader: Reader, framed: list[NumberSet], at_once: int = 1024) -> list[Answer]:
    read: list[Answer] = []
    with Progress("reading") as progress:
        for start in range(0, len(framed[0]), at_once):
            some = range(start, min(start + at_once, len(framed[0])))
            read += reader.read_crops(_views(reader, [each.subset(list(some)) for each in framed]))
            progress(len(read), len(framed[0]))
    return read


def _read_tall_again(reader: Reader, numbers: NumberSet, read: list[Answer]) -> None:
    """Put in the answers to boxes that are far higher than wide, which may be columns."""
    from svhn_lib.detection.rectify import corners_of
    from svhn_lib.reading.stacks import is_tall

    source = Path(numbers.source)
    folder = source if source.is_dir() else source.parent
    boxes = numbers.table[["left", "top", "right", "bottom"]].to_numpy()
    for row, (file, box) in enumerate(zip(numbers.table["file"], boxes, strict=True)):
        if is_tall(corners_of(box)):  # not where there is no box
            read[row] = reader.read_boxed(folder / file, box, read[row])


def _views(reader: Reader, framed: list[NumberSet]) -> Tensor:
    """Return crops (N, C, H, W) to be read as they are, or views (N, V, C, H, W) of each number."""
    from svhn_lib.reading.framings import cut_again, side_by_side

    if len(reader.framings) == 1:
        return framed[0].pictures
    if len(framed) == 1:
        return cut_again(framed[0], reader.framings)
    return side_by_side([each.pictures for each in framed])


def _write_predictions(path: Path, numbers: NumberSet, read: list[Answer]) -> None:
    from pandas import DataFrame

    columns = (
        numbers.table["file"],
        numbers.numbers,
        [answer.number or "" for answer in read],
        [round(answer.probability, 6) for answer in read],
    )
    DataFrame(dict(zip(COLUMNS, columns, strict=True))).to_csv(path, index=False)


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


def _crop(settings: CropSettings) -> dict[str, Any]:
    return {"shape": settings.shape, "margin": settings.margin}


def _as_table(figures: dict[str, Any], source: Path | None) -> str:
    low, high = map(percent, figures["sequence_accuracy_interval"])
    lines = [
        f"{figures['model']} on {source}: {figures['n']} numbers{_cut_as(figures)}",
        "",
        f"whole number       {percent(figures['sequence_accuracy'])}   95 % interval {low} to "
        f"{high}",
        f"characters         {percent(figures['character_accuracy'])}",
        f"length             {percent(figures['length_accuracy'])}",
        f"coverage at 95 %   {percent(figures['coverage_at_95'])}",
        f"coverage at 98 %   {percent(figures['coverage_at_98'])}",
        f"calibration error  {percent(figures['calibration_error'])}",
        *box_lines(figures.get("boxes", {})),
        "",
        "digits  numbers  whole number",
    ]
    for length, group in figures["by_length"].items():
        share = percent(group["sequence_accuracy"])
        lines.append(f"{length:>6}  {group['n']:>7}  {share:>12}")
    return "\n".join(lines)


def _cut_as(figures: dict[str, Any]) -> str:
    """Return the crop of one view, or those of several; nothing for a store read as it is."""
    crops = figures.get("crops") or [figures[name] for name in ("crop",) if name in figures]
    if not crops:
        return ""
    ways = ", ".join(f"{crop['shape']} with {100 * crop['margin']:g} %" for crop in crops)
    return f", {len(crops)} views: {ways} margin" if len(crops) > 1 else f", {ways} margin"
