"""A notebook as HTML that loads nothing: formulas as MathML, pictures embedded, links set right.

What stands around it on a page is in `pages`.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import PackageLoader, pass_context
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from traitlets.config import Config

from svhn_lib.course.polish import WIDE

# A widget shows nothing without a kernel: its static HTML comes first.
PRIORITY = ["text/html", "image/svg+xml", "image/png", "text/markdown", "text/plain"]

# 'math' alone has no large signs on many systems: sums stay small, braces do not grow.
MATH_FONTS = (
    "Latin Modern Math, STIX Two Math, Cambria Math, DejaVu Math TeX Gyre, Noto Sans Math, math"
)


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
    """Markdown with formulas as MathML, its links right wherever the pages lie."""

    def block_math(self, body: str) -> str:
        return _wide(formula(body, "block"))

    def inline_math(self, body: str) -> str:
        return formula(body, "inline")

    def latex_environment(self, name: str, body: str) -> str:
        return _wide(formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block"))

    def block_html(self, html: str) -> str:
        # Embedding parses the HTML and closes what is open: a <details> would end at its summary.
        return str(super().block_html(html)) if "<img" in html else html + "\n"

    def inline_html(self, html: str) -> str:
        return str(super().inline_html(html)) if "<img" in html else html

    def link(self, text: str, url: str, title: str | None = None) -> str:
        parts = urlsplit(url)
        if parts.path and not (parts.scheme or parts.netloc or parts.path.startswith("/")):
            target = Path(parts.path)
            if target.suffix != ".ipynb" or len(target.parts) > 1:
                # A file of the project: a link to it would be dead wherever the pages are copied.
                return f"{text} (<code>{html.escape(target.name)}</code> in the project)"
            url = parts._replace(path=target.with_suffix(".html").name).geturl()
        return str(super().link(text, url, title))


def _wide(block: str) -> str:
    return f'<div class="{WIDE}">{block}</div>\n'


class BodyExporter(HTMLExporter):
    """The body of a page: nbconvert's plain markup, which brings no script and no style."""

    def __init__(self) -> None:
        """Set up nbconvert with the course's own template for figures."""
        super().__init__(
            template_name="basic",
            template_file="notebook.html.j2",
            extra_loaders=[PackageLoader("svhn_lib.course")],
            config=Config(NbConvertBase={"display_data_priority": PRIORITY}),
        )
        self.log.setLevel("ERROR")  # a picture without a description is not the reader's concern

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Return a cell's Markdown as HTML, its formulas as MathML."""
        return _markdown(context, source)


def _markdown(context: Any, source: str) -> str:
    renderer = _Renderer(
        escape=False,
        embed_images=True,
        attachments=context.get("cell", {}).get("attachments", {}),
        path=context["resources"]["metadata"]["path"],
    )
    return str(MarkdownWithMath(renderer=renderer).render(source))


class DescribedPictures(Preprocessor):
    """Pictures with the alternative text of their output, which nbconvert's own template drops."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: Any, index: int
    ) -> tuple[NotebookNode, Any]:
        """Give each picture of a cell that has a description an HTML form with it."""
        for output in cell.get("outputs", []):
            about = output.get("metadata", {}).get("image/png", {})
            if "alt" in about and "text/html" not in output.data:
                sizes = "".join(f' {n}="{about[n]}"' for n in ("width", "height") if n in about)
                source = "".join(output.data["image/png"].split())
                alt = html.escape(about["alt"])
                output.data["text/html"] = (
                    f'<img src="data:image/png;base64,{source}" alt="{alt}"{sizes}>'
                )
        return cell, resources


def configure_nbconvert(config: Any, out: Path) -> None:
    """Let `jupyter nbconvert --to html` make pages that are whole without a network.

    Formulas are MathML, widgets show their stills, nothing is loaded: neither MathJax nor the
    widgets' own scripts. Pages lie in `out`, not beside the notebooks.

    Args:
        config: as a `jupyter_nbconvert_config.py` gets it from `get_config()`.
        out: folder of the pages.

    Example:
        >>> config = Config()
        >>> configure_nbconvert(config, Path("build/course"))
        >>> config.FilesWriter.build_directory
        'build/course'
    """

    @pass_context
    def markdown2html(context: Any, source: str) -> str:
        # The page has a style of its own, so each formula brings its font.
        styled = f'<math style="font-family: {MATH_FONTS}" '
        return _markdown(context, source).replace("<math ", styled)

    config.NbConvertBase.display_data_priority = PRIORITY
    config.HTMLExporter.preprocessors = [DescribedPictures]
    config.HTMLExporter.filters = {"markdown2html": markdown2html}
    config.HTMLExporter.mathjax_url = config.HTMLExporter.require_js_url = "data:,"
    config.ExecutePreprocessor.store_widget_state = False
    config.FilesWriter.build_directory = str(out)
