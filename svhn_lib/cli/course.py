"""`svhn course`: every notebook of the course, in batch, to web pages."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from svhn_lib.cli.console import examples, message, one_line_errors

EXAMPLES = examples("svhn course", "svhn course --profile full --out pages")


class Profile(StrEnum):
    """How long the notebooks may take."""

    quick = "quick"
    full = "full"


@one_line_errors()
def course(
    profile: Annotated[
        Profile | None,
        typer.Option(help="Minutes, or the full measure.  [default: SVHN_PROFILE, else quick]"),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("build/course"),
    notebooks: Annotated[
        Path | None,
        typer.Option(help="Folder of the notebooks.  [default: that of the course]"),
    ] = None,
) -> None:
    """Run every notebook, into web pages.

    The pages come with an index and a table of times. A notebook that fails gets its page too, and
    the others still run.
    """
    from svhn_lib import settings

    try:
        from svhn_lib.course import find_notebooks, run_course
    except ModuleNotFoundError as error:
        raise ValueError(
            f"the course needs {error.name}, which is not installed: pip install 'svhn_lib[course]'"
        ) from error
    chosen = profile or settings.read().profile
    results = run_course(notebooks or find_notebooks(), out, str(chosen), message)
    typer.echo(out / "index.html")
    if not all(result.ok for result in results):
        raise typer.Exit(1)
