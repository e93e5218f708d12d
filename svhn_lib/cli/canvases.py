"""`svhn data canvases`: numbers of handwritten digits on canvases, as stores to train on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from svhn_lib.cli.console import Progress, examples, message, one_line_errors, print_line

EXAMPLES = examples(
    "svhn data canvases canvases",
    "svhn data canvases canvases --layout scattered --train 100000 --varied 4",
    "svhn train --model joint --data canvases/train.h5 --val canvases/validation.h5 --out RUN",
)


class LayoutName(StrEnum):
    """How numbers are laid on a canvas."""

    CENTRED = "centred"
    FILLED = "filled"
    STRIP = "strip"
    SCATTERED = "scattered"


class Digits(StrEnum):
    """Which handwritten digits are used."""

    MNIST = "mnist"
    EMBEDDED = "embedded"


@one_line_errors()
def canvases(
    out: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="Folder for train.h5, validation.h5 and test.h5."),
    ],
    layout: Annotated[
        LayoutName,
        typer.Option(
            help="In the middle of 64x64 pixels, filling them, side by side in a strip, or at a "
            "random place of 128x256."
        ),
    ] = LayoutName.SCATTERED,
    train: Annotated[int, typer.Option(min=1, help="Canvases in train.h5.")] = 20_000,
    validation: Annotated[int, typer.Option(min=1, help="Canvases in validation.h5.")] = 2_000,
    test: Annotated[int, typer.Option(min=1, help="Canvases in test.h5.")] = 2_000,
    varied: Annotated[
        int,
        typer.Option(
            min=0, max=20, help="Further views of each training digit, turned, slanted or larger."
        ),
    ] = 0,
    digits: Annotated[
        Digits,
        typer.Option(help="MNIST where its files are, else those that come with scikit-learn."),
    ] = Digits.MNIST,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same canvases.")] = 0,
) -> None:
    """Lay handwritten digits as numbers on canvases, in three stores.

    Every digit has its box. A twelfth of the training digits is kept apart for the canvases of
    validation.h5, and those of test.h5 show test digits. A canvas of 128x256 takes 33 kB of disk,
    and of memory when it is trained on: 100,000 of them take 3.3 GB.
    """
    import numpy as np
    import torch

    from svhn_lib import settings
    from svhn_lib.augment import vary_digits
    from svhn_lib.data.handwriting import draw_canvases, load_digits, write_canvases
    from svhn_lib.data.sets.store_writer import refuse_other_file
    from svhn_lib.files import refuse_unwritable

    refuse_unwritable(out)  # before digits are loaded and varied
    for name in ("train", "validation", "test"):
        refuse_other_file(out / f"{name}.h5")
    machine, rng = settings.read(), np.random.default_rng(seed)
    known = load_digits(digits.value, "train", machine)
    order = rng.permutation(len(known))
    apart = len(known) // 12
    hands = vary_digits(known.subset(order[apart:]), varied, torch.Generator().manual_seed(seed))
    parts = {
        "train": (hands, train),
        "validation": (known.subset(order[:apart]), validation),
        "test": (load_digits(digits.value, "test", machine), test),
    }
    message(f"digits: {known.source}")
    for name, (shown, count) in parts.items():
        path = out / f"{name}.h5"
        with Progress(f"writing {name}", "canvases") as progress:
            write_canvases(path, draw_canvases(layout.value, shown, count, rng), progress)
        print_line(f"{path}: {count} canvases")
