"""The widgets in JupyterLab and in Notebook 7, with keyboard and mouse in a real browser.

The tests share one running notebook and put back what they change.
"""

import csv
import re

import nbformat
import pytest

pytest.importorskip("playwright", reason="no Playwright: pip install 'svhn_lib[browser]'")

from made_set import COUNT, numbers
from playwright.sync_api import Locator, Page, expect

from svhn_lib.course.markup import PRIORITY

BROWSER, EXPLORER, PLAYGROUND, LEFT = 1, 2, 3, 4  # cells
WRONG = [place for place, (true, read) in enumerate(numbers) if true != read]
PAGE = 24


@pytest.fixture(scope="module")
def notebook(make_notebook):
    return make_notebook("lab/widgets.ipynb")


@pytest.fixture(scope="module")
def visitor(visit, notebook):
    """JupyterLab with the notebook open and run, in a window that shows all of it."""
    visitor = visit()
    visitor.page.set_viewport_size({"width": 1300, "height": 3600})
    visitor.open("lab", "lab/widgets.ipynb")
    visitor.command("notebook:run-all-cells")
    return visitor


@pytest.fixture
def page(visitor) -> Page:
    yield visitor.page
    assert visitor.errors == []
    assert visitor.outside == []  # nothing was asked of a network


@pytest.fixture
def view(page) -> Locator:
    """The error browser as it was at first."""
    view = page.get_by_role("group", name="Error browser")
    view.get_by_role("button", name="Reset").click()
    close = view.get_by_role("button", name="Close")
    if close.is_visible():
        close.click()
    expect(status(view)).to_have_text(f"1–{PAGE} of {len(WRONG)} wrong answers to {COUNT} numbers")
    return view


def status(view: Locator) -> Locator:
    return view.get_by_role("status").first


def thumbnails(view: Locator) -> Locator:
    return view.get_by_role("listbox", name="Pictures").get_by_role("option")


def captions(view: Locator) -> list[str]:
    """True and read number of each thumbnail."""
    return [text.splitlines()[0] for text in thumbnails(view).all_inner_texts()]


def expected(places: list[int]) -> list[str]:
    return [
        true if true == read else f"{true} read {read or 'nothing'}"
        for true, read in (numbers[place] for place in places)
    ]


def painted(picture: Locator) -> bool:
    return picture.evaluate("(image) => image.complete && image.naturalWidth > 0")


def choose(view: Locator, name: str, value: str) -> None:
    view.get_by_role("combobox", name=name, exact=True).select_option(value)


def test_the_page_that_is_seen_has_its_pictures(view):
    assert captions(view) == expected(WRONG[:PAGE])
    assert all(painted(picture) for picture in thumbnails(view).locator("img").all())
    assert thumbnails(view).first.get_attribute("aria-label").startswith("10 read as 17, conf")


def test_filters_and_order(view):
    choose(view, "answers", "missing")
    lost = [place for place in WRONG if len(numbers[place][1]) < len(numbers[place][0])]
    expect(status(view)).to_contain_text(f"of {len(lost)} answers with a missing digit")
    assert captions(view) == expected(lost)
    choose(view, "answers", "all")
    choose(view, "digit read", "7")
    sevens = [place for place, (_, read) in enumerate(numbers) if "7" in read]
    expect(status(view)).to_contain_text(
        f"of {len(sevens)} answers to {COUNT} numbers, digit read 7"
    )
    choose(view, "source", "east")
    expect(status(view)).to_have_text(f"0 answers to {COUNT} numbers, digit read 7, source east")
    view.get_by_role("button", name="Reset").click()
    choose(view, "sort by", "sharpness")
    view.get_by_role("button", name="highest first").click()
    expect(thumbnails(view).first).to_have_attribute("aria-label", re.compile("^10 read as 17"))
    low = view.get_by_role("slider", name="confidence, highest")
    low.focus()
    for _ in range(3):
        low.press("PageDown")  # a tenth each
    expect(status(view)).to_contain_text("confidence 0.00 to 0.7")


