"""`svhn evaluate --whole`: numbers of whole photos found and read; what both evaluations share.

Numbers that are cut out by their labels' boxes are in `evaluate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from svhn_lib.cli.console import (
    Progress,
    as_json_text,
    explain,
    name_lost_rows,
    on_one_line,
    print_line,
)
from svhn_lib.files import refuse_another_kind, written

if TYPE_CHECKING:
    from pandas import DataFrame

    from svhn_lib.metrics import Judged
    from svhn_lib.reading.reader import Reader

COLUMNS = ("file", "number", "predicted", "confidence")
_SIDES = ["left", "top", "right", "bottom"]


@contextmanager
def written_beside(
    path: Path | None, source: Path | None, columns: Sequence[str]
) -> Iterator[Path | None]:
    """Yield a file for predictions, refused before anything is read; None if none is wanted."""
    if path is None:
        yield None
        return
    if source is not None and source.exists() and path.exists() and path.samefile(source):
        raise ValueError(f"{path} is what is evaluated: name another file to write")
    header = ",".join(columns).encode()
    refuse_another_kind(path, header)
    path.parent.mkdir(parents=True, exist_ok=True)
    with written(path, replaces=header) as scratch:
        yield scratch


def percent(share: float | None) -> str:
    """Write 0.123 as 12.3 %, None as a dash."""
    return "-" if share is None else f"{100 * share:.1f} %"


def evaluate_photos(
    labels: Path, reader: Reader, model: str, predictions: Path | None, as_json: bool
) -> int:
    """Find and read the labelled numbers of photos, print the figures; return how many were lost.

    Args:
        labels: a CSV, or a folder with digitStruct.mat.
        reader: that finds and reads.
        model: its name, for the figures.
        predictions: a file to write: `COLUMNS`, found and the box of each answer.
        as_json: print one JSON object in place of a table.

    Raises:
        FileNotFoundError: there are no such labels.
        ValueError: they cannot be read, or not one of them can be used.
    """
    from pandas import DataFrame

    from svhn_lib.data.tables.numbers import load_numbers
    from svhn_lib.metrics import photo_score

    table, doubtful = load_numbers(labels, whole=True)
    lost = name_lost_rows(labels, doubtful, DataFrame({"file": []}))
    judged, kept, damaged = _judge_all(table, reader)
    if table.empty:
        lack = "not one of its rows could be used" if lost else "it holds no number and no photo"
        raise ValueError(f"{labels}: {lack}")
    if not judged:
        raise ValueError(f"{labels}: not one of its photos could be read")
    if predictions is not None:
        _write(predictions, labels, table.iloc[kept], judged)
    figures = {**_figures(judged), **asdict(photo_score(judged)), "model": model}
    figures["views"] = len(reader.framings)
    print_line(as_json_text(figures) if as_json else _as_table(figures, labels))
    return lost + damaged


def _judge_all(table: DataFrame, reader: Reader) -> tuple[list[Judged], list[int], int]:
    """Return what became of each row whose photo could be read, its place, and those lost."""
    from svhn_lib.metrics import judge

    photos: dict[str, list[int]] = {}
    for row, file in enumerate(table["file"]):
        photos.setdefault(file, []).append(row)
    judged: list[Judged] = []
    kept: list[int] = []
    lost = 0
    with Progress("reading") as progress:
        answers = zip(photos.values(), reader.read_each(list(photos)), strict=True)
        for done, (rows, answer) in enumerate(answers, start=1):
            if isinstance(answer, Exception):
                progress.message(on_one_line(explain(answer)))
                lost += len(rows)
            else:
                some = table.iloc[rows]
                judged += judge(some["number"].tolist(), some[_SIDES].to_numpy(), answer)
                kept += rows
            progress(done, len(photos))
    return judged, kept, lost


def _figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return the intervals of the four shares, JSON-able; None of nothing."""
    from svhn_lib.metrics import wilson_interval

    numbers = [one for one in judged if one.number]
    boxed = [one for one in numbers if one.found is not None]
    of = {
        "read": [one.right for one in numbers],
        "found": [bool(one.found) for one in boxed],
        "read_given_found": [one.right for one in boxed if one.found],
        "false_alarms": [not one.right for one in judged if not one.number],
    }
    return {
        f"{name}_interval": list(wilson_interval(sum(right), len(right))) if right else None
        for name, right in of.items()
    }


def _as_table(figures: dict[str, Any], labels: Path) -> str:
    empty = f", {figures['empty']} photos without" if figures["empty"] else ""
    lines = [f"{figures['model']} on {labels}: {figures['n']} numbers in whole photos{empty}", ""]
    for title, name, of in (
        ("found and read", "read", f"of {figures['n']} numbers"),
        ("found", "found", f"of {figures['boxes']} with a box"),
        ("read, given found", "read_given_found", ""),
        ("false alarms", "false_alarms", f"of {figures['empty']} photos without a number"),
    ):
        interval = figures[f"{name}_interval"]
        if interval is not None:
            low, high = map(percent, interval)
            line = f"{title:<19}{percent(figures[name])}   95 % interval {low} to {high}   {of}"
            lines.append(line.rstrip())
    lines.append(f"{'coverage at 98 %':<19}{percent(figures['coverage_at_98'])}")
    lines.append(f"{'calibration error':<19}{percent(figures['calibration_error'])}")
    return "\n".join(lines)


def _write(path: Path, labels: Path, rows: DataFrame, judged: Sequence[Judged]) -> None:
    from pandas import DataFrame

    folder = str(labels if labels.is_dir() else labels.parent)
    values = [
        (
            file.removeprefix(f"{Path(folder).absolute()}/"),
            one.number,
            one.predicted,
            round(one.confidence, 6),
            "" if one.found is None else int(one.found),
            *(round(side, 1) for side in one.box or ()),
        )
        for file, one in zip(rows["file"], judged, strict=True)
    ]
    padded = [(*row, *[""] * (9 - len(row))) for row in values]
    DataFrame(padded, columns=[*COLUMNS, "found", *_SIDES]).to_csv(path, index=False)
