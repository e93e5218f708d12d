"""The `svhn` command, a thin layer over the library: arguments in, exit status and text out.

Each command is a function in a module of this package, which is loaded when the command is used
(`lazy`); the function loads the library when it runs.
"""

import os
import signal
import sys
from io import BufferedWriter, FileIO, TextIOWrapper
from types import FrameType
from typing import Annotated, Any

import typer

from svhn_lib import __version__
from svhn_lib.cli.console import examples, explain, message
from svhn_lib.cli.lazy import LazyGroup

app = typer.Typer(
    name="svhn",
    cls=LazyGroup,
    help="Read house numbers from street-view pictures: make data, train, evaluate, read.",
    epilog=examples(
        "svhn read door.jpg",
        "svhn data street streets --train 2000",
        "svhn data prepare streets/train train.h5",
        "svhn train --data train.h5 --out runs/first",
        "svhn evaluate test.h5 --model runs/first/best.safetensors",
    )
    + "\n\n\b\nExit status: 0 when all was done, 1 when some inputs failed, 2 for wrong usage.",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain text: examples keep their lines, and errors are one line
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"svhn {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line of this process and exit with its status."""
    _prepare_streams()
    _end_cleanly_when_told_to()
    try:
        os.getcwd()
    except OSError:  # PyTorch would not even load
        message("the current folder is not there any more: change to another one")
        sys.exit(1)
    try:
        app(prog_name="svhn")
    except OSError as error:  # where the help was to be shown
        message(explain(error))
        sys.exit(1)


def _prepare_streams() -> None:
    """Let what cron or a daemon has closed lead nowhere, and both outputs show any name.

    Otherwise the next file that is opened takes its number, and whatever a library in C writes to
    standard error ends up in that file.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    encoding = getattr(sys.stderr, "encoding", "utf-8")
    sys.stderr = TextIOWrapper(
        BufferedWriter(_Stderr(2, "w", closefd=False)),
        encoding,
        errors="backslashreplace",
        line_buffering=True,
    )
    if isinstance(sys.stdout, TextIOWrapper):  # a name that cannot be shown ends no command
        sys.stdout.reconfigure(errors="backslashreplace")


class _Stderr(FileIO):
    """Standard error whose loss ends no work: a log on a full disk, a terminal that was closed."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError:
            return len(data)


def _end_cleanly_when_told_to() -> None:
    """Let SIGTERM and SIGHUP end a command as Ctrl-C does, so that no half a file stays behind."""

    def stop(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # not under nohup
            signal.signal(number, stop)
