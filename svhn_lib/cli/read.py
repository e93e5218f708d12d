"""`svhn read`: the numbers in photos and folders, as text, as JSON lines or drawn on the photos."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from svhn_lib.cli.console import (
    Progress,
    as_json_text,
    examples,
    explain,
    message,
    on_one_line,
    one_line_errors,
)
from svhn_lib.cli.options import Model, Views
from svhn_lib.files import refuse_unwritable, written
from svhn_lib.runtime.choice import Backend

if TYPE_CHECKING:
    from svhn_lib.reading.record import Answer

EXAMPLES = examples(
    "svhn read door.jpg",
    "svhn read photos/ --all --draw drawn",
    "svhn read photos/ --min-confidence 0.9 --json > numbers.jsonl",
    "svhn read crops/ --cropped --views 3",
    "svhn read door.jpg --model runs/first/best.safetensors",
)
_NAMED = 10  # files of a folder that are left out


@one_line_errors()
def read(
    pictures: Annotated[
        list[Path],
        typer.Argument(metavar="PICTURE_OR_FOLDER...", help="Files, or folders of pictures."),
    ],
    cropped: Annotated[
        bool, typer.Option("--cropped", help="The pictures are cut to their numbers already.")
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Print every number of a photo, not the best one only.")
    ] = False,
    min_confidence: Annotated[
        float,
        typer.Option(min=0, max=1, metavar="P", help="Leave out numbers that are less probable."),
    ] = 0.0,
    draw: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT",
            file_okay=False,
            help="Write the photos with their numbers into a folder.",
        ),
    ] = None,
    model: Model = "compact",
    views: Views = 1,
    backend: Annotated[
        Backend | None,
        typer.Option(help="What runs the nets; by default onnx, where it can.", show_default=False),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per picture.")
    ] = False,
) -> None:
    """Find and read the numbers in photos or folders of photos.

    Each photo gets its number, the probability of it (that there is one, and that it says this),
    and the next best answers; 'no number' where none is found, or none can be read. Pictures that
    are cut to their numbers, with a margin of about 15 % on every side, are read as they are with
    --cropped. A number has one to five digits: letters and longer numbers are not known, and are
    read as the digits that look most like them.

    PNG, JPEG, WebP, TIFF, BMP and GIF files are read, AVIF and HEIC where Pillow and pillow-heif
    have them; what is left out of a folder is named. --json prints file, number (null when there is
    none), confidence, candidates, box (left, top, right, bottom in pixels, null when nothing is
    found) and corners (of numbers that climb or lie on their side: their own top left, top right,
    bottom right, bottom left); with --all also numbers, a list of the same for each. --draw writes
    a JPEG of every photo, enlarged or shrunk so that its numbers can be read.

    Shipped weights and .onnx files are read by ONNX Runtime on the CPU, which starts at once;
    PyTorch reads the .safetensors files of runs, and anything on a GPU: --backend torch.
    """
    from svhn_lib import settings
    from svhn_lib.reading.reader import Reader

    reader = Reader(model, settings.read().reading_device, views, backend=backend)
    files, failed = _list_files(pictures)
    drawings = _Drawings(draw, files)
    with Progress("reading") as progress:
        answers = reader.read_each(files, cropped=cropped)
        for done, (file, found) in enumerate(zip(files, answers, strict=True), start=1):
            if isinstance(found, Exception):
                progress.message(on_one_line(explain(found)))
                failed += 1
            else:
                said = _as_asked(found, every, min_confidence)
                progress.result(_json_line(file, said, every) if as_json else _text(file, said))
                failed += drawings.add(file, said, progress)
            progress(done, len(files))
    if failed:
        raise typer.Exit(1)


def _as_asked(answer: Answer, every: bool, least: float) -> Answer:
    """Return an answer without numbers that are too improbable, and without others if unwanted.

    The best number need not be the most probable one: where it goes, the next one that stays is
    the answer.
    """
    given = [one for one in (answer, *answer.others) if one.probability >= least]
    if not given:
        return replace(answer, number=None, others=())
    return replace(given[0], others=tuple(given[1:]) if every else ())


class _Drawings:
    """A folder of photos with their numbers; with none, nothing is written."""

    def __init__(self, folder: Path | None, files: list[Path]) -> None:
        self._folder = folder
        self._taken: set[str] = set()
        self._further = Counter[str]()  # photos of a name that was taken
        if folder is None:
            return
        if any(folder.resolve() == file.parent.resolve() for file in files):
            raise ValueError(f"{folder} holds photos that are read: name another folder to draw in")
        folder.mkdir(parents=True, exist_ok=True)
        refuse_unwritable(folder)

    def add(self, file: Path, answer: Answer, progress: Progress) -> int:
        """Draw an answer; return 1 where that fails, which is said, else 0."""
        if self._folder is None:
            return 0
        from svhn_lib.reading.drawing import DRAWN, drawn_jpeg

        try:
            with written(self._folder / self._name(file), replaces=DRAWN) as scratch:
                scratch.write_bytes(drawn_jpeg(file, answer))
        except (OSError, ValueError) as error:
            progress.message(on_one_line(explain(error)))
            return 1
        return 0

    def _name(self, file: Path) -> str:
        """Return the photo's name as a JPEG's; door-2.jpg for the second door of all folders."""
        name = f"{file.stem}.jpg"
        while name in self._taken:
            self._further[file.stem] += 1
            name = f"{file.stem}-{self._further[file.stem] + 1}.jpg"
        self._taken.add(name)
        return name


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
            message(on_one_line(explain(error)))
            failed += 1
    return list(dict.fromkeys(files)), failed


def _name_left_out(folder: Path, names: list[str]) -> None:
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        named = ", ".join(names[:_NAMED])
        message(on_one_line(f"{folder}: {len(names)} left out: {named}{more}"))


def _text(file: Path, answer: Answer) -> str:
    """Write a line for each number of a photo."""
    name = on_one_line(file)
    return "\n".join(f"{name}: {_text_line(one)}" for one in (answer, *answer.others))


def _text_line(answer: Answer) -> str:
    """Write the answer, and the other candidates: all of them where none was given as answer."""
    best = answer.candidates[0]
    doubtful = answer.number != best[0]
    others = ", ".join(map(_with_percent, answer.candidates[0 if doubtful else 1 :]))
    said = "no number" if doubtful else _with_percent(best, "  ")
    return said + (f"  ({others})" if others else "")


def _with_percent(candidate: tuple[str | None, float], space: str = " ") -> str:
    number, probability = candidate
    return f"{number or 'no number'}{space}{_percent(probability)}"


def _percent(probability: float) -> str:
    """Write 0.98 as 98 %, 0.005 as 0.5 %."""
    return f"{100 * probability:.{0 if probability >= 0.1 else 1}f} %"


def _json_line(file: Path, answer: Answer, every: bool) -> str:
    """Return one object: of the best number, and with `every` of all numbers as a list in it."""
    values = {"file": str(file), **_as_values(answer)}
    if every:
        given = (answer, *answer.others) if answer.number is not None else ()
        values["numbers"] = [_as_values(one) for one in given]
    return as_json_text(values)


def _as_values(answer: Answer) -> dict[str, Any]:
    return {
        "number": answer.number,
        "confidence": answer.probability,
        "candidates": answer.candidates,
        "box": answer.box,
        "corners": answer.corners,
    }
