"""The exercises of a chapter: how hard they are, their hints, and the code of their solutions."""

import re
from typing import NamedTuple

from nbformat import NotebookNode

EXERCISE = re.compile(r"^\*\*(\d)\.?\*\* \(((?:\\?\*)+)\)", re.MULTILINE)
FOLDED = r"<details><summary>{}</summary>\n\n(.*?)\n\n</details>"
CODE = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


class Exercise(NamedTuple):
    number: int
    stars: int
    hint: str
    solution: str

    @property
    def code(self) -> list[str]:
        """The blocks of Python in the solution."""
        return CODE.findall(self.solution)


def exercises(notebook: NotebookNode) -> list[Exercise]:
    """Return what stands below the heading 'Exercises', in order."""
    prose = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    _, _, below = prose.partition("\n## Exercises")
    found = list(EXERCISE.finditer(below))
    ends = [*(one.start() for one in found[1:]), len(below)]
    return [
        Exercise(
            int(one[1]),
            one[2].count("*"),
            _folded("Hint", text := below[one.end() : end]),
            _folded("Solution", text),
        )
        for one, end in zip(found, ends, strict=False)
    ]


def _folded(what: str, text: str) -> str:
    found = re.search(FOLDED.format(what), text, re.DOTALL)
    return found[1] if found else ""
