"""`svhn data scenes`: photos with house numbers anywhere in them, and labels.csv."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from svhn_lib.cli.console import Progress, examples, one_line_errors, print_line
from svhn_lib.cli.options import BundledFonts, Workers

EXAMPLES = examples(
    "svhn data scenes scenes --train 2000 --test 500",
    "svhn data scenes negatives --train 0 --test 300 --kinds none",
)


def _shares(names: str) -> tuple[float, ...]:
    from svhn_lib.data.scenes import KINDS, SceneSettings

    if names == "all":
        return SceneSettings().shares
    chosen = [name.strip() for name in names.split(",")]
    if unknown := [name for name in chosen if name not in KINDS]:
        raise typer.BadParameter(f"no kind {unknown[0]!r}: there are {', '.join(KINDS)} and all")
    usual = dict(zip(KINDS, SceneSettings().shares, strict=True))
    return tuple(usual[name] if name in chosen else 0.0 for name in KINDS)


@one_line_errors()
def scenes(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for train and test.")],
    train: Annotated[int, typer.Option(min=0, help="Photos in OUT/train, 0 for none.")] = 2000,
    test: Annotated[int, typer.Option(min=0, help="Photos in OUT/test, 0 for none.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same photos.")] = 0,
    kinds: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="Separated by commas: close (pictures as SVHN has them), photo (house fronts), "
            "none (without a number); or all.",
        ),
    ] = "all",
    longest: Annotated[
        int, typer.Option(min=160, max=2048, help="Pixels of the longer side of a photo, at most.")
    ] = 640,
    stacked: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Share of the numbers of two or more digits that are written downwards, in close "
            "pictures with the looks of today's streets (two thirds of the close ones).",
        ),
    ] = 0.06,
    bundled_fonts: BundledFonts = False,
    workers: Workers = None,
) -> None:
    """Render photos with house numbers in them, or without any.

    In each folder labels.csv has a row for each number with its box and corners, and a row with
    empty fields for each photo without a number.
    """
    from svhn_lib.data.scenes import SceneSettings, render_photos
    from svhn_lib.data.splits import split_seed

    wanted = {"train": train, "test": test}
    if not any(wanted.values()):
        raise typer.BadParameter("nothing to render: give --train or --test a number")
    settings = SceneSettings(
        _shares(kinds), stacked=stacked, longest=longest, bundled_fonts=bundled_fonts
    )
    for split, count in wanted.items():  # before the first minute of rendering, not after the last
        if count and (out / split).exists() and any((out / split).iterdir()):
            raise FileExistsError(f"{out / split} is not empty: name a new folder, or delete it")
    for split, count in wanted.items():
        if not count:
            continue
        with Progress(f"rendering {split}") as progress:
            own_seed = split_seed(seed, "train" if split == "train" else "test")
            render_photos(out / split, count, own_seed, settings, workers, progress)
        print_line(f"{out / split}: {count} photos")