def test_pages_by_mouse(view):
    view.get_by_role("button", name="Next").first.click()
    expect(status(view)).to_contain_text(f"{PAGE + 1}–{len(WRONG)} of")
    assert captions(view) == expected(WRONG[PAGE:])
    expect(view.get_by_role("button", name="Next").first).to_be_disabled()
    view.get_by_role("button", name="Previous").first.click()
    expect(status(view)).to_contain_text(f"1–{PAGE} of")


def test_everything_by_keyboard(view, page):
    def focused() -> str:
        return page.evaluate("() => document.activeElement.getAttribute('aria-label') || ''")

    def expect_focus(place: int) -> None:
        true, read = numbers[place]
        words = f"{true} read as {read or 'nothing'}"
        page.wait_for_function(
            "(words) => (document.activeElement.ariaLabel || '').startsWith(words)", arg=words
        )

    cell = page.evaluate("() => jupyterapp.shell.currentWidget.content.activeCellIndex")
    view.get_by_role("combobox", name="answers", exact=True).focus()
    for _ in range(40):  # every control on the way is reached, and is seen to be
        page.keyboard.press("Tab")
        outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"
        if " read as " in focused():
            break
    expect_focus(WRONG[0])
    page.keyboard.press("ArrowRight")
    expect_focus(WRONG[1])
    tops = [box.bounding_box()["y"] for box in thumbnails(view).all()]
    columns = tops.count(tops[0])
    page.keyboard.press("ArrowDown")
    expect_focus(WRONG[1 + columns])
    page.keyboard.press("ArrowUp")
    expect_focus(WRONG[1])
    page.keyboard.press("End")
    expect_focus(WRONG[PAGE - 1])
    page.keyboard.press("ArrowRight")  # to the next page
    expect_focus(WRONG[PAGE])
    page.keyboard.press("PageUp")
    expect_focus(WRONG[0])
    page.keyboard.press("PageDown")
    expect_focus(WRONG[PAGE])
    page.keyboard.press("ArrowLeft")
    expect_focus(WRONG[PAGE - 1])
    page.keyboard.press("Home")
    expect_focus(WRONG[0])
    page.keyboard.press("Enter")
    panel = view.get_by_role("region")
    expect(panel).to_have_attribute("aria-label", re.compile("^10 read as 17"))
    expect(panel).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(panel).to_have_attribute("aria-label", re.compile(f"^{numbers[WRONG[1]][0]} read as"))
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect_focus(WRONG[1])
    # None of these keys were JupyterLab's: no other cell is active, and none is edited.
    assert page.evaluate("() => jupyterapp.shell.currentWidget.content.mode") == "command"
    assert cell == page.evaluate("() => jupyterapp.shell.currentWidget.content.activeCellIndex")


def test_an_open_answer_is_explained(view):
    place = WRONG[0]
    thumbnails(view).first.click()
    panel = view.get_by_role("region")
    expect(panel.get_by_role("img", name="10 read as 17, confidence 1.000")).to_be_visible()
    expect(panel).to_contain_text("digit 2: 0 read as 7")
    expect(panel.get_by_role("row")).to_have_text(["171.000", "100.000"])
    expect(panel).to_contain_text("Nearest numbers in training")
    neighbours = panel.locator("figure")
    expect(neighbours).to_have_count(4)
    assert all(painted(picture) for picture in neighbours.locator("img").all())
    canvas = panel.locator("canvas")
    expect(canvas).to_be_hidden()
    panel.get_by_role("button", name=re.compile("^7")).click()
    expect(canvas).to_be_visible()
    colour = "(canvas, x) => [...canvas.getContext('2d').getImageData(x, 30, 1, 1).data]"
    outside, inside = (canvas.evaluate(colour, x) for x in (10, 30))
    assert outside[:3] == [0, 0, 0] and outside[3] > 100
    assert inside[0] > 200 and inside[2] < 50
    panel.get_by_role("button", name="picture").click()
    expect(canvas).to_be_hidden()
    panel.get_by_role("button", name="Next").click()
    assert WRONG[1] == 6 and place == 0
    expect(panel.get_by_role("alert").filter(has_text="No explanation")).to_have_text(
        "No explanation: RuntimeError: this one cannot be explained"
    )
    expect(panel.get_by_role("img", name=re.compile("read as"))).to_be_visible()


