"""Run the notebooks of the course one after another and keep their pages, times and failures.

How one is run is in `execution`, how a page looks in `pages`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat

from svhn_lib.course.checks import read_notebook
from svhn_lib.course.execution import NotebookError, execute
from svhn_lib.course.pages import Chapter, chapter_page, index_page, read_chapter
from svhn_lib.files import written

PROFILES = ("quick", "full")
CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class ChapterResult:
    """What became of one notebook.

    Attributes:
        chapter: the notebook.
        page: the HTML page, which is written in any case.
        seconds: that it took.
        problem: one line that names the notebook, the cell and the error; None when it ran.

    Example:
        >>> chapter = Chapter(Path("01_first.ipynb"), "First", "")
        >>> ChapterResult(chapter, Path("01_first.html"), 2.5, "code cell 1: KeyError").ok
        False
    """

    chapter: Chapter
    page: Path
    seconds: float
    problem: str | None

    @property
    def ok(self) -> bool:
        """Whether the notebook ran to its end."""
        return self.problem is None


def find_notebooks() -> Path:
    """Return the folder of the course: the checkout's, else `notebooks` in the working folder.

    Raises:
        FileNotFoundError: there is neither, as after installing the library alone.

    Example:
        >>> find_notebooks().name
        'notebooks'
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

    Raises:
        FileNotFoundError: the folder has none.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> for name in ("02_later.ipynb", "01_first.ipynb", "draft.ipynb"):
        ...     (folder / name).touch()
        >>> [path.name for path in list_notebooks(folder)]
        ['01_first.ipynb', '02_later.ipynb']
    """
    notebooks = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    if not notebooks:
        raise FileNotFoundError(f"{folder}: no notebooks named like 01_exploration.ipynb in there")
    return notebooks


def run_course(
    notebooks: Path, out: Path, profile: str, report: Callable[[str], None]
) -> list[ChapterResult]:
    """Run every notebook of a folder and write `out`/NN_name.html, index.html and times.json.

    A notebook that fails gets its page, with the traceback, and the others still run.

    Args:
        notebooks: folder of the notebooks.
        out: folder for the pages.
        profile: 'quick' or 'full', which reaches the notebooks as SVHN_PROFILE.
        report: is given one line of text after each notebook.

    Raises:
        ValueError: the profile is unknown.
        FileNotFoundError: the folder has no notebooks.

    Example:
        >>> run_course(find_notebooks(), Path("build/course"), "quick", print)  # doctest: +SKIP
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
    with written(path) as scratch:
        scratch.write_text(text, encoding="utf-8")
