"""`svhn read`: the numbers in picture files and folders, as text or as JSON lines."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svhn_lib.cli.console import (
    Progress,
    as_json_text,
    examples,
    explain,
    message,
    one_line_errors,
    print_line,
)

if TYPE_CHECKING:
    from svhn_lib.reading.record import Answer

EXAMPLES = examples(
    "svhn read crop.png",
    "svhn read crops/ --json > numbers.jsonl",
    "svhn read door.jpg --model runs/first/best.safetensors",
    "svhn read crops/ --views 3",
)
_NAMED = 10  # files of a folder that are left out


@one_line_errors()
def read(
    pictures: Annotated[
        list[Path],
        typer.Argument(metavar="PICTURE_OR_FOLDER...", help="Files, or folders of pictures."),
    ],
    cropped: Annotated[
        bool, typer.Option("--cropped", help="The pictures are cut: do not warn of large ones.")
    ] = False,
    model: Annotated[
        str, typer.Option(metavar="NAME_OR_FILE", help="Name of shipped weights, or a file.")
    ] = "compact",
    views: Annotated[
        int, typer.Option(min=1, max=5, help="Framings of each number, read and averaged.")
    ] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per picture.")
    ] = False,
) -> None:
    """Read the numbers in pictures or folders.

    Each gets its number, the probability of it, and the next best answers. Today a picture must be
    cut to its number, with a margin of about 15 % on every side; it is read as it is, and a picture
    that looks like a whole photo gets a warning. A number has one to five digits: letters and
    longer numbers are not known, and are read as the digits that look most like them. Where no
    digits are found, there is 'no number'.

    PNG, JPEG, WebP, TIFF, BMP and GIF files are read, AVIF and HEIC where Pillow and pillow-heif
    have them; what is left out of a folder is named. --json prints file, number (null when none is
    found), confidence, candidates and box (null, as it is not looked for).
    """
    from svhn_lib import settings
    from svhn_lib.reading.reader import Reader

    reader = Reader(model, settings.read().device, views)
    files, failed = _list_files(pictures)
    with Progress("reading") as progress, _warnings_by(progress):
        answers = reader.read_each(files, cropped=cropped)
        for done, (file, found) in enumerate(zip(files, answers, strict=True), start=1):
            if isinstance(found, Exception):
                progress.message(explain(found))
                failed += 1
            else:
                print_line(_json_line(file, found) if as_json else _text_line(file, found))
            progress(done, len(files))
    if failed:
        raise typer.Exit(1)


def _list_files(given: list[Path]) -> tuple[list[Path], int]:
    """Return the files given and those in the folders given, and how many folders have none."""
    from svhn_lib.reading.inputs import list_folder, list_pictures

    files: list[Path] = []
    failed = 0
    for path in given:
        try:
            if path.is_dir():
                _name_left_out(path, list_folder(path).left_out)
            files += list_pictures(path) if path.is_dir() else [path]
        except (OSError, ValueError) as error:
            message(explain(error))
            failed += 1
    return list(dict.fromkeys(files)), failed


def _name_left_out(folder: Path, names: list[str]) -> None:
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        message(f"{folder}: {len(names)} left out: {', '.join(names[:_NAMED])}{more}")


@contextmanager
def _warnings_by(progress: Progress) -> Iterator[None]:
    """Show warnings of whole photos as lines beside the progress, each of them."""
    from svhn_lib.reading.reader import WholePhotoWarning

    with warnings.catch_warnings():
        warnings.simplefilter("always", WholePhotoWarning)
        warnings.showwarning = lambda warning, *_: progress.message(str(warning))
        yield


def _text_line(file: Path, answer: Answer) -> str:
    """Write the answer, and the other candidates: all of them where none was given as answer."""
    best = answer.candidates[0]
    doubtful = answer.number != best[0]
    others = ", ".join(map(_with_percent, answer.candidates[0 if doubtful else 1 :]))
    said = "no number" if doubtful else _with_percent(best, "  ")
    return f"{file}: {said}" + (f"  ({others})" if others else "")


def _with_percent(candidate: tuple[str | None, float], space: str = " ") -> str:
    number, probability = candidate
    return f"{number or 'no number'}{space}{_percent(probability)}"


def _percent(probability: float) -> str:
    """Write 0.98 as 98 %, 0.005 as 0.5 %."""
    return f"{100 * probability:.{0 if probability >= 0.1 else 1}f} %"


def _json_line(file: Path, answer: Answer) -> str:
    return as_json_text(
        {
            "file": str(file),
            "number": answer.number,
            "confidence": answer.probability,
            "candidates": answer.candidates,
            "box": answer.box,
        }
    )
