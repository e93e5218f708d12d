"""Numbers in the prose of a notebook, and where they come from.

A number with a decimal point or a per cent sign must be found in an output or in the code of its
notebook, rounded alike, unless its sentence says whose it is.
"""

import re
from collections.abc import Iterator

from nbformat import NotebookNode

# Whose a number is, where no output of the notebook has it: of an earlier run, of a paper, of a
# script or command that is named, of a page that is linked or named.
MARK = re.compile(
    r"committed run|full profile|et al\.|[(, ](?:19|20)\d\d[a-z]?\)|benchmarks/\w+\.py"
    r"|`svhn [^`]+`|`make \w+`|docs/results\.md|\]\(http"
)
NUMBER = re.compile(
    r"(?<![\w.,/^_-])(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?P<part>\.\d+)?(?![\w]|\.\d|,\d{3})\s?(?P<cent>%)?"
)
VALUE = re.compile(
    r"(?<![\w.])(\d{1,3}(?:[,_]\d{3})+|\d+)?(\.\d+|\.(?!\d))?(e[+-]?\d+)?\s?(%)?", re.I
)
DROPPED = re.compile(
    r"```.*?```|\$\$.*?\$\$|\$[^$\n]+\$|^#+ .*?$|<[^>]+>", re.DOTALL | re.MULTILINE
)
QUIET = re.compile(r"`[^`]*`|\]\([^)]*\)|\b[Ss]ections? \d+\.\d+(?:(?:,| and| to|,? or) \d+\.\d+)*")
SENTENCE = re.compile(r"(?<=[.!?:])\s+(?=[A-Z*_`\[(|“])")


def foreign_numbers(notebook: NotebookNode) -> list[tuple[str, str]]:
    """Return the numbers in prose that nothing supports, each with its sentence."""
    known = [value for text in _evidence(notebook) for value in _values(text)]
    return [
        (number, " ".join(sentence.split()))
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for sentence in _sentences(cell.source)
        if not MARK.search(sentence)
        for number, value, digits in _numbers(QUIET.sub("", sentence))
        if not any(abs(other - value) <= 0.5 * 10.0**-digits + 1e-9 for other in known)
    ]


def _evidence(notebook: NotebookNode) -> Iterator[str]:
    """Yield code, and the outputs: text, tables, and the words that stand for figures."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            yield from re.findall(r"```.*?```", cell.source, re.DOTALL)
            continue
        yield cell.source
        for output in cell.outputs:
            yield str(output.get("text", ""))
            for mime, data in output.get("data", {}).items():
                if not mime.startswith("image/"):
                    yield re.sub(r"<[^>]*>", " ", str(data))
            for shown in output.get("metadata", {}).values():
                if isinstance(shown, dict):
                    yield str(shown.get("alt", ""))


def _values(text: str) -> Iterator[float]:
    """Yield every number as it stands; shares also in per cent, and per cent as shares."""
    for whole, part, power, _cent in VALUE.findall(text):
        if whole or len(part) > 1:
            value = float(re.sub("[,_]", "", whole or "0") + part.rstrip(".") + power)
            yield from (value, value * 100, value / 100)


def _sentences(source: str) -> Iterator[str]:
    """Yield sentences; a table is one with the paragraph above it."""
    above = ""
    for block in re.split(r"\n\s*\n|\n(?=(?:- |\d\. |\* ))", DROPPED.sub("", source)):
        if block.lstrip().startswith("|"):
            yield f"{above}\n{block}"
        else:
            yield from SENTENCE.split(block)
            above = block


def _numbers(sentence: str) -> Iterator[tuple[str, float, int]]:
    """Yield decimal numbers and percentages: as written, their value, digits after the point."""
    for found in NUMBER.finditer(sentence):
        part = found["part"] or ""
        if part or found["cent"]:
            text = found["whole"] + part
            yield found[0].strip(), float(text.replace(",", "")), max(0, len(part) - 1)
