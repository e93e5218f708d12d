"""Takes the README's pictures of the error browser in JupyterLab: with an answer open, with a map.

    PYTHONPATH=tests/browser python docs/error_browser.py

Rendered numbers of a seed of their own, none chosen by hand; the mistake that the reader was surest
of is open, with what its first digit was read from; docs/error_map.png is of the same browser with
the map beside its pictures. Needs Chromium.
"""

import tempfile
from pathlib import Path

import front_end
import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

WIDTH, COLOURS = 960, 256
CODE = """
from pathlib import Path

from svhn_lib import analysis
from svhn_lib.data.prepare import load_crops
from svhn_lib.data.street import RenderSettings, render_split
from svhn_lib.models import zoo
from svhn_lib.widgets import ErrorBrowser

bundled = RenderSettings(bundled_fonts=True)
test, train = (load_crops(render_split(Path(str(seed)), 300, seed, bundled)) for seed in (33, 34))
test.table["file"] = [Path(file).name for file in test.table["file"]]
net = zoo.load_model("compact")
table = analysis.examine(net, test)
explain = analysis.Explainer(net, test.pictures, train)
ErrorBrowser(
    table,
    test.pictures,
    explain=explain,
    marks="marks.csv",
    map=analysis.picture_map(analysis.embed(net, test.pictures)),
    beside="nothing",
    page_size=12,
)
"""


notebook = new_notebook(cells=[new_code_cell(CODE)])
notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}


def save(view, name: str) -> None:
    """Keep what a part of the page looks like, in few colours."""
    path = Path(__file__).with_name(name)
    view.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(COLOURS).save(path, optimize=True)


with tempfile.TemporaryDirectory() as scratch:
    folder = Path(scratch) / "notebooks"
    folder.mkdir()
    nbformat.write(notebook, folder / "browser.ipynb")
    with (
        front_end.serve(folder, Path(scratch)) as address,
        front_end.chromium(front_end.find_chromium() or "chromium") as browser,
    ):
        visitor = front_end.Visitor(browser, address)
        visitor.page.set_viewport_size({"width": WIDTH + 430, "height": 2000})
        visitor.open("lab", "browser.ipynb")
        visitor.command("notebook:run-all-cells", timeout=1800)
        view = visitor.page.get_by_role("group", name="Error browser")
        panel = view.get_by_role("region")
        view.get_by_role("listbox", name="Pictures").get_by_role("option").first.click()
        front_end.expect(panel).to_have_attribute("aria-busy", "false")
        view.locator(".svhn-digits button").nth(1).click()
        save(view, "error_browser.png")
        panel.get_by_role("button", name="Close").click()
        view.get_by_role("combobox", name="answers", exact=True).select_option("all")
        view.get_by_role("button", name="With map").click()
        front_end.expect(view.locator(".svhn-legend")).to_contain_text("wrong")
        save(view, "error_map.png")
