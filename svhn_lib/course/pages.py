"""Web pages of the course: one per notebook, and the contents page, readable with no network.

A notebook becomes HTML in `markup`, what stands around it is in `templates/`; running the notebooks
is `runner`'s work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter

from svhn_lib.course.checks import read_notebook
from svhn_lib.course.markup import MATH_FONTS, BodyExporter
from svhn_lib.course.polish import polish

COURSE = "Reading house numbers"


@dataclass(frozen=True)
class Chapter:
    """A notebook as the contents page names it.

    Attributes:
        path: of the file.
        title: its first heading, or its file name.
        summary: the first sentence below the heading, or ''.
        aims: what one can do after it: the list below 'After this chapter you can', if any.
    """

    path: Path
    title: str
    summary: str
    aims: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        """The two digits that the file name begins with."""
        return self.path.name[:2]

    @property
    def page_name(self) -> str:
        """The file name of its page."""
        return self.path.with_suffix(".html").name


@dataclass
class Row:
    """A chapter on the contents page.

    Attributes:
        chapter: the notebook.
        state: 'waiting', 'running', 'ran', 'failed', 'stopped', or 'not run' where it was
            not asked for.
        seconds: that it took; None where it has not run.
        problem: one line that names the notebook, the cell and the error; None where there is none.
    """

    chapter: Chapter
    state: str = "waiting"
    seconds: float | None = None
    problem: str | None = None


def read_chapter(path: Path) -> Chapter:
    """Read title, summary and aims from a notebook's first Markdown cells.

    A damaged file has its name for a title, and nothing else.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        cells = read_notebook(path).cells
    except ValueError:
        cells = []
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    heading = re.search(r"^# +(.+)$", text, re.MULTILINE)
    if not heading:
        return Chapter(path, path.stem, "")
    below = text[heading.end() :].strip().split("\n\n")[0]
    prose = "" if below.startswith(("#", "|", "-", "*", "!", "<", "```")) else _plain(below)
    sentence = re.split(r"(?<=[.!?:])\s", prose, maxsplit=1)[0]
    return Chapter(path, _plain(heading[1]), sentence, _aims(text))


def _aims(text: str) -> tuple[str, ...]:
    """Return the items of the list that tells what the reader will be able to do."""
    found = re.search(
        r"^After this chapter you can\n\n((?:[-*] .+\n?|  .+\n?)+)", text, re.MULTILINE
    )
    if not found:
        return ()
    items = re.split(r"^[-*] ", found[1], flags=re.MULTILINE)[1:]
    return tuple(_plain(item).rstrip(",.") for item in items)


def _plain(markdown: str) -> str:
    """Drop links and emphasis: what is left reads well in a table cell."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return " ".join(re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", text).split())


def chapter_page(
    notebook: NotebookNode,
    chapter: Chapter,
    chapters: list[Chapter],
    problem: str | None = None,
    notice: str | None = None,
) -> str:
    """Return the page of an executed notebook, with the bar to its neighbours at both ends.

    Args:
        notebook: with its outputs.
        chapter: what the page is called; one of `chapters`.
        chapters: of the course, in reading order.
        problem: what is shown on top where the run failed.
        notice: what is shown on top where the outputs are not those of a run.
    """
    folder = chapter.path.parent.resolve()
    notebook.metadata.setdefault("language_info", {"name": "python"})
    body, _ = BodyExporter().from_notebook_node(notebook, {"metadata": {"path": str(folder)}})
    content, sections = polish(body)
    position = chapters.index(chapter)
    return _render(
        "chapter.html",
        title=f"{chapter.title} · {COURSE}",
        chapter=chapter,
        chapters=chapters,
        content=content,
        sections=sections,
        problem=problem,
        notice=notice,
        previous=chapters[position - 1] if position else None,
        following=chapters[position + 1] if position + 1 < len(chapters) else None,
    )


def index_page(rows: list[Row], profile: str, reader: str | None = None) -> str:
    """Return the contents page: a table of the chapters with seconds taken and what became of each.

    Args:
        rows: one per chapter.
        profile: that the notebooks are run in.
        reader: where the page that reads photos is, from the contents page; None for nowhere.
    """
    return _render(
        "contents.html",
        title=COURSE,
        course=COURSE,
        rows=rows,
        seconds=sum(row.seconds or 0 for row in rows),
        unfinished=sum(row.state in ("waiting", "running", "stopped") for row in rows),
        profile=profile,
        reader=reader,
    )


def _render(template: str, **values: Any) -> str:
    """Fill in a page of `templates/`; what is not marked as safe is escaped."""
    environment = Environment(
        loader=PackageLoader("svhn_lib.course"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    styles = {
        name: HtmlFormatter(style=style).get_style_defs(".highlight")
        for name, style in (("light", "default"), ("dark", "github-dark"))
    }
    return environment.get_template(template).render(math_fonts=MATH_FONTS, **styles, **values)
