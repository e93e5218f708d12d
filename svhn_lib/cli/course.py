"""`svhn course`: every notebook of the course to web pages; notebooks checked and executed."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from svhn_lib.cli.console import Place, examples, explain, message, one_line_errors, print_line


class _Chapters(TyperGroup):
    """A group whose callback also takes chapters: words that are no command of it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Set the chapters aside, wherever they stand among the options."""
        words, chapters, rest = iter(args), [], []
        takes_value = {name for one in self.params for name in one.opts if name.startswith("--")}
        for word in words:
            if word in self.commands:
                rest += [word, *words]
            elif word in takes_value - {"--help"}:
                rest += [word, *itertools.islice(words, 1)]
            elif re.fullmatch(r"\d+", word):
                chapters.append(word)
            else:
                rest.append(word)
        ctx.meta[CHAPTERS] = chapters
        return super().parse_args(ctx, rest)


CHAPTERS = "svhn_lib.course.chapters"
app = typer.Typer(
    cls=_Chapters,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    subcommand_metavar="[CHAPTER]... | COMMAND [ARGS]...",
    epilog=examples(
        "svhn course",
        "svhn course 08",
        "svhn course --profile full --out pages --jobs 1",
        "svhn course check notebooks/*.ipynb",
        "svhn course execute --profile full notebooks/05_gpu_training.ipynb",
    ),
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


NotebooksFolder = Annotated[
    Path | None,
    typer.Option(help="Folder of the notebooks.  [default: that of the course]"),
]


@app.callback(invoke_without_command=True)
@one_line_errors()
def course(
    context: typer.Context,
    profile: ChosenProfile = None,
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("build/course"),
    notebooks: NotebooksFolder = None,
    jobs: Annotated[int, typer.Option(min=1, help="Chapters that run at a time.")] = 2,
) -> None:
    """Run all notebooks, or single ones.

    Without a command every notebook becomes a web page, with an index and a table of times; with
    numbers of chapters only these. A notebook that fails gets its page too, and the others still
    run. The index is written anew after every chapter. Chapters that tell how fast something is
    share the machine with another one, unless --jobs 1 is given.
    """
    chapters = context.meta[CHAPTERS]
    if context.invoked_subcommand:
        _refuse_options(context)
        return
    with _installed():
        from svhn_lib.course import choose, find_notebooks, list_notebooks, run_course
    folder = notebooks or find_notebooks()
    try:
        choose(list_notebooks(folder), chapters)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    with Place("cell") as place:
        results = run_course(folder, out, _name(profile), place.message, chapters, place, jobs)
    pages = [result.page for result in results] if chapters else [out / "index.html"]
    for page in pages:
        print_line(str(page))
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
            print_line(f"{path}: {problem}")
        passed &= not problems
    if not passed:
        raise typer.Exit(1)


@app.command(epilog=examples("svhn course index"))
@one_line_errors()
def index(
    out: Annotated[Path, typer.Argument(help="Folder of the pages.")] = Path("build/course"),
    notebooks: NotebooksFolder = None,
) -> None:
    """Write the index of the pages anew and run nothing.

    It links to OUT/reader/index.html, the page of svhn page, where that is.
    """
    with _installed():
        from svhn_lib.course import find_notebooks, write_index
    write_index(notebooks or find_notebooks(), out)
    print_line(str(out / "index.html"))


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

    if profile:
        return str(profile)
    try:
        return str(settings.read().profile)
    except ValueError as error:  # of a variable: as wrong as an option
        raise typer.BadParameter(str(error)) from None


def _refuse_options(context: typer.Context) -> None:
    """Options and chapters before `check` or `execute` would be ignored without a word."""
    if context.meta[CHAPTERS]:
        raise typer.BadParameter(f"'{context.invoked_subcommand}' takes notebooks, not chapters")
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(
                f"give it after '{context.invoked_subcommand}', if that takes it",
                param_hint=f"--{name}",
            )
