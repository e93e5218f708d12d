"""`svhn read`: the numbers in picture files and folders, as text or as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svhn_lib.cli.console import Progress, examples, explain, message, one_line_errors

if TYPE_CHECKING:
    from svhn_lib.reading.reader import Reader
    from svhn_lib.reading.record import Answer

EXAMPLES = examples(
    "svhn read crop.png",
    "svhn read crops/ --json > numbers.jsonl",
    "svhn read door.jpg --model runs/first/best.safetensors",
)
_AT_ONCE = 64  # pictures that are in memory together


@one_line_errors()
def read(
    pictures: Annotated[
        list[Path],
        typer.Argument(metavar="PICTURE_OR_FOLDER...", help="Files, or folders of pictures."),
    ],
    cropped: Annotated[
        bool, typer.Option("--cropped", help="The pictures are cut: no warning of large ones.")
    ] = False,
    model: Annotated[
        str, typer.Option(metavar="NAME_OR_FILE", help="Shipped weights, or a .safetensors file.")
    ] = "compact",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a picture.")] = False,
) -> None:
    """Read the numbers in pictures or folders.

    Each gets its number, the probability of it, and the next best answers. Today a picture must be
    cut to its number, with a margin of about 15 % on every side; it is read as it is, and a picture
    that looks like a whole photo gets a warning. PNG, JPEG, WebP and TIFF files are read. --json
    prints file, number (null when none is found), confidence, candidates and box (null, as it is
    not looked for).
    """
    from svhn_lib import settings
    from svhn_lib.reading.reader import Reader

    reader = Reader(model, settings.read().device)
    files, failed = _list_files(pictures)
    with Progress("reading") as progress:
        for start in range(0, len(files), _AT_ONCE):
            part = files[start : start + _AT_ONCE]
            answers = dict(_read_files(reader, part, cropped, progress))
            failed += len(part) - len(answers)
            for file, answer in answers.items():
                typer.echo(_json_line(file, answer) if as_json else _text_line(file, answer))
            progress(start + len(part), len(files))
    if failed:
        raise typer.Exit(1)


def _list_files(given: list[Path]) -> tuple[list[Path], int]:
    """Return the files given and those in the folders given, and how many folders have none."""
    from svhn_lib.reading.reader import list_pictures

    files, failed = [], 0
    for path in given:
        try:
            files += list_pictures(path) if path.is_dir() else [path]
        except (OSError, ValueError) as error:
            message(explain(error))
            failed += 1
    return list(dict.fromkeys(files)), failed


def _read_files(
    reader: Reader, files: list[Path], cropped: bool, progress: Progress
) -> Iterator[tuple[Path, Answer]]:
    """Read those of the files that are pictures; the others are named on standard error."""
    from svhn_lib.reading import reader as library

    arrays = {}
    for file in files:
        try:
            arrays[file] = library.to_array(file)
        except (OSError, ValueError) as error:
            progress.message(explain(error))
            continue
        if not cropped and library.looks_whole(arrays[file]):
            progress.message(f"{file}: {library.too_large(arrays[file])}")
    answers = reader.read_many(list(arrays.values()), cropped=True)
    return zip(arrays, answers, strict=True)


def _text_line(file: Path, answer: Answer) -> str:
    number = answer.number or "no number"
    others = ", ".join(
        f"{text or 'no number'} {_percent(probability)}"
        for text, probability in answer.candidates[1:]
    )
    return f"{file}: {number}  {_percent(answer.probability)}" + (f"  ({others})" if others else "")


def _percent(probability: float) -> str:
    """Write 0.98 as 98 %, 0.005 as 0.5 %."""
    return f"{100 * probability:.{0 if probability >= 0.1 else 1}f} %"


def _json_line(file: Path, answer: Answer) -> str:
    return json.dumps(
        {
            "file": str(file),
            "number": answer.number,
            "confidence": answer.probability,
            "candidates": answer.candidates,
            "box": answer.box,
        },
        ensure_ascii=False,
    )
