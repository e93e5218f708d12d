"""`svhn data prepare`: numbers cut out of their pictures, into a store."""

from __future__ import annotations

import re
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svhn_lib.cli.console import Progress, examples, name_lost_rows, one_line_errors, print_line
from svhn_lib.cli.options import Workers

if TYPE_CHECKING:
    from svhn_lib.data.cutting.crops import CropSettings
    from svhn_lib.data.prepare import PrepareReport

EXAMPLES = examples(
    "svhn data prepare streets/train train.h5",
    "svhn data prepare mine/labels.csv mine.h5 --crop clipped",
    "svhn data prepare data/svhn/train whole.h5 --crop whole --size 128x256",
)


class Crop(StrEnum):
    """Which part of its picture a crop shows."""

    square = "square"
    clipped = "clipped"
    whole = "whole"


class Fill(StrEnum):
    """What lies outside the picture."""

    black = "black"
    edge = "edge"


@one_line_errors()
def prepare(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SPLIT_FOLDER|LABELS.csv",
            help="A folder with digitStruct.mat, or a table file,number[,left,top,right,bottom].",
        ),
    ],
    out: Annotated[
        Path, typer.Argument(metavar="OUT.h5", help="The store to write; an older one is replaced.")
    ],
    size: Annotated[
        str, typer.Option(help="Size of a crop in pixels: SIDE or HEIGHTxWIDTH.")
    ] = "64",
    crop: Annotated[
        Crop,
        typer.Option(
            help="What a crop shows: a square around the number, its box clipped at the picture's "
            "edges, or the whole picture."
        ),
    ] = Crop.square,
    grey: Annotated[
        bool, typer.Option("--grey", "--gray", help="Store grey crops, of one channel.")
    ] = False,
    margin: Annotated[
        float,
        typer.Option(min=0, max=10, help="Added to the number's box, as a share of its size."),
    ] = 0.30,
    fill: Annotated[Fill, typer.Option(help="What lies outside the picture.")] = Fill.black,
    workers: Workers = None,
) -> None:
    """Cut numbers out of pictures, into a store.

    The store is what 'svhn train' and 'svhn evaluate' read. An empty box in LABELS.csv means that
    the picture is cut already. Damaged pictures and bad rows are named and left out; one tenth of
    the numbers is marked for validation.
    """
    chosen = _crop_settings(size, crop, margin, fill, grey)
    from svhn_lib.data.prepare import prepare as cut_numbers

    with Progress("preparing") as progress:
        report = cut_numbers(source, out, chosen, workers=workers, progress=progress)
    _show_report(report)
    if name_lost_rows(source, report.doubtful, report.damaged):
        raise typer.Exit(1)


def _crop_settings(size: str, crop: Crop, margin: float, fill: Fill, grey: bool) -> CropSettings:
    if not re.fullmatch(r"[1-9]\d{0,3}(x[1-9]\d{0,3})?", size):
        raise typer.BadParameter(f"--size {size}: give a side, 64, or height and width, 128x256")
    from svhn_lib.data.cutting.crops import CropSettings

    height, _, width = size.partition("x")
    return CropSettings((int(height), int(width or height)), crop.value, margin, fill.value, grey)


def _show_report(report: PrepareReport) -> None:
    speed = (report.numbers + len(report.damaged)) / max(report.seconds, 1e-9)
    print_line(
        f"{report.path}: {report.numbers} numbers, {report.validation} of them for validation; "
        f"{report.seconds:.1f} s, {speed:.0f} pictures/s"
    )
    kinds = Counter(zip(report.doubtful["problem"], report.doubtful["action"], strict=True))
    for (problem, action), count in kinds.items():
        print_line(f"doubtful: {count} x {problem} ({action})")
    if len(report.damaged):
        first = report.damaged["file"].iloc[0]
        print_line(f"damaged pictures left out: {len(report.damaged)}, the first {first}")