def test_a_mark_survives_a_reload_and_a_new_kernel(view, visitor, notebook):
    page, path = visitor.page, notebook.parent / "kept" / "marks.csv"
    thumbnails(view).nth(2).click()
    panel = view.get_by_role("region")
    panel.get_by_role("radio", name="label wrong").check()
    expect(panel).to_contain_text("saved in marks.csv")
    note = panel.get_by_role("textbox", name="Note")
    note.fill("a one, surely")
    note.press("Enter")
    place = WRONG[2]
    row = [f"{place}.png", *numbers[place], "label wrong", "a one, surely"]
    expect(panel.get_by_role("status")).to_have_text("saved in marks.csv")
    page.wait_for_timeout(200)
    with path.open(newline="") as file:
        assert list(csv.reader(file))[1:] == [row]
    expect(thumbnails(view).nth(2)).to_contain_text("label wrong")

    visitor.command("docmanager:save")
    visitor.reload()  # the kernel goes on
    view = page.get_by_role("group", name="Error browser")
    expect(thumbnails(view).nth(2)).to_contain_text("label wrong")
    expect(view.get_by_role("textbox", name="Note")).to_have_value("a one, surely")

    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    visitor.wait_until_ready()
    visitor.command("notebook:run-all-cells")
    view = page.get_by_role("group", name="Error browser")
    expect(view).to_have_count(1)
    choose(view, "marks", "label wrong")
    expect(thumbnails(view)).to_have_count(1)
    thumbnails(view).first.click()
    panel = view.get_by_role("region")
    expect(panel.get_by_role("textbox", name="Note")).to_have_value("a one, surely")
    panel.get_by_role("radio", name="none").check()
    expect(thumbnails(view)).to_have_count(0)
    assert len(path.read_text().splitlines()) == 1


def test_what_is_no_file_of_marks_is_named_in_the_view(view, notebook):
    path = notebook.parent / "kept" / "marks.csv"
    path.write_text("a,b\n")
    try:
        thumbnails(view).first.click()
        panel = view.get_by_role("region")
        panel.get_by_role("radio", name="unreadable").click()  # and it goes back
        expect(panel.get_by_role("alert").filter(has_text="Not saved")).to_contain_text(
            "is no file of marks"
        )
        expect(panel.get_by_role("radio", name="none")).to_be_checked()  # as it is on disk
        assert path.read_text() == "a,b\n"
    finally:
        path.unlink()


def test_a_cell_that_reruns_leaves_no_widget_behind(visitor, page):
    def widgets() -> int:
        return int(re.search(r"widgets: (\d+)", visitor.run_cell(LEFT))[1])

    assert widgets() == 6  # three views with a layout each
    for cell in (BROWSER, EXPLORER, PLAYGROUND, BROWSER):
        visitor.run_cell(cell)
    assert widgets() == 6
    for name in ("Error browser", "Confusion explorer", "Augmentation playground"):
        expect(page.get_by_role("group", name=name)).to_have_count(1)


