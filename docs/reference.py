"""What `make docs` adds to the pages: the command's help as a page, and examples set as code.

MkDocs loads this as a hook, and Griffe, which reads the docstrings, as an extension.
"""

import re
from typing import Any

import griffe
import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from typer.cli import get_docs_for_click

from svhn_lib.cli import app


class Examples(griffe.Extension):
    """Call a docstring's `Example:` a section of examples; Griffe knows the plural only."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = obj.docstring.value.replace("\nExample:\n", "\nExamples:\n")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page of the command `svhn`, made of what `--help` says."""
    command = typer.main.get_command(app)
    page = get_docs_for_click(obj=command, ctx=typer.Context(command), name="svhn")
    # Click marks with \b what keeps its line breaks: the examples.
    page = re.sub("\b\n(Examples:)\n((?:  .*\n?)+)", r"\1\n\n```text\n\2\n```\n", page)
    page = page.replace("\b\n", "")
    files.append(File.generated(config, "api/command.md", content=page))
    return files
