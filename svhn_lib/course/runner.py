"""Run the notebooks of the course, some at a time.

How one is run is in `execution`, how a page looks in `pages`, what is kept of all in `folder`.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from svhn_lib import settings
from svhn_lib.course.folder import ChapterResult, Course, profile_of
from svhn_lib.course.pages import Row, read_chapter

PROFILES = ("quick", "full")
CHECKOUT = Path(__file__).resolve().parents[2]


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


def choose(notebooks: list[Path], numbers: Sequence[str]) -> list[Path]:
    """Return the notebooks of some chapters, in reading order; all of them where none is named.

    Args:
        notebooks: of the course.
        numbers: of the chapters, '8' or '08'.

    Raises:
        ValueError: there is no such chapter; the text names those that there are.

    Example:
        >>> paths = [Path("01_first.ipynb"), Path("02_later.ipynb")]
        >>> choose(paths, ["2"])
        [PosixPath('02_later.ipynb')]
    """
    known = dict.fromkeys(path.name[:2] for path in notebooks)  # two may have one number
    for number in numbers:
        if number.zfill(2) not in known:
            raise ValueError(f"no chapter {number!r}: choose of {', '.join(known)}")
    chosen = {number.zfill(2) for number in numbers} or set(known)
    return [path for path in notebooks if path.name[:2] in chosen]


def run_course(
    notebooks: Path,
    out: Path,
    profile: str,
    report: Callable[[str], None],
    chapters: Sequence[str] = (),
    at_cell: Callable[[str, int, int], None] = lambda chapter, number, total: None,
    jobs: int = 1,
) -> list[ChapterResult]:
    """Run the notebooks of a folder and write `out`/NN_name.html, index.html and times.json.

    A notebook that fails gets its page, with the traceback, and the others still run. Index and
    times are written anew after every chapter, and a chapter that has not run has a page with what
    its notebook holds: the folder can be read at any time, and after Ctrl-C.

    Args:
        notebooks: folder of the notebooks.
        out: folder for the pages.
        profile: 'quick' or 'full', which reaches the notebooks as SVHN_PROFILE.
        report: is given one line of text after each notebook.
        chapters: numbers of those to run, '08'; all where empty.
        at_cell: is given a chapter's name, the number of the cell that begins, and of how many.
        jobs: chapters that run at a time. They need nothing of each other, but share the cores, and
            those that tell how fast something is do so of the shared machine.

    Returns:
        What became of those that were run, in reading order.

    Raises:
        ValueError: the profile is unknown, or a chapter; or there are fewer jobs than one.
        FileNotFoundError: the folder has no notebooks.
        OSError: a page cannot be written, as on a full disk.
        RuntimeError: an event loop runs already, as in a notebook: there, use the command.

    Example:
        >>> run_course(find_notebooks(), Path("build/course"), "quick", print)  # doctest: +SKIP
    """
    if profile not in PROFILES:
        raise ValueError(f"unknown profile {profile!r}: choose quick or full")
    if jobs < 1:
        raise ValueError(f"{jobs} chapters at a time: give 1 or more")
    paths = list_notebooks(notebooks)
    chosen = choose(paths, chapters)
    course = Course([read_chapter(path) for path in paths], out, profile)
    out.mkdir(parents=True, exist_ok=True)
    course.begin(chosen)
    rows = [row for row in course.rows if row.chapter.path in chosen]
    return asyncio.run(_run(course, rows, report, at_cell, jobs))


async def _run(
    course: Course,
    rows: list[Row],
    report: Callable[[str], None],
    at_cell: Callable[[str, int, int], None],
    jobs: int,
) -> list[ChapterResult]:
    """Begin the chapters in reading order, the next one whenever one of `jobs` is done."""
    started, places, share = time.perf_counter(), asyncio.Semaphore(jobs), _share(jobs)

    async def run(row: Row) -> ChapterResult:
        async with places:
            result = await course.run(row, at_cell, share)
        report(_line(result, time.perf_counter() - started))
        return result

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run(row)) for row in rows]
    except ExceptionGroup as errors:  # a full disk, say: the first error stops the others
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


def _share(jobs: int) -> dict[str, str]:
    """Return what the kernels see, so that they share the cores; nothing where the user says how.

    The nets of the course are so small that a second thread hardly helps one of them, and two nets
    with two threads each keep each other waiting.
    """
    if jobs == 1 or settings.threads():
        return {}
    return {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // jobs))}


def write_index(notebooks: Path, out: Path) -> None:
    """Write `out`/index.html anew, with a link to `out`/reader where that is; nothing is run.

    Args:
        notebooks: folder of the notebooks.
        out: folder of the pages.

    Raises:
        FileNotFoundError: there are no notebooks, or no pages.
        ValueError: the `times.json` of the pages is damaged.

    Example:
        >>> write_index(find_notebooks(), Path("nowhere"))
        Traceback (most recent call last):
        FileNotFoundError: nowhere: no pages of the course; svhn course makes them
    """
    profile = profile_of(out)
    Course([read_chapter(path) for path in list_notebooks(notebooks)], out, profile).begin([])


def _line(result: ChapterResult, elapsed: float) -> str:
    name, state = result.chapter.path.stem, "ok" if result.ok else f"FAILED  {result.problem}"
    return f"{name:<24} {result.seconds:6.1f} s  ({elapsed:.0f} s so far)  {state}"
