"""A group of commands whose modules are loaded when one of them is used, and not for its help."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

COMMANDS = {
    "read": "Find and read the numbers in photos or folders of photos.",
    "train": "Train a model on stores of crops; 'localiser' on folders of 'svhn data scenes'.",
    "evaluate": "Measure a model on labelled numbers.",
    "export": "Write trained weights as an ONNX file (opset 18).",
    "models": "Show every model there is.",
    "page": "Write a web page that finds and reads numbers in the browser alone.",
    "data": "Render, download, cut and pack pictures.",
    "course": "Run all notebooks, or single ones.",
}
"""What each command does: its module in this package is called like it."""


class LazyGroup(TyperGroup):
    """The commands of `COMMANDS`: a module has an `app`, or a function called like the command."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return their names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, its module loaded; None where there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        if cmd_name not in self.commands:
            self.commands[cmd_name] = _loaded(cmd_name)
        return self.commands[cmd_name]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands, for which none is loaded."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _loaded(name: str) -> Any:
    module = import_module(f"svhn_lib.cli.{name}")
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(
            add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
        )
        app.command(epilog=module.EXAMPLES)(getattr(module, name))
    command = typer.main.get_command(app)
    command.name = name
    return command
