"""Options that several commands have, each written once."""

from typing import Annotated

import typer

BundledFonts = Annotated[
    bool,
    typer.Option(
        "--bundled-fonts", help="Only matplotlib's fonts: the same pictures on every machine."
    ),
]
Model = Annotated[
    str, typer.Option(metavar="NAME_OR_FILE", help="Name of shipped weights, or a file.")
]
Views = Annotated[
    int, typer.Option(min=1, max=5, help="Framings of each number, read and averaged.")
]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Number of processes.  [default: one for each core]")
]
