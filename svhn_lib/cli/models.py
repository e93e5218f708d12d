"""`svhn models`: the zoo as a table, with the figures of the weights that come with the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from svhn_lib.cli.console import examples, one_line_errors

if TYPE_CHECKING:
    from svhn_lib.models.zoo import ModelConfig

EXAMPLES = examples("svhn models")
_HEADER = ("name", "input", "parameters", "MMAC", "weights", "source")


@one_line_errors()
def models() -> None:
    """Show every model there is.

    MMAC are millions of multiplications with addition for one picture. Models with shipped weights
    read at once and by name; the figures of these weights follow the table. The others have to be
    trained first.
    """
    from svhn_lib.models import zoo

    rows, notes = [_HEADER], list[str]()
    for name, config in sorted(zoo.MODELS.items()):
        figures = _shipped_figures(name)
        rows.append(_row(config, figures is not None))
        if figures:
            shown = ", ".join(f"{key} {_short(value)}" for key, value in figures.items())
            notes.append(f"{name}: {shown}")
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    for row in rows:
        typer.echo("  ".join(map(str.ljust, row, widths)).rstrip())
    for note in notes:
        typer.echo(f"\n{note}")


def _row(config: ModelConfig, shipped: bool) -> tuple[str, str, str, str, str, str]:
    import torch

    from svhn_lib.models import zoo

    with torch.device("meta"):  # its layers are counted, its weights never made
        model = zoo.create(config.name)
    height, width = config.size
    return (
        config.name,
        f"{height}x{width} {'grey' if config.grey else 'RGB'}",
        f"{zoo.parameter_count(model):,}",
        f"{zoo.multiply_adds(model) / 1e6:.0f}",
        "shipped" if shipped else "-",
        config.source,
    )


def _shipped_figures(name: str) -> dict[str, object] | None:
    """Return the figures of a model's shipped weights; None where there are none."""
    from svhn_lib.models import zoo

    try:
        return zoo.load(name).figures
    except FileNotFoundError:
        return None


def _short(figure: object) -> str:
    return f"{figure:.4g}" if isinstance(figure, float) else str(figure)
