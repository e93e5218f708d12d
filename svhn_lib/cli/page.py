"""`svhn page`: a folder that reads photos in the browser, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from svhn_lib.cli.console import Progress, examples, one_line_errors, print_line

EXAMPLES = examples(
    "svhn page reader",
    "svhn page reader --registry https://npm.example.org/",
)


@one_line_errors()
def page(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the page, a new one.")],
    registry: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="npm registry that has onnxruntime-web.  [default: that of npm's own settings]",
        ),
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(
            help="Folder for data, where its package is kept.  "
            "[default: SVHN_DATA, else data of the checkout]"
        ),
    ] = None,
) -> None:
    """Write a web page that finds and reads numbers in the browser alone.

    Open OUT/index.html, or put the folder on any web server: photos are dropped, chosen or taken by
    the camera, and never leave the computer. onnxruntime-web (33 MB) is downloaded once, from the
    npm registry, and verified.
    """
    from svhn_lib import settings
    from svhn_lib.page import find_registry, write_page

    with Progress("onnxruntime-web", "B") as progress:
        root = root or settings.read().data_root
        write_page(out, root, registry or find_registry(), progress)
    print_line(str(out / "index.html"))
