"""Options of a command that are the fields of a settings record: their help and defaults, too."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import Field, fields
from typing import Annotated, Any, TypeVar

import typer

F = TypeVar("F", bound=Callable[..., None])


def takes_fields_of(record: type) -> Callable[[F], F]:
    """Give a command an option for each field of a record that has a help text.

    The command takes them as keywords, None where an option is not given.
    """

    def add(command: F) -> F:
        own = inspect.signature(command, eval_str=True)
        parameters = [p for p in own.parameters.values() if p.kind is not p.VAR_KEYWORD]
        parameters += [_option(spec) for spec in fields(record) if "help" in spec.metadata]
        command.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        return command

    return add


def _option(spec: Field[Any]) -> inspect.Parameter:
    """A keyword with the type of the field's default; what it is by default ends its help."""
    kind = int if spec.default is None else type(spec.default)
    text = spec.metadata["help"]
    if spec.default is not None and kind is not bool:
        text = f"{text}  [default: {spec.default}]"
    flag = f"--{spec.name.replace('_', '-')}"
    if kind is bool:
        flag = f"{flag}/--no-{spec.name.replace('_', '-')}"
    return inspect.Parameter(
        spec.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind | None, typer.Option(flag, help=text, show_default=False)],
    )
