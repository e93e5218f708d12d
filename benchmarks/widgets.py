"""The error browser over as many answers as SVHN's test set has, against one Image a picture.

    python benchmarks/widgets.py

In a Jupyter kernel: seconds until a view and what its cell shows are made, with a map of all
pictures and without, and milliseconds until the message that answers a filter is sent. The plain
way: an `ipywidgets.Image` for each picture, made once, of which a box shows those that pass. In
JupyterLab, where Chromium is found: seconds from the start of the cell until the pictures of its
first page and the map are painted, and milliseconds from a filter or a lasso until the next page
is; the plain way there with no more than 500 pictures, and all of these on the page.
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
    ("sort", "table order"), ("page", 1), ("search", "77"),
)  # fmt: skip
CHOICES = (
    ("answers", "all"), ("true length", "3"), ("true length", "any"), ("digit read", "7"),
    ("true digit", "1"), ("true digit", "any"), ("sort by", "table order"), ("digit read", "any"),
    ("sort by", "confidence"), ("answers", "wrong"),
)  # fmt: skip
"""Each shows other pictures than the one before, and the last brings back the first page."""


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


def spots(count: int) -> np.ndarray:
    """Places on a map: some clouds."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(8, 2))[rng.integers(0, 8, count)] + rng.normal(size=(count, 2)) / 6


def measure_ours(mapped: bool, count: int = COUNT) -> None:
    """Run in a kernel: print the seconds to make the view, and those of each filter."""
    table, pictures = answers(count)
    points = spots(count) if mapped else None
    made, filters = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        view = ErrorBrowser(table, pictures, map=points)
        view.outputs()
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


FILTERED = """async ([name, value]) => {
    const view = document.querySelector(".svhn");
    const select = [...view.querySelectorAll("select")].find((one) => one.ariaLabel === name);
    const list = view.querySelector(".svhn-gallery");
    const changed = new Promise((done) => {
        new MutationObserver((_, watch) => { watch.disconnect(); done(); })
            .observe(list, { subtree: true, attributes: true, attributeFilter: ["src"] });
    });
    const began = performance.now();
    select.value = value;
    select.dispatchEvent(new Event("change"));
    await changed;
    await Promise.all([...list.querySelectorAll("img")].map((one) => one.decode().catch(() => 0)));
    await new Promise(requestAnimationFrame);
    return performance.now() - began;
}"""
LASSOED = """async () => {
    const view = document.querySelector(".svhn");
    const canvas = view.querySelector(".svhn-dots");
    const place = view.querySelector(".svhn-place");
    const box = canvas.getBoundingClientRect();
    const point = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type, {
        clientX: box.left + x * box.width, clientY: box.top + y * box.height, pointerId: 1 }));
    canvas.setPointerCapture = () => {};
    point("pointerdown", 0.2, 0.2);
    for (const [x, y] of [[0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]) point("pointermove", x, y);
    const changed = new Promise((done) => {
        new MutationObserver((_, watch) => {
            if (!place.textContent.includes("lasso")) return;
            watch.disconnect();
            done();
        }).observe(place, { childList: true, characterData: true, subtree: true });
    });
    const began = performance.now();
    point("pointerup", 0.2, 0.8);
    await changed;
    const images = [...view.querySelectorAll(".svhn-gallery img")];
    await Promise.all(images.map((one) => one.decode().catch(() => 0)));
    await new Promise(requestAnimationFrame);
    const taken = performance.now() - began;
    const buttons = [...view.querySelectorAll("button")];
    buttons.find((one) => one.textContent === "Lift the lasso").click();
    return taken;
}"""


def in_the_browser() -> dict[str, list[float]]:
    """Seconds to paint, and milliseconds to filter, in JupyterLab; {} without Chromium."""
    sys.path.insert(0, str(HERE.parent / "tests" / "browser"))
    import front_end

    path = front_end.find_chromium()
    if path is None:
        return {}
    sources = [
        f"import sys; sys.path.insert(0, {str(HERE)!r})\nimport widgets\n"
        f"many, few = widgets.answers({COUNT}), widgets.answers({FEW})",
        f"widgets.ErrorBrowser(*many, map=widgets.spots({COUNT}))",
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
            ours = [paint(visitor, 1, ".svhn-gallery img", 24) for _ in range(ROUNDS)]
            filters, lassos = [], []
            for _ in range(ROUNDS):
                filters += [visitor.page.evaluate(FILTERED, choice) for choice in CHOICES]
                lassos.append(visitor.page.evaluate(LASSOED))
                visitor.page.wait_for_timeout(1000)
            plain = [paint(visitor, 2, "img.widget-image", FEW) for _ in range(ROUNDS)]
            return {"ours": ours, "plain": plain, "filters": filters, "lassos": lassos}


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
    """One line: median and range, of the plain way, too, where there is one, and their ratio."""
    texts = [
        f"{scale * statistics.median(x):.3g} ({scale * min(x):.3g}-{scale * max(x):.3g}) {unit}"
        for x in (ours, plain)
        if x
    ]
    line = f"{name}: {texts[0]}"
    if plain:
        ratio = statistics.median(plain) / statistics.median(ours)
        line += f"; the plain way {texts[1]}; ratio {ratio:.0f}"
    print(line, flush=True)


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}; {COUNT:,} answers")
    print(f"Python {platform.python_version()}, ipywidgets {ipywidgets.__version__}")
    ours, mapped = in_a_kernel("measure_ours(False)"), in_a_kernel("measure_ours(True)")
    plain = in_a_kernel("measure_plain()")
    say("made in the kernel", ours["made"], plain["made"], "s")
    say("a filter in the kernel", ours["filters"], plain["filters"], "ms", 1000)
    say("made with a map", mapped["made"], [], "s")
    say("a filter with a map", mapped["filters"], [], "ms", 1000)
    shown = in_the_browser()
    if shown:
        say(f"painted in JupyterLab with a map (plain: {FEW})", shown["ours"], shown["plain"], "s")
        say("from a filter to its page", shown["filters"], [], "ms")
        say("from a lasso to its page", shown["lassos"], [], "ms")
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
