"""A Jupyter server and Chromium for the tests of this folder, which skip where one is missing."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

CELLS = [
    "import sys; sys.path.insert(0, {here!r})\n"
    "from made_set import boxes, crops, explain, pictures, table\n"
    "from svhn_lib.widgets import AugmentationPlayground, ConfusionExplorer, ErrorBrowser",
    "ErrorBrowser(table, pictures, explain=explain, marks='kept/marks.csv')",
    "ConfusionExplorer(table, pictures)",
    "AugmentationPlayground(crops, boxes, names=table['number'][:2])",
    "from ipywidgets.widgets.widget import _instances\nprint('widgets:', len(_instances))",
]


@pytest.fixture(scope="module")
def browser():
    # Not for the whole session: Playwright's loop is in the way of tests that bring their own.
    pytest.importorskip("playwright", reason="no Playwright: pip install 'svhn_lib[browser]'")
    import front_end

    path = front_end.find_chromium()
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with front_end.chromium(path) as browser:
        yield browser


@pytest.fixture(scope="session")
def served(tmp_path_factory) -> Path:
    """The folder whose notebooks the server shows."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="session")
def server(served, data_root, tmp_path_factory):
    """Its address. Kernels see the quick profile and a data folder of the tests' own."""
    pytest.importorskip("jupyterlab", reason="no JupyterLab: pip install 'svhn_lib[course]'")
    import front_end

    scratch = tmp_path_factory.mktemp("server")
    surroundings = {"SVHN_PROFILE": "quick", "SVHN_DATA": str(data_root)}
    with front_end.serve(served, scratch, **surroundings) as address:
        yield address


@pytest.fixture(scope="module")
def visit(browser, server):
    """Makes visitors to the server, or to files where told so, and sees them off."""
    import front_end

    made = []

    def new(address=server):
        made.append(front_end.Visitor(browser, address))
        return made[-1]

    yield new
    for visitor in made:
        visitor.close()


@pytest.fixture(scope="module")
def visit_files(browser):
    """Makes visitors to files, for whom no server is started, and sees them off."""
    import front_end

    made = []

    def new():
        made.append(front_end.Visitor(browser, None))
        return made[-1]

    yield new
    for visitor in made:
        visitor.close()


@pytest.fixture(scope="session")
def make_notebook(served):
    """Writes a notebook with all widgets over made-up answers."""

    def write(name: str) -> Path:
        here = str(Path(__file__).parent)
        sources = [CELLS[0].format(here=here), *CELLS[1:]]
        notebook = new_notebook(cells=[new_code_cell(text) for text in sources])
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook.metadata["kernelspec"] = kernel
        (served / name).parent.mkdir(exist_ok=True)
        nbformat.write(notebook, served / name)
        return served / name

    return write
