"""The widgets in JupyterLab and in Notebook 7: what hangs on the front end and its kernel.

The tests share one running notebook and put back what they change.
"""

import csv
import re
import shutil

import nbformat
import pytest

pytest.importorskip("playwright", reason="no Playwright: pip install 'svhn_lib[browser]'")

from front_end import expect_painted
from made_set import COUNT, numbers
from playwright.sync_api import Locator, Page, expect

from svhn_lib.course.markup import PRIORITY

BROWSER, EXPLORER, PLAYGROUND, LEFT = 1, 2, 3, 4  # cells
NAMES = ("Error browser", "Confusion explorer", "Augmentation playground")
WRONG = [place for place, (true, read) in enumerate(numbers) if true != read]
PAGE = 24
GONE = "The kernel is gone: run this cell again."


@pytest.fixture(scope="module")
def notebook(make_notebook):
    return make_notebook("lab/widgets.ipynb")


@pytest.fixture(scope="module")
def visitor(visit, notebook):
    """JupyterLab with the notebook open and run, in a window that shows all of it."""
    visitor = visit()
    visitor.page.set_viewport_size({"width": 1300, "height": 4200})
    visitor.open("lab", "lab/widgets.ipynb")
    visitor.command("notebook:run-all-cells")
    return visitor


NOT_OURS = (
    "[anywidget] Failed to initialize model.",  # said after two seconds, and done later
    # Of Notebook 7, which has no file browser beside a notebook, on every page:
    "Cannot read properties of undefined (reading 'schema')",
    "Command 'filebrowser:open-path' not registered.",
)


@pytest.fixture
def page(visitor) -> Page:
    yield visitor.page
    assert [error for error in visitor.errors if error not in NOT_OURS] == []
    assert visitor.outside == []  # nothing was asked of a network


@pytest.fixture
def view(visitor, page) -> Locator:
    """The error browser as it was at first."""
    view = browser_of(page)
    view.get_by_role("button", name="Reset", exact=True).click()
    visitor.settle()  # what the test before asked for, too: it could still open or close an answer
    close = view.get_by_role("button", name="Close")
    if close.is_visible():
        close.click()
    expect(status(view)).to_have_text(f"1–{PAGE} of {len(WRONG)} wrong answers to {COUNT} numbers")
    return view


def browser_of(page: Page) -> Locator:
    return page.get_by_role("group", name="Error browser")


def status(view: Locator) -> Locator:
    return view.locator(".svhn-place")


def tiles(view: Locator) -> Locator:
    return view.get_by_role("listbox", name="Pictures").get_by_role("option")


def visible(found: Locator) -> Locator:
    return found.locator("visible=true")


def expect_all_painted(page: Page) -> None:
    """Wait until each widget shows pictures, and all of these are there."""
    expect(tiles(browser_of(page))).to_have_count(PAGE)
    page.wait_for_function(
        """(names) => names.every((name) => {
            const view = document.querySelector(`[role=group][aria-label="${name}"]`);
            const images = [...(view?.querySelectorAll("img") || [])].filter((i) => i.offsetParent);
            return images.length && images.every((i) => i.complete && i.naturalWidth > 0);
        })""",
        arg=NAMES,
    )


def expect_stills(page: Page) -> None:
    """Words and contact sheets of all three widgets, and nothing that says what is missing."""
    expect(page.get_by_text(f"{len(WRONG)} wrong answers to {COUNT} numbers")).to_be_visible()
    sheets = page.locator(".jp-RenderedImage img")
    expect(sheets).to_have_count(len(NAMES))
    expect(visible(sheets)).to_have_count(len(NAMES))
    for sheet in sheets.all():
        expect_painted(sheet)
    expect(page.get_by_text("run this cell for the live view").first).to_be_visible()
    for text in ("Error displaying widget", "Loading widget"):
        expect(visible(page.get_by_text(text))).to_have_count(0)


def restart(visitor) -> None:
    """Restart the kernel, and wait until the new one is there: before, the old one seems idle."""
    visitor.page.evaluate(
        """() => {
            const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
            window.done = false;
            kernel.restart().finally(() => { window.done = true; });
        }"""
    )
    visitor.page.wait_for_function("() => window.done")


