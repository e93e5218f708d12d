"""What a committed notebook must satisfy, so that it reads well on a web page and in a diff.

Only files are looked at; whether the cells run is found out by `runner`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

MAX_BYTES = 1_500_000
MAX_LINES = 25  # of a code cell
MAX_COLUMNS = 88
# Embedded pictures are dropped before looking: base64 may spell anything.
EMBEDDED = re.compile(r"base64,[A-Za-z0-9+/=\s\\]+")
IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
ALT = re.compile(r"""\balt=(["'])\s*[^"'\s]""", re.IGNORECASE)
MACHINE_PATH = re.compile(
    r"(?<![\w.~-])/(?:home|Users|root|tmp|work|mnt|private|var/folders)/[\w.-]+|[A-Z]:\\+Users\\+\w+"
)


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook file.

    Raises:
        ValueError: the file is no notebook; the text names it.
        OSError: it cannot be read.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except OSError:
        raise
    except Exception as error:  # converters of old formats raise AssertionError and more
        raise ValueError(f"{path}: not a readable notebook ({type(error).__name__})") from error
    return notebook


def check_notebook(path: Path) -> list[str]:
    """Return what is wrong with a notebook file as committed, one line per problem.

    Looked for: error outputs, execution counts other than 1, 2, ..., widget state, a missing title
    or kernel name, paths of one machine in outputs, pictures without alternative text, cells or
    lines too long to read, and a file too large to be shown on the web.

    Raises:
        ValueError: the file is no notebook.
        OSError: it cannot be read.

    Example:
        >>> import tempfile
        >>> from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
        >>> path = Path(tempfile.mkdtemp()) / "01_title.ipynb"
        >>> cells = [new_markdown_cell("# Title"), new_code_cell("1 + 1", execution_count=7)]
        >>> kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        >>> nbformat.write(new_notebook(cells=cells, metadata=kernel), path)
        >>> check_notebook(path)
        ['code cell 1: execution count 7, not 1: run all cells from the top']
    """
    notebook = read_notebook(path)
    problems = [*_file_problems(path, notebook)]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, start=1):
        problems += [f"code cell {number}: {text}" for text in _cell_problems(number, cell)]
    return problems


def _file_problems(path: Path, notebook: NotebookNode) -> Iterator[str]:
    if path.stat().st_size > MAX_BYTES:
        yield f"{path.stat().st_size / 1e6:.2f} MB: over {MAX_BYTES / 1e6:g} MB"
    if "widgets" in notebook.metadata:
        yield "widget state in the metadata: it is dead weight without a kernel"
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "no kernel named python3 in the metadata"
    cells = notebook.cells
    if not cells or cells[0].cell_type != "markdown" or not cells[0].source.startswith("# "):
        yield "the first cell is not Markdown that begins with a title, '# ...'"


def _cell_problems(number: int, cell: NotebookNode) -> Iterator[str]:
    lines = cell.source.splitlines()
    if not cell.source.strip():
        yield "empty"
    elif cell.execution_count != number:
        yield f"execution count {cell.execution_count}, not {number}: run all cells from the top"
    if len(lines) > MAX_LINES:
        yield f"{len(lines)} lines, over {MAX_LINES}"
    for row, line in enumerate(lines, start=1):
        if len(line) > MAX_COLUMNS:
            yield f"line {row} has {len(line)} characters, over {MAX_COLUMNS}"
    for output in cell.outputs:
        if output.output_type == "error":
            yield f"error output: {output.ename}"
        found = MACHINE_PATH.search(_text_of(output))
        if found:
            yield f"a path of one machine in the output: {found[0]}"
        if _is_mute(output):
            yield "a picture without alternative text: draw it with plots, or set its 'alt'"


def _is_mute(output: NotebookNode) -> bool:
    """Return whether an output has a picture that says nothing to those who do not see it."""
    shown = output.get("data", {})
    if any(not tag for tag in map(ALT.search, IMAGE.findall(shown.get("text/html", "")))):
        return True
    pictures = [mime for mime in shown if mime.startswith("image/")]
    told = output.get("metadata", {})
    return not all(str(told.get(mime, {}).get("alt", "")).strip() for mime in pictures)


def _text_of(output: NotebookNode) -> str:
    if output.output_type in ("display_data", "execute_result"):
        shown = {mime: data for mime, data in output.data.items() if not _is_picture(mime)}
        return EMBEDDED.sub("", json.dumps(shown, ensure_ascii=False))
    return str(output.get("text", ""))


def _is_picture(mime: str) -> bool:
    return mime.startswith("image/") and mime != "image/svg+xml"
