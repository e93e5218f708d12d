"""The error browser over as many answers as SVHN's test set has, against one Image a picture.

    python benchmarks/widgets.py

In a Jupyter kernel: seconds until a view and what its cell shows are made, and milliseconds until
the message that answers a filter is sent. The plain way: an `ipywidgets.Image` for each picture,
made once, of which a box shows those that pass. In JupyterLab, where Chromium is found: seconds
from the start of the cell until the pictures of its first page are painted; the plain way there
with no more than 500 pictures, and all of these on the page.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

import cv2
import ipywidgets
import nbformat
import numpy as np
from jupyter_client.manager import start_new_kernel
from nbformat.v4 import new_code_cell, new_notebook
from pandas import DataFrame

from svhn_lib.analysis import error_table
from svhn_lib.reading.record import Answer
from svhn_lib.widgets import ErrorBrowser
from svhn_lib.widgets.gallery import jpeg

COUNT, FEW, ROUNDS = 13_068, 500, 3
HERE = Path(__file__).resolve().parent
FILTERS = (
    ("answers", "all"), ("answers", "substitution"), ("true_digit", "1"), ("read_digit", "7"),
    ("true_digit", "any"), ("read_digit", "any"), ("length", "3"), ("confidence", (0.2, 0.9)),
    ("sort", "table order"), ("page", 1),
)  # fmt: skip


def answers(count: int) -> tuple[DataFrame, np.ndarray]:
    """An error table with every tenth answer wrong, and soft random pictures."""
    rng = np.random.default_rng(0)
    true = [str(number) for number in rng.integers(0, 2000, count)]
    wrong, sure = rng.random(count) < 0.1, rng.random(count)
    read = [text[:-1] + "7" if bad else text for text, bad in zip(true, wrong, strict=True)]
    found = [Answer(text, p, (p,) * len(text)) for text, p in zip(read, sure, strict=True)]
    coarse = rng.integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
    return error_table(true, found), np.stack([cv2.resize(one, (64, 64)) for one in coarse])


class Plain:
    """One Image a picture in a box that shows those whose rows pass."""

    def __init__(self, table: DataFrame, pictures: np.ndarray) -> None:
        self.table = table
        self.images = [ipywidgets.Image(value=jpeg(one), format="jpeg") for one in pictures]
        self.box = ipywidgets.GridBox(self.images)

    def show(self, digit: str) -> None:
        kept = np.flatnonzero(self.table["number"].str.contains(digit, regex=False))
        self.box.children = [self.images[place] for place in kept]


def measure_ours(count: int = COUNT) -> None:
    """Run in a kernel: print the seconds to make the view, and those of each filter."""
    table, pictures = answers(count)
    made, filters = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        view = ErrorBrowser(table, pictures)
        view._repr_mimebundle_()
        made.append(time.perf_counter() - started)
        for name, value in FILTERS:
            started = time.perf_counter()
            setattr(view, name, value)
            filters.append(time.perf_counter() - started)
        view.close()
    print(json.dumps({"made": made, "filters": filters}))


def measure_plain(count: int = COUNT) -> None:
    """Run in a kernel: the same for the plain way."""
    table, pictures = answers(count)
    started = time.perf_counter()
    view = Plain(table, pictures)
    made = [time.perf_counter() - started]
    filters = []
    for digit in "17203":
        started = time.perf_counter()
        view.show(digit)
        filters.append(time.perf_counter() - started)
    print(json.dumps({"made": made, "filters": filters}))


def in_a_kernel(call: str) -> dict[str, list[float]]:
    """What a function of this file prints when a kernel runs it."""
    manager, client = start_new_kernel(extra_arguments=["--log-level=ERROR"])
    printed: list[str] = []

    def hear(message: dict) -> None:
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])
        elif message["msg_type"] == "error":
            raise RuntimeError("\n".join(message["content"]["traceback"]))

    code = f"import sys; sys.path.insert(0, {str(HERE)!r})\nimport widgets\nwidgets.{call}"
    try:
        client.execute_interactive(code, output_hook=hear, timeout=1800)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return json.loads("".join(printed))


PAINTED = """([selector, count]) => {
    const found = [...document.querySelectorAll(selector)];
    const ready = found.filter((image) => image.complete && image.naturalWidth > 0);
    return ready.length >= count && performance.now() - window.began;
}"""


def first_paint() -> dict[str, list[float]]:
    """Seconds from a cell's start in JupyterLab to its painted pictures; {} without Chromium."""
    sys.path.insert(0, str(HERE.parent / "tests" / "browser"))
    import front_end

    path = front_end.find_chromium()
    if path is None:
        return {}
    sources = [
        f"import sys; sys.path.insert(0, {str(HERE)!r})\nimport widgets\n"
        f"many, few = widgets.answers({COUNT}), widgets.answers({FEW})",
        "widgets.ErrorBrowser(*many)",
        "widgets.Plain(*few).box",
    ]
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "notebooks"
        folder.mkdir()
        nbformat.write(notebook, folder / "paint.ipynb")
        with (
            front_end.serve(folder, Path(scratch)) as address,
            front_end.chromium(path) as browser,
        ):
            visitor = front_end.Visitor(browser, address)
            visitor.open("lab", "paint.ipynb")
            visitor.run_cell(0)
            return {
                "ours": [paint(visitor, 1, ".svhn-gallery img", 24) for _ in range(ROUNDS)],
                "plain": [paint(visitor, 2, "img.widget-image", FEW) for _ in range(ROUNDS)],
            }


def paint(visitor, cell: int, selector: str, count: int) -> float:
    """Seconds that one cell takes, looked for in every frame that the browser draws."""
    page = visitor.page
    page.evaluate(
        """(cell) => {
            jupyterapp.shell.currentWidget.content.activeCellIndex = cell;
            jupyterapp.commands.execute("notebook:clear-cell-output");
            window.began = performance.now();
            jupyterapp.commands.execute("notebook:run-cell");
        }""",
        cell,
    )
    taken = page.wait_for_function(PAINTED, arg=[selector, count], polling="raf", timeout=600_000)
    visitor.wait_until_ready()
    return taken.json_value() / 1000


def say(name: str, ours: list[float], plain: list[float], unit: str, scale: float = 1) -> None:
    """One line: median and range of both, and their ratio."""
    texts = [
        f"{scale * statistics.median(x):.3g} ({scale * min(x):.3g}-{scale * max(x):.3g}) {unit}"
        for x in (ours, plain)
    ]
    ratio = statistics.median(plain) / statistics.median(ours)
    print(f"{name}: {texts[0]}; the plain way {texts[1]}; ratio {ratio:.0f}", flush=True)


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}; {COUNT:,} answers")
    print(f"Python {platform.python_version()}, ipywidgets {ipywidgets.__version__}")
    ours, plain = in_a_kernel("measure_ours()"), in_a_kernel("measure_plain()")
    say("made in the kernel", ours["made"], plain["made"], "s")
    say("a filter in the kernel", ours["filters"], plain["filters"], "ms", 1000)
    painted = first_paint()
    if painted:
        say(f"painted in JupyterLab (plain: {FEW})", painted["ours"], painted["plain"], "s")
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
