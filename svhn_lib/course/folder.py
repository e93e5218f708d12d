"""The folder of the course's pages: whole at any time, whatever has run and whatever has not.

Which chapters are run, and in which order, is decided in `runner`.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import nbformat

from svhn_lib.course.checks import read_notebook
from svhn_lib.course.execution import NotebookError, execute
from svhn_lib.course.pages import Chapter, Row, chapter_page, index_page
from svhn_lib.files import written

READER = "reader/index.html"
"""Where the index looks for the page of `svhn page`, to link to it."""
NOT_RUN = "Not run here yet: the outputs are those that the notebook holds."


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


class Course:
    """The pages of some chapters in a folder.

    Attributes:
        rows: one per chapter, with what has become of it so far.

    Example:
        >>> course = Course([Chapter(Path("01_first.ipynb"), "First", "")], Path("out"), "quick")
        >>> course.rows[0].state
        'waiting'
    """

    def __init__(self, chapters: list[Chapter], out: Path, profile: str) -> None:
        """Take the chapters in reading order, the folder, and the profile that they are run in."""
        self.chapters, self.out, self.profile = chapters, out, profile
        self.rows = [Row(chapter) for chapter in chapters]

    def begin(self, chosen: Collection[Path]) -> None:
        """Give every chapter a page and the index its lines; those not chosen keep what they have.

        Args:
            chosen: the notebooks that will be run.
        """
        earlier = self._earlier()
        for row in self.rows:
            chapter = row.chapter
            if chapter.path not in chosen:
                row.state, row.seconds, row.problem = earlier.get(
                    chapter.path.name, ("not run", None, None)
                )
            if not (self.out / chapter.page_name).exists():
                self._write_page(chapter, _read(chapter), notice=NOT_RUN)
        self._write_index()

    async def run(
        self,
        row: Row,
        at_cell: Callable[[str, int, int], None],
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> ChapterResult:
        """Run a chapter and write its page and the index, which says so too where it is stopped.

        Args:
            row: of the chapter.
            at_cell: is given the chapter's name, the number of the cell that begins, of how many.
            environment: what its kernel sees on top of the profile.

        Raises:
            CancelledError, KeyboardInterrupt: as they came; the folder is whole.
        """
        chapter, started = row.chapter, time.perf_counter()
        name = chapter.path.stem
        row.state = "running"
        self._write_index()
        notebook = nbformat.v4.new_notebook()
        try:
            notebook = read_notebook(chapter.path)
            folder, sees = chapter.path.parent.resolve(), {"SVHN_PROFILE": self.profile}
            await execute(
                notebook, folder, {**sees, **environment}, lambda cell, of: at_cell(name, cell, of)
            )
        except NotebookError as error:
            row.problem = f"{chapter.path.name}, {error}"
        except ValueError as error:
            row.problem = str(error)
        except OSError as error:  # its file has gone since the course began
            row.problem = f"{error.filename or chapter.path}: {error.strerror or error}"
        except (asyncio.CancelledError, KeyboardInterrupt):
            row.state = "stopped"
            self._write_index()
            raise
        row.seconds = time.perf_counter() - started
        row.state = "failed" if row.problem else "ran"
        page = self._write_page(chapter, notebook, problem=row.problem)
        self._write_index()
        return ChapterResult(chapter, page, row.seconds, row.problem)

    def _write_page(
        self,
        chapter: Chapter,
        notebook: nbformat.NotebookNode,
        problem: str | None = None,
        notice: str | None = None,
    ) -> Path:
        page = self.out / chapter.page_name
        _write(page, chapter_page(notebook, chapter, self.chapters, problem, notice))
        return page

    def _write_index(self) -> None:
        reader = READER if (self.out / READER).is_file() else None
        _write(self.out / "index.html", index_page(self.rows, self.profile, reader))
        _write(self.out / "times.json", json.dumps(self._times(), indent=2) + "\n")

    def _times(self) -> dict[str, object]:
        return {
            "profile": self.profile,
            "cores": os.cpu_count(),
            "seconds": round(sum(row.seconds or 0 for row in self.rows), 1),
            "chapters": [
                {
                    "notebook": row.chapter.path.name,
                    "title": row.chapter.title,
                    "state": row.state,
                    "seconds": None if row.seconds is None else round(row.seconds, 1),
                    "problem": row.problem,
                }
                for row in self.rows
            ],
        }

    def _earlier(self) -> dict[str, tuple[str, float | None, str | None]]:
        """What became of chapters in an earlier run of the same profile into this folder."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            times = json.loads((self.out / "times.json").read_text(encoding="utf-8"))
            if times["profile"] == self.profile:
                return {
                    one["notebook"]: (str(one["state"]), one["seconds"], one["problem"])
                    for one in times["chapters"]
                    if one["state"] in ("ran", "failed", "stopped")
                }
        return {}


def profile_of(out: Path) -> str:
    """Return the profile of the run whose pages are in a folder.

    Raises:
        FileNotFoundError: the folder holds no pages of the course.
        ValueError: its `times.json` is damaged.
    """
    path = out / "times.json"
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["profile"])
    except FileNotFoundError:
        raise FileNotFoundError(f"{out}: no pages of the course; svhn course makes them") from None
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} is damaged: run svhn course again") from None


def _read(chapter: Chapter) -> nbformat.NotebookNode:
    """A notebook as it is; a damaged one is empty, and its run will say why."""
    try:
        return read_notebook(chapter.path)
    except ValueError:
        return nbformat.v4.new_notebook()


def _write(path: Path, text: str) -> None:
    with written(path) as scratch:
        scratch.write_text(text, encoding="utf-8")
