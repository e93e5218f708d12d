"""`svhn models`: the zoo as a table, with what each net is reported to reach and did reach."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from svhn_lib.cli.console import examples, one_line_errors

if TYPE_CHECKING:
    from svhn_lib.models.reported import Figure
    from svhn_lib.models.zoo import ModelConfig

EXAMPLES = examples("svhn models", "svhn models --json")
_HEADER = ("name", "input", "parameters", "MMAC", "reported", "reached", "weights")
_TEXT_COLUMNS = ("name", "input", "weights")  # the other columns are figures
_LINE = 100


@one_line_errors()
def models(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    """Show every model there is.

    'MMAC' are millions of multiply-adds per picture. 'reported' is the accuracy that the model's
    source gives, 'reached' the one measured with this library; the lines below say of what. Models
    with shipped weights read at once, by their name; the others have to be trained first.
    """
    from svhn_lib.models import zoo

    rows = [_describe(config) for _, config in sorted(zoo.MODELS.items())]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = [dict(zip(_HEADER, _HEADER, strict=True)), *map(_cells, rows)]
    widths = {column: max(len(row[column]) for row in table) for column in _HEADER}
    for cells, row in zip(table, [None, *rows], strict=True):
        typer.echo(_line(cells, widths))
        for note in [] if row is None else _notes(row):
            typer.echo(
                textwrap.fill(note, _LINE, initial_indent="    ", subsequent_indent="      ")
            )


def _describe(config: ModelConfig) -> dict[str, Any]:
    """Return all that is known of a model, JSON-able."""
    import torch

    from svhn_lib.models import zoo
    from svhn_lib.models.reported import REACHED, REPORTED

    with torch.device("meta"):  # its layers are counted, its weights never made
        model = zoo.create_model(config.name)
    weights = _shipped_figures(config.name)
    reached = REACHED.get(config.name) or _of_weights(weights or {})
    reported = REPORTED.get(config.name)
    return {
        "name": config.name,
        "source": config.source,
        "height": config.size[0],
        "width": config.size[1],
        "grey": config.grey,
        "parameters": zoo.parameter_count(model),
        "multiply_adds": zoo.multiply_adds(model),
        "reported": reported and reported._asdict(),
        "reached": reached and reached._asdict(),
        "weights": weights,
    }


def _shipped_figures(name: str) -> dict[str, Any] | None:
    """Return the figures of a model's shipped weights; None where there are none."""
    from svhn_lib.models import zoo

    try:
        return zoo.load_model(name).figures
    except FileNotFoundError:
        return None


def _of_weights(figures: dict[str, Any]) -> Figure | None:
    """Return what a training run noted in its weights as its best validation."""
    from svhn_lib.models.reported import Figure

    value = figures.get("validation_sequence_accuracy")
    if value is None:
        return None
    metric = f"whole numbers, {figures.get('validation_numbers', 'an unknown number')} validated on"
    command = figures.get("command")
    return Figure(value, f"{metric}: {command}" if command else metric)


def _cells(row: dict[str, Any]) -> dict[str, str]:
    return {
        "name": row["name"],
        "input": f"{row['height']}x{row['width']} {'grey' if row['grey'] else 'RGB'}",
        "parameters": f"{row['parameters']:,}",
        "MMAC": f"{row['multiply_adds'] / 1e6:,.0f}",
        "reported": _value(row["reported"]),
        "reached": _value(row["reached"]),
        "weights": "-" if row["weights"] is None else "shipped",
    }


def _value(figure: dict[str, Any] | None) -> str:
    return "-" if figure is None else f"{figure['value']:.4g}"


def _line(cells: dict[str, str], widths: dict[str, int]) -> str:
    return "  ".join(
        text.ljust(widths[column]) if column in _TEXT_COLUMNS else text.rjust(widths[column])
        for column, text in cells.items()
    ).rstrip()


def _notes(row: dict[str, Any]) -> list[str]:
    figures = [(key, row[key]) for key in ("reported", "reached") if row[key] is not None]
    return [row["source"], *(f"{key}: {figure['metric']}" for key, figure in figures)]
