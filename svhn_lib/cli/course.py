"""`svhn course`: every notebook of the course to web pages; notebooks checked and executed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from svhn_lib.cli.console import examples, explain, message, one_line_errors

app = typer.Typer(
    epilog=examples(
        "svhn course",
        "svhn course --profile full --out pages",
        "svhn course check notebooks/*.ipynb",
        "svhn course execute --profile full notebooks/05_gpu_training.ipynb",
    )
)


class Profile(StrEnum):
    """How long the notebooks may take."""

    quick = "quick"
    full = "full"


ChosenProfile = Annotated[
    Profile | None,
    typer.Option(
        help="'quick' takes minutes, 'full' works on the larger sets.  [default: SVHN_PROFILE, "
        "else quick]"
    ),
]
Notebooks = Annotated[
    list[Path], typer.Argument(metavar="NOTEBOOK...", help="Files (.ipynb).", show_default=False)
]


@app.callback(invoke_without_command=True)
@one_line_errors()
def course(
    context: typer.Context,
    profile: ChosenProfile = None,
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("build/course"),
    notebooks: Annotated[
        Path | None,
        typer.Option(help="Folder of the notebooks.  [default: that of the course]"),
    ] = None,
) -> None:
    """Run all notebooks, or single ones.

    Without a command every notebook becomes a web page, with an index and a table of times. A
    notebook that fails gets its page too, and the others still run.
    """
    if context.invoked_subcommand:
        _refuse_options(context)
        return
    with _installed():
        from svhn_lib.course import find_notebooks, run_course
    results = run_course(notebooks or find_notebooks(), out, _name(profile), message)
    typer.echo(out / "index.html")
    if not all(result.ok for result in results):
        raise typer.Exit(1)


@app.command(epilog=examples("svhn course check notebooks/*.ipynb"))
@one_line_errors()
def check(notebooks: Notebooks) -> None:
    """Name what should not be committed in notebooks.

    Each problem is one line on standard output. Nothing is run.
    """
    with _installed():
        from svhn_lib.course import check_notebook
    passed = True
    for path in notebooks:
        try:
            problems = check_notebook(path)
        except (OSError, ValueError) as error:
            message(explain(error))
            passed = False
            continue
        for problem in problems:
            typer.echo(f"{path}: {problem}")
        passed &= not problems
    if not passed:
        raise typer.Exit(1)


@app.command(epilog=examples("svhn course execute --profile full notebooks/05_gpu_training.ipynb"))
@one_line_errors()
def execute(notebooks: Notebooks, profile: ChosenProfile = None) -> None:
    """Run notebooks and store their outputs in place.

    A notebook that fails stays as it was, and the others still run.
    """
    with _installed():
        from svhn_lib.course import NotebookError, execute_file
    chosen, passed = _name(profile), True
    for path in notebooks:
        try:
            execute_file(path, chosen)
        except (NotebookError, OSError, ValueError) as error:
            message(explain(error))
            passed = False
    if not passed:
        raise typer.Exit(1)


@contextmanager
def _installed() -> Iterator[None]:
    """Say what to install where the course's own packages are missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ValueError(
            f"the course needs {error.name}, which is not installed: pip install 'svhn_lib[course]'"
        ) from error


def _name(profile: Profile | None) -> str:
    """The profile that is asked for, by the option or by the environment."""
    from svhn_lib import settings

    return str(profile or settings.read().profile)


def _refuse_options(context: typer.Context) -> None:
    """Options before `check` or `execute` would be ignored without a word."""
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(
                f"give it after '{context.invoked_subcommand}', if that takes it",
                param_hint=f"--{name}",
            )