def test_the_live_views_take_the_place_of_the_stills(view, page):
    expect_all_painted(page)
    expect(visible(page.locator(".jp-RenderedImage img"))).to_have_count(0)
    expect(visible(page.get_by_text("for the live view"))).to_have_count(0)


def test_plain_keys_are_the_widget_s_and_ctrl_s_saves_the_notebook(view, visitor, page):
    state = """() => {
        const { content, context } = jupyterapp.shell.currentWidget;
        return [content.activeCellIndex, content.mode, content.widgets.length, context.model.dirty];
    }"""
    tiles(view).first.focus()
    cell, mode, count, _ = page.evaluate(state)
    for key in ("ArrowDown", "ArrowRight", "b", "x", "x", "a", "Escape", "Enter", "Escape"):
        page.keyboard.press(key)
    visitor.settle()  # at first nothing is open either
    expect(view.get_by_role("region")).to_be_hidden()
    assert page.evaluate(state)[:3] == [cell, mode, count]
    page.evaluate("() => { jupyterapp.shell.currentWidget.context.model.dirty = true; }")
    page.keyboard.press("Control+s")
    page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")


def test_keys_that_come_faster_than_answers_do_what_they_do_slowly(view, page):
    at_once = """(keys) => keys.forEach((key) => document.activeElement.dispatchEvent(
        new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })))"""
    tiles(view).first.focus()
    page.evaluate(at_once, ["Enter", "ArrowRight", "Enter", "a", "Escape"])
    expect(view.get_by_role("region")).to_have_attribute("aria-busy", "false")
    expect(view.get_by_role("group", name="Picked")).to_be_hidden()
    tiles(view).first.focus()
    page.evaluate(at_once, ["a", "Escape", "Enter", "Escape"])
    expect(view.get_by_role("region")).to_be_hidden()


def test_a_mark_survives_a_reload_and_a_new_kernel(view, visitor, notebook):
    page, path = visitor.page, notebook.parent / "kept" / "marks.csv"
    tiles(view).nth(2).click()
    panel = view.get_by_role("region")
    panel.get_by_role("button", name="1 label wrong").click()
    expect(tiles(view).nth(2)).to_contain_text("label wrong")
    place = WRONG[2]
    with path.open(newline="") as file:
        assert list(csv.reader(file))[1:] == [
            [f"{place}.png", *numbers[place], "label wrong", "", ""]
        ]
    expect(view.get_by_text(str(path))).to_be_visible()

    visitor.command("docmanager:save")
    visitor.reload()  # the kernel goes on
    view = browser_of(page)
    expect(tiles(view).nth(2)).to_contain_text("label wrong")
    tiles(view).nth(2).focus()
    page.keyboard.press("u")  # also what was done before the reload
    expect(tiles(view).nth(2)).not_to_contain_text("label wrong")
    page.keyboard.press("2")
    expect(tiles(view).nth(2)).to_contain_text("unreadable")

    restart(visitor)
    visitor.wait_until_ready()
    visitor.command("notebook:run-all-cells")
    view = browser_of(page)
    expect(view).to_have_count(1)
    view.get_by_role("combobox", name="marks", exact=True).select_option("unreadable")
    expect(tiles(view)).to_have_count(1)
    tiles(view).first.press("0")
    expect(tiles(view)).to_have_count(0)
    assert len(path.read_text().splitlines()) == 1


def test_a_cell_that_reruns_leaves_no_widget_behind(visitor, page):
    def widgets() -> int:
        return int(re.search(r"widgets: (\d+)", visitor.run_cell(LEFT))[1])

    assert widgets() == 6  # three views with a layout each
    for cell in (BROWSER, EXPLORER, PLAYGROUND, BROWSER):
        visitor.run_cell(cell)
    assert widgets() == 6
    for name in NAMES:
        expect(page.get_by_role("group", name=name)).to_have_count(1)


