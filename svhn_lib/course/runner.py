"""Run the notebooks of the course one after another and keep their pages, times and failures.

How a page looks is in `pages`; what a committed notebook must satisfy is in `checks`.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from traitlets import default

from svhn_lib.course.checks import read_notebook
from svhn_lib.course.pages import Chapter, chapter_page, index_page, read_chapter

PROFILES = ("quick", "full")
CHECKOUT = Path(__file__).resolve().parents[2]


class NotebookError(RuntimeError):
    """A notebook did not run to its end; the text is one line: the cell and its error."""


@dataclass(frozen=True)
class ChapterResult:
    """What became of one notebook."""

    chapter: Chapter
    page: Path  # the HTML page, written in any case
    seconds: float
    problem: str | None  # one line naming the notebook, the cell and the error; None when it ran

    @property
    def ok(self) -> bool:
        """Whether the notebook ran to its end."""
        return self.problem is None


def find_notebooks() -> Path:
    """Return the folder of the course: the checkout's, else `notebooks` in the working folder.

    Raises FileNotFoundError where there is neither, as after installing the library alone.
    """
    for folder in (CHECKOUT / "notebooks", Path.cwd() / "notebooks"):
        if any(folder.glob("[0-9][0-9]_*.ipynb")):
            return folder
    raise FileNotFoundError(
        f"no notebooks in {Path.cwd() / 'notebooks'}: the course comes with the project, not with "
        "the installed library; clone the project and run this in its folder"
    )


def list_notebooks(folder: Path) -> list[Path]:
    """Return the notebooks of the course, `NN_name.ipynb`, in reading order.

    Raises FileNotFoundError for a folder without any.
    """
    notebooks = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    if not notebooks:
        raise FileNotFoundError(f"{folder}: no notebooks named like 01_exploration.ipynb in there")
    return notebooks


class _ThisPython(KernelSpecManager):
    """Whatever kernel a notebook names, and whatever is installed for the user: this Python."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(**get_kernel_dict())


class _Kernel(AsyncKernelManager):
    @default("kernel_spec_manager")
    def _kernel_spec_manager_default(self) -> KernelSpecManager:
        return _ThisPython()


def execute(notebook: NotebookNode, folder: Path, environment: Mapping[str, str]) -> None:
    """Run all cells in a fresh kernel of this Python and store their outputs in the notebook.

    The kernel works in `folder` and sees `environment` on top of this process's own. Outputs of an
    earlier run are dropped first: after a failure the cells below the failing one are empty.
    Raises NotebookError when a cell fails or the kernel dies.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.pop("widgets", None)  # without a kernel it is dead weight
    client = NotebookClient(
        notebook,
        kernel_manager_class=_Kernel,
        extra_arguments=["--log-level=ERROR"],  # or each kernel warns that localhost is plain TCP
        timeout=None,
        record_timing=False,
        store_widget_state=False,
    )
    with tempfile.TemporaryDirectory() as scratch:
        own = {
            "IPYTHONDIR": scratch,  # no start-up files of the user's own
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        }
        try:
            with client.setup_kernel(cwd=str(folder), env={**os.environ, **own, **environment}):
                _run_cells(client)
        except NotebookError:
            raise
        except RuntimeError as error:
            raise NotebookError(f"its kernel did not start ({error})") from error


def _run_cells(client: NotebookClient) -> None:
    number = 0  # cell by cell, not client.execute(): that one takes Ctrl-C for a dead kernel
    for index, cell in enumerate(client.nb.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        number += 1
        try:
            client.execute_cell(cell, index, execution_count=number)
        except CellExecutionError as error:
            message = " ".join(f"{error.ename}: {error.evalue}".split())
            cell.execution_count = number
            raise NotebookError(f"code cell {number}: {message}") from error
        except RuntimeError as error:
            raise NotebookError(f"code cell {number}: the kernel died") from error


def run_course(
    notebooks: Path, out: Path, profile: str, report: Callable[[str], None]
) -> list[ChapterResult]:
    """Run every notebook of a folder and write `out`/NN_name.html, index.html and times.json.

    `profile` is 'quick' or 'full' and reaches the notebooks as SVHN_PROFILE; `report` is given one
    line of text after each notebook. A notebook that fails gets its page, with the traceback, and
    the others still run.
    Raises ValueError for an unknown profile, FileNotFoundError for a folder without notebooks.
    """
    if profile not in PROFILES:
        raise ValueError(f"unknown profile {profile!r}: choose quick or full")
    chapters = [read_chapter(path) for path in list_notebooks(notebooks)]
    out.mkdir(parents=True, exist_ok=True)
    results: list[ChapterResult] = []
    started = time.perf_counter()
    for chapter in chapters:
        results.append(_run_chapter(chapter, chapters, out, profile))
        report(_line(results[-1], time.perf_counter() - started))
    _write(out / "index.html", index_page([(r.chapter, r.seconds, r.ok) for r in results], profile))
    _write(out / "times.json", json.dumps(_times(results, profile), indent=2) + "\n")
    return results


def _run_chapter(
    chapter: Chapter, chapters: list[Chapter], out: Path, profile: str
) -> ChapterResult:
    path, problem, started = chapter.path, None, time.perf_counter()
    folder = path.parent.resolve()
    notebook = nbformat.v4.new_notebook()
    try:
        notebook = read_notebook(path)
        execute(notebook, folder, {"SVHN_PROFILE": profile})
    except NotebookError as error:
        problem = f"{path.name}, {error}"
    except ValueError as error:
        problem = str(error)
    seconds = time.perf_counter() - started
    page = out / chapter.page_name
    _write(page, chapter_page(notebook, chapter, chapters, out, problem))
    return ChapterResult(chapter, page, seconds, problem)


def _line(result: ChapterResult, elapsed: float) -> str:
    name, state = result.chapter.path.stem, "ok" if result.ok else f"FAILED  {result.problem}"
    return f"{name:<24} {result.seconds:6.1f} s  ({elapsed:.0f} s so far)  {state}"


def _times(results: list[ChapterResult], profile: str) -> dict[str, object]:
    return {
        "profile": profile,
        "cores": os.cpu_count(),
        "seconds": round(sum(r.seconds for r in results), 1),
        "chapters": [
            {
                "notebook": r.chapter.path.name,
                "title": r.chapter.title,
                "seconds": round(r.seconds, 1),
                "problem": r.problem,
            }
            for r in results
        ],
    }


def _write(path: Path, text: str) -> None:
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)
