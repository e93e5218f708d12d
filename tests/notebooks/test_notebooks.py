"""Every committed notebook runs from top to bottom, and is fit to be read as a file."""

from pathlib import Path

import pytest

from svhn_lib.course import check_notebook, execute
from svhn_lib.course.checks import read_notebook

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@every_notebook
def test_it_runs(path, data_root):
    notebook = read_notebook(path)
    execute(notebook, path.parent, {"SVHN_PROFILE": "quick", "SVHN_DATA": str(data_root)})
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


@every_notebook
def test_it_is_fit_to_be_committed(path):
    assert check_notebook(path) == []
