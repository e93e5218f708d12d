"""Every committed notebook runs from top to bottom with its solutions, and reads well as a file."""

import asyncio
import re
import tomllib
from pathlib import Path

import nbformat
import pytest
from chapters import exercises
from nbformat.v4 import new_code_cell
from prose import foreign_numbers

from svhn_lib.course import NotebookError, check_notebook, execute
from svhn_lib.course.checks import read_notebook

HERE = Path(__file__).parent
NOTEBOOKS = sorted((HERE.parents[1] / "notebooks").glob("[0-9][0-9]_*.ipynb"))
AROUND = ("00_start_here", "12_five_systems")  # the pages before and after the chapters
CHAPTERS = [path for path in NOTEBOOKS if path.stem not in AROUND]
ALLOWED = tomllib.loads((HERE / "numbers.toml").read_text())
CITED = re.compile(r"([A-Z]\w+)(?:\s+and\s+[A-Z]\w+|\s+et al\.|'s)?,?\s+\(?((?:19|20)\d\d)\)")
TRAIN_LONG = ("03", "04", "05", "06", "09", "10", "11")  # with their solutions, most of all
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(
            path, id=path.stem, marks=[pytest.mark.long] if path.stem[:2] in TRAIN_LONG else []
        )
        for path in NOTEBOOKS
    ],
)
def test_it_runs_and_so_do_its_solutions(path, data_root, tmp_path):
    notebook = read_notebook(path)
    own = sum(cell.cell_type == "code" for cell in notebook.cells)
    blocks = [(one.number, code) for one in exercises(notebook) for code in one.code]
    notebook.cells += [new_code_cell(code) for _, code in blocks]
    try:
        asyncio.run(
            execute(notebook, path.parent, {"SVHN_PROFILE": "quick", "SVHN_DATA": str(data_root)})
        )
    except NotebookError as error:
        cell = int(re.findall(r"code cell (\d+)", f"{error} code cell 0")[0])
        where = f"solution {blocks[cell - own - 1][0]}: " if cell > own else ""
        pytest.fail(f"{where}{error}")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    del notebook.cells[len(notebook.cells) - len(blocks) :]
    nbformat.write(notebook, tmp_path / path.name)
    assert check_notebook(tmp_path / path.name) == []  # as it ran, not only as it was committed


@every_notebook
def test_it_is_fit_to_be_committed(path):
    assert check_notebook(path) == []


@every_notebook
def test_numbers_in_its_prose_come_from_somewhere(path):
    allowed = ALLOWED.get(path.stem, {})
    foreign = foreign_numbers(read_notebook(path))
    wrong = [f"{number}: {sentence}" for number, sentence in foreign if number not in allowed]
    assert not wrong, "in no output, nor does the sentence say whose they are:\n" + "\n".join(wrong)
    assert allowed.keys() <= {number for number, _ in foreign}, "numbers.toml allows too much"
    assert all(allowed.values()), "each number in numbers.toml has a reason"


@every_chapter
def test_it_has_five_exercises_graded_with_hints_and_solutions(path):
    found = exercises(read_notebook(path))
    assert [one.number for one in found] == [1, 2, 3, 4, 5]
    stars = [one.stars for one in found]
    assert stars == sorted(stars) and stars[0] == 1 and max(stars) <= 3 and len(set(stars)) > 1
    assert all(one.hint.strip() and one.solution.strip() for one in found)


def test_every_author_and_year_is_among_the_linked_sources():
    start, *others = (prose_of(path) for path in NOTEBOOKS)
    lines = start.partition("## Sources")[2].splitlines()
    assert all("](http" in line for line in lines if line.startswith("- "))
    known = set(CITED.findall("\n".join(lines)))
    for path, text in zip(NOTEBOOKS[1:], others, strict=True):
        unknown = set(CITED.findall(text)) - known
        assert not unknown, f"{path.name}: add {unknown} to the sources of 00_start_here.ipynb"


def prose_of(path: Path) -> str:
    cells = read_notebook(path).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_the_check_of_prose_can_fail():
    from nbformat.v4 import new_markdown_cell, new_notebook, new_output

    code = new_code_cell("rate = 3e-3")
    code.outputs = [new_output("stream", text="read 0.8123 of 1,000\n")]
    prose = (
        "It reads 81.2 %, at a rate of 0.003. Wrong: 81.3 %. In the committed run 70 %. "
        "Goodfellow et al. have 96.03 %. See section 7.8 and `x = 0.7`.\n\n| a | 44.4 % |\n|-|-|"
    )
    notebook = new_notebook(cells=[code, new_markdown_cell(prose)])
    assert [number for number, _ in foreign_numbers(notebook)] == ["81.3 %"]
