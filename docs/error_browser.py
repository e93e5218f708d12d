"""Takes the README's pictures of the error browser: with an answer open, and with a map.

    PYTHONPATH=tests/browser python docs/error_browser.py

Rendered numbers of a seed of their own, none chosen by hand. docs/error_browser.png has the mistake
open that the reader was surest of, with what its first digit was read from; docs/error_map.png the
map of all pictures beside the first of them. Needs Chromium.
"""

import tempfile
from pathlib import Path

import front_end
from bare import Bare
from PIL import Image

from svhn_lib import analysis
from svhn_lib.data.prepare import load_crops
from svhn_lib.data.street import RenderSettings, render_split
from svhn_lib.models import zoo
from svhn_lib.widgets import ErrorBrowser

WIDTH, COLOURS = 960, 256


def browse(folder: Path) -> ErrorBrowser:
    """Make the browser, over pictures that are rendered into a folder."""
    bundled = RenderSettings(bundled_fonts=True)
    test, train = (
        load_crops(render_split(folder / str(seed), 300, seed, bundled)) for seed in (33, 34)
    )
    test.table["file"] = [Path(file).name for file in test.table["file"]]
    net = zoo.load_model("compact")
    table = analysis.examine(net, test)
    return ErrorBrowser(
        table,
        test.pictures,
        explain=analysis.Explainer(net, test.pictures, train),
        marks=folder / "marks.csv",
        map=analysis.picture_map(analysis.embed(net, test.pictures)),
        beside="nothing",
        page_size=16,
    )


def save(view, name: str) -> None:
    """Keep what a part of the page looks like, in few colours."""
    path = Path(__file__).with_name(name)
    view.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(COLOURS).save(path, optimize=True)


with (
    tempfile.TemporaryDirectory() as scratch,
    front_end.chromium(front_end.find_chromium() or "chromium") as browser,
):
    page = browser.new_page(viewport={"width": WIDTH, "height": 1600})
    page.set_default_timeout(600_000)
    bare = Bare(page, browse(Path(scratch)))
    view = page.get_by_role("group", name="Error browser")
    view.get_by_text("Marks are kept in").evaluate(
        "(note) => { note.textContent = 'Marks are kept in /home/you/marks.csv'; }"
    )
    view.get_by_role("listbox", name="Pictures").get_by_role("option").first.click()
    view.get_by_role("region").wait_for()
    view.locator(".svhn-digits button").nth(1).click()
    save(view, "error_browser.png")
    view.get_by_role("region").get_by_role("button", name="Close").click()
    view.get_by_role("combobox", name="answers", exact=True).select_option("all")
    view.get_by_role("button", name="With map").click()
    view.locator(".svhn-legend").wait_for()
    page.wait_for_timeout(500)
    save(view, "error_map.png")
