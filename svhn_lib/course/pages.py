"""Web pages of the course: one per notebook, and the contents page, readable with no network.

Formulas become MathML and pictures are embedded, so that a page loads nothing. The markup around
them is in `templates/`; running the notebooks is `runner`'s work.
"""

from __future__ import annotations

import html
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, pass_context
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

from svhn_lib.course.checks import read_notebook

COURSE = "Reading house numbers"
# A widget shows nothing without a kernel: its static HTML comes first.
PRIORITY = ["text/html", "image/svg+xml", "image/png", "text/markdown", "text/plain"]


@dataclass(frozen=True)
class Chapter:
    """A notebook as the contents page names it.

    Attributes:
        path: of the file.
        title: its first heading, or its file name.
        summary: the first sentence below the heading, or ''.
    """

    path: Path
    title: str
    summary: str

    @property
    def number(self) -> str:
        """The two digits that the file name begins with."""
        return self.path.name[:2]

    @property
    def page_name(self) -> str:
        """The file name of its page."""
        return self.path.with_suffix(".html").name


def read_chapter(path: Path) -> Chapter:
    """Read title and summary from a notebook's first Markdown cells; a damaged file has neither.

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
    return Chapter(path, _plain(heading[1]), sentence)


def _plain(markdown: str) -> str:
    """Drop links and emphasis: what is left reads well in a table cell."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return " ".join(re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", text).split())


def formula(latex: str, display: str) -> str:
    r"""Turn LaTeX into MathML, or into its own source as code where it holds an unknown command.

    Args:
        latex: without dollar signs.
        display: 'inline' or 'block'.

    Example:
        >>> formula("x", "inline").count("<mi>x</mi>")
        1
        >>> formula(r"\nosuch{x} < 1", "inline")
        '<code>\\nosuch{x} &lt; 1</code>'
    """
    known = latex.replace("{aligned}", "{split}")  # the same thing, under the name it knows
    known = re.sub(r"\\arg(?![A-Za-z])", r"\\operatorname{arg}", known)
    try:
        mathml = convert(known, display=display)
    except Exception:  # the converter fails on bad input in many ways, none of them documented
        mathml = "\\"
    if "\\" in mathml or "<mi>&</mi>" in mathml:
        return f"<code>{html.escape(latex)}</code>"
    return str(mathml)


class _Renderer(IPythonRenderer):
    """Markdown with formulas as MathML, its links right for the folder of the page."""

    def __init__(self, out: Path, **options: Any) -> None:
        super().__init__(**options)
        self.out = out

    def block_math(self, body: str) -> str:
        return formula(body, "block")

    def inline_math(self, body: str) -> str:
        return formula(body, "inline")

    def latex_environment(self, name: str, body: str) -> str:
        return formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")

    def block_html(self, html: str) -> str:
        # Embedding parses the HTML and closes what is open: a <details> would end at its summary.
        return str(super().block_html(html)) if "<img" in html else html + "\n"

    def inline_html(self, html: str) -> str:
        return str(super().inline_html(html)) if "<img" in html else html

    def link(self, text: str, url: str, title: str | None = None) -> str:
        parts = urlsplit(url)
        if parts.path and not (parts.scheme or parts.netloc or parts.path.startswith("/")):
            target = Path(parts.path)
            if target.suffix == ".ipynb" and len(target.parts) == 1:
                path = target.with_suffix(".html").name
            else:
                path = Path(os.path.relpath(Path(self.path) / target, self.out)).as_posix()
            url = parts._replace(path=path).geturl()
        return str(super().link(text, url, title))


class _Exporter(HTMLExporter):
    """The body of a page: nbconvert's plain markup, which brings no script and no style."""

    def __init__(self, out: Path) -> None:
        super().__init__(
            template_name="basic", config=Config(NbConvertBase={"display_data_priority": PRIORITY})
        )
        self.out = out
        self.log.setLevel("ERROR")  # a picture without a description is not the reader's concern

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        renderer = _Renderer(
            self.out,
            escape=False,
            embed_images=True,
            attachments=context.get("cell", {}).get("attachments", {}),
            path=context["resources"]["metadata"]["path"],
        )
        return str(MarkdownWithMath(renderer=renderer).render(source))


def chapter_page(
    notebook: NotebookNode,
    chapter: Chapter,
    chapters: list[Chapter],
    out: Path,
    problem: str | None = None,
) -> str:
    """Return the page of an executed notebook, with the bar to its neighbours at both ends.

    Args:
        notebook: with its outputs.
        chapter: what the page is called; one of `chapters`.
        chapters: of the course, in reading order.
        out: the folder that the page will lie in.
        problem: what is shown on top where the run failed.
    """
    folder = chapter.path.parent.resolve()
    notebook.metadata.setdefault("language_info", {"name": "python"})
    exporter = _Exporter(out.resolve())
    content, _ = exporter.from_notebook_node(notebook, {"metadata": {"path": str(folder)}})
    position = chapters.index(chapter)
    return _render(
        "chapter.html",
        title=f"{chapter.title} · {COURSE}",
        chapter=chapter,
        content=content,
        problem=problem,
        previous=chapters[position - 1] if position else None,
        following=chapters[position + 1] if position + 1 < len(chapters) else None,
    )


def index_page(rows: list[tuple[Chapter, float, bool]], profile: str) -> str:
    """Return the contents page: a table of the chapters with seconds taken and whether each ran.

    Args:
        rows: for each chapter the seconds that it took, and whether it ran to its end.
        profile: that the notebooks were run in.
    """
    return _render("contents.html", title=COURSE, course=COURSE, rows=rows, profile=profile)


def _render(template: str, **values: Any) -> str:
    """Fill in a page of `templates/`; what is not marked as safe is escaped."""
    environment = Environment(
        loader=PackageLoader("svhn_lib.course"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    highlighting = HtmlFormatter(style="default").get_style_defs(".highlight")
    return environment.get_template(template).render(highlighting=highlighting, **values)