def test_the_saved_notebook_as_a_page_shows_pictures_without_kernel_or_network(
    visitor, notebook, visit, tmp_path
):
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    visitor.command("docmanager:save")
    saved = nbformat.read(notebook, as_version=4)
    exporter = HTMLExporter(config=Config(NbConvertBase={"display_data_priority": PRIORITY}))
    saved.metadata.pop("widgets", None)
    page_file = tmp_path / "page.html"
    page_file.write_text(exporter.from_notebook_node(saved)[0])
    reader = visit(address=None)
    reader.page.goto(page_file.as_uri())
    images = reader.page.locator(".jp-RenderedImage img")
    expect(images).to_have_count(len(NAMES))
    for picture in images.all():
        expect_painted(picture)
    expect(
        reader.page.get_by_text(f"{len(WRONG)} wrong answers to {COUNT} numbers", exact=True)
    ).to_be_visible()
    expect(reader.page.locator("table caption")).to_be_visible()


def test_the_next_morning_there_are_stills_trusted_or_not(visitor, notebook, page):
    """With a new kernel, which knows of no widget."""
    visitor.command("docmanager:save")
    plain = nbformat.read(notebook, as_version=4)
    plain.cells[0].source += "\n# from somebody else: Jupyter trusts only what it ran itself"
    nbformat.write(plain, notebook.with_name("untrusted.ipynb"))
    shutil.copy(notebook, notebook.with_name("trusted.ipynb"))  # by what is in it
    trust = "() => jupyterapp.shell.currentWidget.content.widgets[1].model.trusted"
    for kind, name in [
        ("lab", "trusted"),
        ("lab", "untrusted"),
        ("notebook", "trusted"),
        ("notebook", "untrusted"),
    ]:
        visitor.open(kind, f"lab/{name}.ipynb")
        assert page.evaluate(trust) == (name == "trusted")
        expect_stills(page)


def test_a_kernel_that_is_gone_is_told_at_once_and_nothing_looks_alive(visitor, notebook, page):
    path = notebook.parent / "kept" / "marks.csv"
    visitor.open("lab", "lab/widgets.ipynb")
    expect_all_painted(page)  # by the kernel, which goes on
    visitor.command("notebook:run-all-cells")
    view = browser_of(page)
    tiles(view).first.click()
    panel = view.get_by_role("region")
    expect(panel).to_be_visible()
    before = path.read_text() if path.exists() else ""
    restart(visitor)
    gone = view.get_by_role("alert").filter(has_text=GONE)
    expect(gone).to_be_visible()
    greyed = view.locator(".svhn-body")
    expect(greyed).to_have_css("opacity", "0.5")
    assert greyed.evaluate("(body) => body.inert")  # no click, no key, no filter
    assert (path.read_text() if path.exists() else "") == before
    expect(page.locator(".svhn-body").nth(1)).to_have_css("opacity", "0.5")
    visitor.wait_until_ready()
    visitor.command("notebook:run-all-cells")
    expect_all_painted(page)
    expect(gone).to_have_count(0)


def test_in_notebook_7_all_is_painted_and_a_lost_mark_is_told(visit, make_notebook):
    folder = make_notebook("classic/widgets.ipynb").parent
    visitor = visit()
    page = visitor.page
    page.set_viewport_size({"width": 1300, "height": 4200})
    visitor.open("notebook", "classic/widgets.ipynb")
    visitor.command("notebook:run-all-cells")
    expect_all_painted(page)
    view = browser_of(page)
    tiles(view).first.press("Enter")
    panel = view.get_by_role("region")
    expect(panel).to_be_focused()
    expect(panel).to_contain_text("digit 2: 0 read as 7")
    panel.get_by_role("button", name="2 unreadable").click()
    expect(tiles(view).first).to_contain_text("unreadable")
    kernel = page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.id")
    page.evaluate(  # as it is culled
        """(kernel) => fetch(`/api/kernels/${kernel}`, { method: "DELETE", headers: {
            "X-XSRFToken": document.cookie.match(/_xsrf=([^;]*)/)?.[1] || "" } })""",
        kernel,
    )
    panel.get_by_role("button", name="3 model wrong").click()
    alert = view.get_by_role("alert").filter(has_text="Not saved: model wrong for 10")
    expect(alert).to_be_visible()
    expect(view.locator(".svhn-body")).to_have_css("opacity", "0.5")
    expect(panel.get_by_role("button", name="2 unreadable")).to_have_attribute(
        "aria-pressed", "true"
    )
    assert "model wrong" not in (folder / "kept" / "marks.csv").read_text()
    assert visitor.outside == []
