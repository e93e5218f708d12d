"""What all commands share: lines on standard error, progress, errors in one line, examples.

Results go to standard output, by `typer.echo` in each command.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Never, Self, TextIO

import typer

from svhn_lib._lazy import what_to_install

if TYPE_CHECKING:
    from pandas import DataFrame
    from tqdm import tqdm

DELAY = 2.0  # seconds before a bar appears
NO_MEMORY = "not enough memory"
_CONTROLS = (*range(32), *range(127, 160))
_ESCAPED = {code: chr(code).encode("unicode_escape").decode() for code in _CONTROLS}
INTERVAL = 10.0  # seconds between lines where standard error is no terminal


def examples(*lines: str) -> str:
    r"""Return the end of a command's help; the mark \b keeps its lines apart."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def message(text: str) -> None:
    """Write a line to standard error, if there is one."""
    typer.echo(_printable(text, sys.stderr), err=True)


def print_line(text: str) -> None:
    """Write a line to standard output; what its encoding lacks, in a file's name, is escaped."""
    typer.echo(_printable(text, sys.stdout))


def on_one_line(text: object) -> str:
    """Return a text that names files, with the line ends and other control characters escaped."""
    return str(text).translate(_ESCAPED)


def as_json_text(value: object) -> str:
    """Return a value as one line of JSON, escaped where standard output could not show it."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    plain = text == _printable(text, sys.stdout)
    return text if plain else json.dumps(value, allow_nan=False)


def _printable(text: str, stream: TextIO | None) -> str:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """End the command with status 1 and the error's own text in place of a traceback.

    Meant for what bad input raises, OSError and ValueError, and for a lack of memory.
    """
    try:
        yield
    except BrokenPipeError:  # the reader of our output has gone: typer ends quietly
        raise
    except (OSError, ValueError) as error:
        message(explain(error))
        raise typer.Exit(1) from None
    except ModuleNotFoundError as error:
        hint = what_to_install(error)
        if not hint:
            raise
        message(hint)
        raise typer.Exit(1) from None
    except MemoryError as error:
        message(f"{NO_MEMORY}: {error}" if str(error) else NO_MEMORY)
        raise typer.Exit(1) from None
    except RuntimeError as error:
        asked = memory_asked_for(error)
        if not asked:
            raise
        message(f"{NO_MEMORY}: {asked} more were asked for")
        raise typer.Exit(1) from None


def memory_asked_for(error: RuntimeError) -> str:
    """Return how much memory PyTorch lacked, on the CPU or on a GPU; '' for another error."""
    found = re.search(r"memory\W.*tried to allocate ([\d.]+ \w+)", str(error), re.I | re.S)
    return found[1] if found else ""


def explain(error: Exception) -> str:
    """Return an error's text; the system's own errors start with their file, as ours do."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def name_lost_rows(source: Path, doubtful: DataFrame, damaged: DataFrame) -> int:
    """Name damaged pictures and a CSV's bad rows on standard error; return how many they are.

    What the clean-up rules drop of a digitStruct.mat is no failure: SVHN's own has such records.
    """
    rows = damaged.to_dict("records")
    if "line" in doubtful:
        rows += doubtful[doubtful["action"] == "dropped"].to_dict("records")
        rows.sort(key=lambda row: row["line"])
    for row in rows:
        place = f"{source}, line {row['line']}: " if "line" in row else f"{source}/"
        message(on_one_line(f"{place}{row['file']}: {row['problem']}"))
    return len(rows)


class Progress:
    """How far a long step is: a bar on a terminal, elsewhere a line every `INTERVAL` seconds.

    Called with (done, total). A step that ends within `DELAY` seconds shows nothing.
    """

    def __init__(self, label: str, unit: str = "pictures") -> None:
        """Name the step and what it counts; 'B' counts bytes."""
        self._label, self._unit = label, unit
        self._bar: tqdm[Never] | None = None
        self._began = self._last = time.monotonic()
        self._first: int | None = None  # a resumed step does not begin with nothing

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` are done."""
        if self._first is None:
            self._first = done
        if sys.stderr is not None and sys.stderr.isatty():
            self._move_bar(done, total)
        elif (now := time.monotonic()) - self._last >= INTERVAL:
            self._last = now
            message(self._line(done, total, (done - self._first) / (now - self._began)))

    def message(self, text: str) -> None:
        """Write a line to standard error without cutting through the bar."""
        if self._bar is None or not self._is_seen(self._bar):
            message(text)
        else:
            self._bar.write(_printable(text, sys.stderr), file=sys.stderr)

    def result(self, text: str) -> None:
        """Write a line to standard output, which on a terminal does not cut through the bar."""
        on_terminal = sys.stdout is not None and sys.stdout.isatty()
        if self._bar is None or not self._is_seen(self._bar) or not on_terminal:
            print_line(text)
        else:
            self._bar.write(_printable(text, sys.stdout), file=sys.stdout)

    @staticmethod
    def _is_seen(bar: tqdm[Never]) -> bool:
        return not bar.disable and bar.last_print_t >= bar.start_t + (bar.delay or 0)

    def _move_bar(self, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = self._new_bar(done, total)
        self._bar.update(done - self._bar.n)

    def _new_bar(self, done: int, total: int) -> tqdm[Never]:
        from tqdm import tqdm

        return tqdm(
            desc=self._label,
            total=total,
            initial=done,
            unit="B" if self._unit == "B" else f" {self._unit}",
            unit_scale=self._unit == "B",
            delay=DELAY,
            dynamic_ncols=True,
        )

    def _line(self, done: int, total: int, rate: float) -> str:
        scale, unit = (1e6, "MB") if self._unit == "B" else (1, self._unit)
        share = f" ({done / total:.0%})" if total else ""
        done_of = f"{done / scale:.0f} of {total / scale:.0f} {unit}"
        text = f"{self._label}: {done_of}{share}"
        if not rate:  # unknown while there is one report
            return text
        speed = rate / scale
        left = f", {_in_words((total - done) / rate)} left" if total else ""
        return f"{text}, {f'{speed:.1f}' if speed >= 1 else f'{speed:.2g}'}/s{left}"


def _in_words(seconds: float) -> str:
    """Return how long something takes, in two digits or so."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class Place:
    """Where a step is: on a terminal always in view, elsewhere a line every `INTERVAL` seconds.

    Called with what is worked on, the number of its part, and how many parts it has.
    """

    def __init__(self, part: str) -> None:
        """Name what the parts are."""
        self._part = part
        self._text, self._over = "", threading.Event()
        self._terminal = sys.stderr is not None and sys.stderr.isatty()

    def __enter__(self) -> Self:
        """Begin to say so."""
        if not self._terminal:
            threading.Thread(target=self._repeat, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Take the line away."""
        self._over.set()
        self._show("")

    def __call__(self, name: str, number: int, total: int) -> None:
        """Say that part `number` of `total` has begun."""
        self._show(f"{name}: {self._part} {number} of {total}")

    def message(self, text: str) -> None:
        """Write a line that stays."""
        self._show("")
        message(text)

    def _show(self, text: str) -> None:
        self._text = text
        if self._terminal:
            typer.echo(f"\r\033[K{text}", nl=False, err=True)

    def _repeat(self) -> None:
        while not self._over.wait(min(INTERVAL, threading.TIMEOUT_MAX)):
            if text := self._text:
                message(text)