def test_a_cell_of_the_matrix_shows_its_pictures(page):
    view = page.get_by_role("group", name="Confusion explorer")
    grid = view.get_by_role("grid", name="Confusion matrix")
    grid.get_by_role("gridcell", name=re.compile("^extra 4: ")).click()
    extra = [p for p in WRONG if len(numbers[p][1]) > len(numbers[p][0])]
    expect(status(view)).to_contain_text(f"of {len(extra)} numbers with an extra 4: ")
    figures = view.get_by_role("listitem")
    assert [text.splitlines()[0] for text in figures.all_inner_texts()] == expected(extra)
    assert all(painted(picture) for picture in figures.locator("img").all())
    for key in ["ArrowUp"] * 10 + ["ArrowRight"] * 3:
        page.keyboard.press(key)
    assert page.evaluate("() => document.activeElement.ariaLabel").startswith("0 read as 7: ")
    page.keyboard.press("Enter")
    expect(status(view)).to_contain_text("with 0 read as 7")
    chosen = grid.get_by_role("gridcell", selected=True)
    expect(chosen).to_have_count(1)
    view.get_by_role("button", name="Shares of the true digit").click()
    expect(chosen).to_have_text(re.compile(r"^[\d.]+ %$"))


def test_sliders_change_the_draws_at_once(page):
    view = page.get_by_role("group", name="Augmentation playground")
    draws = view.get_by_role("group", name="Draws").get_by_role("img")
    expect(draws).to_have_count(9)
    code = view.locator("code")
    expect(code).to_have_text("AugmentSettings()")

    def source() -> str:
        assert all(painted(picture) for picture in draws.all())
        return draws.nth(1).get_attribute("src")

    first = source()
    turn = view.get_by_role("slider", name="turn ±, degrees")
    turn.focus()
    turn.press("ArrowRight")
    expect(code).to_have_text("AugmentSettings(turn=7)")
    page.wait_for_function(
        "(old) => document.querySelectorAll('.svhn-draws img')[1].src !== old", arg=first
    )
    second = source()
    view.get_by_role("button", name="Another draw").click()
    page.wait_for_function(
        "(old) => document.querySelectorAll('.svhn-draws img')[1].src !== old", arg=second
    )
    lowest = view.get_by_role("slider", name="margin, share of the number's box, lowest")
    lowest.press("End")  # takes the highest along
    expect(code).to_have_text("AugmentSettings(margin=(1, 1), turn=7)")
    view.get_by_role("checkbox", name="light and colour").check()
    expect(code).to_have_text("AugmentSettings(margin=(1, 1), turn=7)\nPhotometricSettings()")
    view.get_by_role("checkbox", name="random views").uncheck()
    expect(code).to_have_text("PhotometricSettings()")
    expect(turn).to_be_disabled()
    rects = view.locator("rect")
    expect(rects.first).to_be_visible()
    view.get_by_role("checkbox", name="digit boxes").uncheck()
    expect(rects.first).to_be_hidden()
    view.get_by_role("combobox", name="picture", exact=True).select_option(numbers[1][0])
    expect(draws.first).to_have_attribute("alt", "as it is")


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
    images = reader.page.locator("figure img")
    assert images.count() > 24
    assert all(painted(picture) for picture in images.all())
    expect(
        reader.page.get_by_text(f"{len(WRONG)} wrong answers to {COUNT} numbers")
    ).to_be_visible()
    expect(reader.page.locator("table caption")).to_be_visible()


def test_the_widgets_paint_in_notebook_7(visit, make_notebook):
    make_notebook("classic/widgets.ipynb")
    visitor = visit()
    visitor.page.set_viewport_size({"width": 1300, "height": 3600})
    visitor.open("notebook", "classic/widgets.ipynb")
    visitor.command("notebook:run-all-cells")
    view = visitor.page.get_by_role("group", name="Error browser")
    expect(thumbnails(view)).to_have_count(PAGE)
    assert all(painted(picture) for picture in thumbnails(view).locator("img").all())
    thumbnails(view).first.press("Enter")
    expect(view.get_by_role("region")).to_be_focused()
    expect(view.get_by_role("region")).to_contain_text("digit 2: 0 read as 7")
    choose(view, "answers", "right")
    expect(status(view)).to_contain_text(f"of {COUNT - len(WRONG)} right answers")
    for name in ("Confusion explorer", "Augmentation playground"):
        images = visitor.page.get_by_role("group", name=name).locator("img")
        assert images.count() and all(painted(picture) for picture in images.all())
    assert visitor.outside == []
