"""The widgets' own scripts in a real browser, by mouse and by keyboard, on a page without Jupyter.

What hangs on a front end is in `test_live`.
"""

import csv
import re

import numpy as np
import pytest

pytest.importorskip("playwright", reason="no Playwright: pip install 'svhn_lib[browser]'")

from bare import Bare
from made_set import COUNT, boxes, crops, explain, numbers, pictures, table
from playwright.sync_api import Locator, expect

from svhn_lib.analysis import error_table
from svhn_lib.augment import AugmentSettings
from svhn_lib.reading.record import Answer
from svhn_lib.widgets import AugmentationPlayground, ConfusionExplorer, ErrorBrowser

WRONG = [place for place, (true, read) in enumerate(numbers) if true != read]
PAGE = 24


@pytest.fixture
def show(browser):
    """Shows a widget on a page of its own; nothing may go wrong on it."""
    made, errors = [], []

    def new(view, width=1200, height=1000, dark=False) -> Bare:
        context = browser.new_context(viewport={"width": width, "height": height})
        made.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return Bare(page, view, dark)

    yield new
    for context in made:
        context.close()
    assert errors == []


@pytest.fixture
def path(tmp_path):
    return tmp_path / "kept" / "marks.csv"


def browse(show, path=None, **options) -> tuple[Bare, Locator]:
    sizes = {name: options.pop(name) for name in ("width", "height", "dark") if name in options}
    bare = show(ErrorBrowser(table, pictures, marks=path, **options), **sizes)
    return bare, bare.page.get_by_role("group", name="Error browser")


def tiles(view: Locator) -> Locator:
    return view.get_by_role("listbox", name="Pictures").get_by_role("option")


def status(view: Locator) -> Locator:
    return view.locator(".svhn-place")


def choose(view: Locator, name: str, value: str) -> None:
    view.get_by_role("combobox", name=name, exact=True).select_option(value)


def captions(view: Locator) -> list[str]:
    """True and read number of each thumbnail."""
    return [text.splitlines()[0] for text in tiles(view).all_inner_texts()]


def expected(places: list[int]) -> list[str]:
    return [
        true if true == read else f"{true} read {read or 'nothing'}"
        for true, read in (numbers[place] for place in places)
    ]


def marked(path) -> dict[str, str]:
    """The mark of each file on disk, with the right number where there is one."""
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    return {row[0]: " ".join(filter(None, [row[3], row[5]])) for row in rows}


def file(place: int) -> str:
    return f"{place}.png"


# filters and pages


def test_filters_order_and_search(show):
    bare, view = browse(show)
    assert captions(view) == expected(WRONG[:PAGE])
    choose(view, "answers", "missing")
    lost = [place for place in WRONG if len(numbers[place][1]) < len(numbers[place][0])]
    expect(status(view)).to_contain_text(f"of {len(lost)} answers with a missing digit")
    assert captions(view) == expected(lost)
    view.get_by_role("button", name="Reset", exact=True).click()
    expect(status(view)).to_contain_text(f"of {len(WRONG)} wrong answers")
    choose(view, "sort by", "sharpness")
    view.get_by_role("button", name="highest first").click()
    expect(tiles(view).first).to_have_attribute("aria-label", re.compile("^10 read as 17"))
    low = view.get_by_role("slider", name="confidence, highest")
    low.focus()
    for _ in range(3):
        low.press("PageDown")  # a tenth each
    expect(status(view)).to_contain_text("confidence 0.00 to 0.7")
    search = view.get_by_role("searchbox", name="search")
    view.get_by_role("button", name="Reset", exact=True).click()
    bare.page.keyboard.press("/")
    expect(search).to_be_focused()
    bare.page.keyboard.type("12.png")
    expect(status(view)).to_contain_text("with “12.png”")
    assert captions(view) == expected([place for place in WRONG if "12.png" in file(place)])


def test_an_empty_filter_says_so_and_closes_what_was_open(show):
    _bare, view = browse(show)
    tiles(view).nth(1).click()
    panel = view.get_by_role("region")
    expect(panel).to_be_visible()
    choose(view, "digit read", "7")
    choose(view, "true length", "2")
    choose(view, "source", "east")
    expect(view.get_by_text("Nothing passes these filters.")).to_be_visible()
    expect(panel).to_be_hidden()
    view.get_by_role("button", name="Reset the filters").click()
    expect(tiles(view)).to_have_count(PAGE)
    expect(view.get_by_text("Nothing passes these filters.")).to_be_hidden()


def test_an_unknown_confidence_is_shown_as_unknown(show):
    nan = float("nan")
    unknown = Answer("3", nan, (nan,), (("3", nan),))
    answers = error_table(["8"], [unknown])
    view = show(ErrorBrowser(answers, pictures[:1], other=answers, answers="wrong"))
    gallery = view.page.get_by_role("group", name="Error browser")
    expect(tiles(gallery)).to_have_text(["8 read 3unknownthe second: 3 unknown"])
    tiles(gallery).first.click()
    panel = gallery.get_by_role("region")
    expect(panel).to_contain_text("Read by the second: 3, confidence unknown, by digit unknown.")
    expect(panel.get_by_role("row", name="3 unknown")).to_be_visible()


def test_pages_are_turned_jumped_to_and_resized(show):
    _bare, view = browse(show)
    view.get_by_role("button", name="Next").first.click()
    expect(status(view)).to_contain_text(f"{PAGE + 1}–{len(WRONG)} of")
    expect(view.get_by_role("button", name="Next").first).to_be_disabled()
    choose(view, "Pictures per page", "12")
    expect(status(view)).to_contain_text("25–34 of")
    page = view.get_by_role("spinbutton", name="Page", exact=True)
    page.fill("2")
    page.press("Enter")
    expect(status(view)).to_contain_text("13–24 of")
    assert captions(view) == expected(WRONG[12:24])
    page.fill("99")
    page.press("Enter")
    expect(page).to_have_value("3")


def test_keys_go_through_pictures_pages_and_answers(show):
    bare, view = browse(show, explain=explain)
    keys = bare.page.keyboard

    def expect_focus(place: int) -> None:
        true, read = numbers[place]
        bare.page.wait_for_function(
            "(words) => (document.activeElement.ariaLabel || '').startsWith(words)",
            arg=f"{true} read as {read or 'nothing'}",
        )

    view.get_by_role("combobox", name="answers", exact=True).focus()
    for _ in range(40):  # every control on the way is reached, and is seen to be
        keys.press("Tab")
        outline = bare.page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"
        label = bare.page.evaluate("() => document.activeElement.ariaLabel || ''")
        if " read as " in label:
            break
    expect_focus(WRONG[0])
    tops = [box.bounding_box()["y"] for box in tiles(view).all()]
    columns = tops.count(tops[0])
    for key, place in [
        ("ArrowRight", WRONG[1]),
        ("ArrowDown", WRONG[1 + columns]),
        ("ArrowUp", WRONG[1]),
        ("End", WRONG[PAGE - 1]),
        ("ArrowRight", WRONG[PAGE]),  # to the next page
        ("PageUp", WRONG[0]),
        ("PageDown", WRONG[PAGE]),
        ("ArrowLeft", WRONG[PAGE - 1]),
        ("Home", WRONG[0]),
    ]:
        keys.press(key)
        expect_focus(place)
    keys.press("Enter")
    panel = view.get_by_role("region")
    expect(panel).to_be_focused()
    keys.press("ArrowRight")
    expect(panel).to_have_attribute("aria-label", re.compile(f"^{numbers[WRONG[1]][0]} read as"))
    keys.press("Escape")
    expect(panel).to_be_hidden()
    expect_focus(WRONG[1])


def test_the_keys_are_listed_where_everybody_sees_them(show, path):
    bare, view = browse(show, path)
    expect(view.get_by_text("1 2 3 0 mark and go on, U undoes")).to_be_visible()
    listed = view.get_by_role("table", name="Keys")
    expect(listed).to_be_hidden()
    tiles(view).first.focus()
    bare.page.keyboard.press("?")
    expect(listed).to_be_visible()
    for name in ("1 2 3", "0", "U", "C", "X", "A", "/", "Page Up, Page Down", "Escape"):
        expect(listed.get_by_role("rowheader", name=name, exact=True)).to_be_visible()
    view.get_by_role("button", name="? Keys").click()
    expect(listed).to_be_hidden()


# the open answer


def test_a_picture_far_higher_than_wide_fits_the_screen(show):
    one = error_table(["384"], [Answer("38", 0.9)])
    bare = show(ErrorBrowser(one, [np.full((900, 60, 3), 128, np.uint8)]))
    view = bare.page.get_by_role("group", name="Error browser")
    tiles(view).first.click()
    picture = view.get_by_role("region").locator(".svhn-stage").bounding_box()
    assert picture["height"] <= 561 and picture["width"] > 30


def test_an_open_answer_is_explained_in_view(show, path):
    _bare, view = browse(show, path, explain=explain, height=900)
    tiles(view).first.click()
    panel = view.get_by_role("region")
    expect(panel).to_have_attribute("aria-busy", "false")
    expect(panel).to_contain_text("digit 2: 0 read as 7")
    neighbours = panel.locator("figure")
    expect(neighbours).to_have_count(4)
    box = neighbours.last.bounding_box()  # the last that comes is in the window
    assert box["y"] >= 0 and box["y"] + box["height"] <= 900
    candidates = panel.locator("table tr")
    expect(candidates).to_have_text(["171.000", "10as labelled0.000"])
    expect(candidates.nth(1)).to_have_css("font-weight", "700")
    expect(panel).to_contain_text("strength of edges by contrast")
    expect(panel).to_contain_text("half of these pictures have 3 to 7")
    canvas = panel.locator("canvas")
    expect(canvas).to_be_hidden()
    panel.get_by_role("button", name=re.compile("^7 ?1.000")).click()
    expect(canvas).to_be_visible()
    colour = "(canvas, x) => [...canvas.getContext('2d').getImageData(x, 30, 1, 1).data]"
    outside, inside = (canvas.evaluate(colour, x) for x in (10, 30))
    assert outside[:3] == [0, 0, 0] and outside[3] > 100
    assert inside[0] > 200 and inside[2] < 50
    panel.get_by_role("button", name="picture").click()
    expect(canvas).to_be_hidden()
    panel.get_by_role("button", name="Next").click()
    expect(panel.get_by_role("alert").filter(has_text="No explanation")).to_have_text(
        "No explanation: RuntimeError: this one cannot be explained"
    )


# marks


def test_arrows_after_a_click_on_a_mark_go_to_the_next_answer_and_mark_nothing(show, path):
    bare, view = browse(show, path)
    tiles(view).first.click()
    panel = view.get_by_role("region")
    label = panel.get_by_role("button", name="1 label wrong")
    label.click()
    expect(label).to_have_attribute("aria-pressed", "true")
    bare.page.keyboard.press("ArrowRight")
    expect(panel).to_have_attribute("aria-label", re.compile(f"^{numbers[WRONG[1]][0]} read as"))
    expect(label).to_have_attribute("aria-pressed", "false")
    assert marked(path) == {file(WRONG[0]): "label wrong"}
    bare.page.keyboard.press("ArrowLeft")
    expect(label).to_have_attribute("aria-pressed", "true")
    label.click()  # pressed again, it is taken away
    expect(label).to_have_attribute("aria-pressed", "false")
    assert marked(path) == {}


def test_number_keys_mark_and_go_on_and_u_undoes_each(show, path):
    bare, view = browse(show, path)
    keys = bare.page.keyboard
    tiles(view).first.focus()
    for key in "1230":  # as fast as it goes
        keys.press(key)
    said = view.locator(".svhn-said")
    expect(said).to_have_text(f"saved: no mark for {numbers[WRONG[3]][0]} ({file(WRONG[3])})")
    names = ["label wrong", "unreadable", "model wrong"]
    assert marked(path) == {file(p): name for p, name in zip(WRONG, names, strict=False)}
    expect(tiles(view).nth(1)).to_contain_text("unreadable")
    expect(view.locator(".svhn-judged")).to_contain_text(f"judged 3 of {len(WRONG)}")
    keys.press("u")
    keys.press("u")
    expect(said).to_contain_text("undone: model wrong for")
    assert marked(path) == {file(WRONG[0]): "label wrong", file(WRONG[1]): "unreadable"}
    tiles(view).nth(5).click()
    panel = view.get_by_role("region")
    panel.press("2")  # in an open answer, too
    expect(panel).to_have_attribute("aria-label", re.compile(f"^{numbers[WRONG[6]][0]} read as"))
    assert marked(path)[file(WRONG[5])] == "unreadable"
    view.get_by_role("button", name="Undo (U)").click()
    expect(said).to_contain_text("undone: unreadable")
    assert file(WRONG[5]) not in marked(path)
    expect(view.get_by_text(str(path))).to_be_visible()


def test_a_right_number_is_chosen_or_typed_and_a_note_kept(show, path):
    bare, view = browse(show, path)
    tiles(view).nth(2).click()
    panel = view.get_by_role("region")
    place = WRONG[2]
    expect(panel.get_by_role("textbox", name="Note")).to_be_disabled()
    read = numbers[place][1]
    panel.get_by_role("button", name=read, exact=True).click()
    expect(panel.get_by_role("button", name=read, exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    assert marked(path) == {file(place): f"label wrong {read}"}
    note = panel.get_by_role("textbox", name="Note")
    note.fill("a one, surely")
    note.press("Enter")
    expect(panel).to_be_focused()
    bare.page.keyboard.press("c")
    typed = panel.get_by_role("textbox", name="The right number")
    expect(typed).to_be_focused()
    typed.fill("12x")
    typed.press("Enter")
    expect(view.get_by_role("alert").filter(has_text="Not saved")).to_contain_text("no number")
    typed.fill("0123")
    typed.press("Enter")
    expect(panel).to_have_attribute("aria-label", re.compile(f"^{numbers[WRONG[3]][0]} read as"))
    expect(view.get_by_role("alert").filter(has_text="Not saved")).to_have_count(0)
    assert marked(path) == {file(place): "label wrong 0123"}
    assert "a one, surely" in path.read_text()


def test_several_are_picked_by_mouse_and_keyboard_and_marked_together(show, path):
    bare, view = browse(show, path)
    keys = bare.page.keyboard
    tiles(view).nth(1).click(modifiers=["Control"])
    tiles(view).nth(4).click(modifiers=["Shift"])
    together = view.get_by_role("group", name="Picked")
    expect(together).to_contain_text("4 picked")
    listed = view.get_by_role("listbox", name="Pictures")
    picked = listed.get_by_role("option", selected=True)
    expect(picked).to_have_count(4)
    tiles(view).nth(2).click(modifiers=["Control"])
    expect(picked).to_have_count(3)
    expect(view.get_by_role("region")).to_be_hidden()  # none was opened
    keys.press("2")
    expect(together).to_be_hidden()
    assert marked(path) == dict.fromkeys([file(WRONG[i]) for i in (1, 3, 4)], "unreadable")
    keys.press("u")
    expect(view.locator(".svhn-said")).to_contain_text("undone: unreadable for 3 pictures")
    assert marked(path) == {}
    keys.press("Home")
    keys.press("Shift+ArrowRight")
    keys.press("Shift+ArrowRight")
    expect(together).to_contain_text("3 picked")
    keys.press("x")
    expect(together).to_contain_text("2 picked")
    keys.press("Escape")
    expect(together).to_be_hidden()
    view.get_by_role("button", name=f"Pick all {len(WRONG)} (A)").click()  # on all pages
    together.get_by_role("button", name="3 model wrong").click()
    expect(view.locator(".svhn-judged")).to_contain_text(f"judged {len(WRONG)} of {len(WRONG)}")
    assert set(marked(path).values()) == {"model wrong"} and len(marked(path)) == len(WRONG)


def test_a_kernel_that_does_not_answer_is_told_and_nothing_looks_saved(show, path):
    bare, view = browse(show, path)
    tiles(view).first.click()
    panel = view.get_by_role("region")
    bare.answers = False
    panel.get_by_role("button", name="2 unreadable").click()
    silence = view.get_by_role("alert").filter(has_text="has not answered for")
    expect(silence).to_contain_text("Not saved: unreadable for 10")
    expect(panel.get_by_role("button", name="2 unreadable")).to_have_attribute(
        "aria-pressed", "false"
    )
    greyed = view.locator(".svhn-body")
    expect(greyed).to_have_css("opacity", "0.5")
    assert not path.exists()
    bare.answers = True  # it was only busy: what waited comes to its end
    bare.view._handle_custom_msg(bare.asked[-1], [])
    bare.push()
    expect(silence).to_have_count(0)
    expect(greyed).to_have_css("opacity", "1")
    assert marked(path) == {"0.png": "unreadable"}


def test_what_is_no_file_of_marks_is_named_in_the_view(show, path):
    _bare, view = browse(show, path)
    path.parent.mkdir()
    path.write_text("a,b\n")
    tiles(view).first.click()
    button = view.get_by_role("region").get_by_role("button", name="2 unreadable")
    button.click()
    expect(view.get_by_role("alert").filter(has_text="Not saved")).to_contain_text(
        "is no file of marks"
    )
    expect(button).to_have_attribute("aria-pressed", "false")  # as it is on disk
    assert path.read_text() == "a,b\n"


# beside the pictures


def test_a_lasso_on_the_map_shows_what_is_inside_and_dots_can_be_opened(show):
    angle = 2 * np.pi * np.arange(COUNT) / COUNT
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    bare, view = browse(show, map=ring)
    mouse, canvas = bare.page.mouse, view.locator(".svhn-dots")
    box = canvas.bounding_box()

    def at(x: float, y: float) -> tuple[float, float]:
        """A place on the page from one on the map, the middle being 0, 0."""
        half = box["width"] / 2
        return box["x"] + half * (1 + 0.95 * x), box["y"] + half * (1 - 0.95 * y)

    mouse.move(*at(0.5, -0.05))
    mouse.down()
    for x, y in [(1.04, -0.05), (1.04, 0.72), (0.5, 0.72)]:
        mouse.move(*at(x, y), steps=4)
    mouse.up()
    expect(status(view)).to_contain_text("inside the lasso")
    inside = [place for place in WRONG if ring[place, 0] > 0.5 and -0.05 < ring[place, 1] < 0.72]
    expect(tiles(view)).to_have_count(len(inside))
    assert captions(view) == expected(inside)
    view.get_by_role("button", name="Lift the lasso").click()
    expect(tiles(view)).to_have_count(PAGE)
    canvas.click(position={"x": 0.975 * box["width"], "y": box["height"] / 2})  # the first dot
    panel = view.get_by_role("region")
    expect(panel).to_have_attribute("aria-label", re.compile("^10 read as 17"))
    canvas.focus()
    bare.page.keyboard.press("ArrowUp")
    bare.page.keyboard.press("Enter")
    expect(panel).to_have_attribute("aria-label", re.compile(f"^{numbers[WRONG[1]][0]} read as"))


def test_the_map_is_coloured_by_what_is_chosen(show):
    spots = np.zeros((COUNT, 2))
    spots[:, 0] = np.arange(COUNT) % 2  # west is left, east right
    _bare, view = browse(show, map=spots)
    canvas = view.locator(".svhn-dots")
    colour = """(canvas, x) => [...canvas.getContext("2d").getImageData(
        Math.round(x * canvas.width), Math.round(0.5 * canvas.height), 1, 1).data]"""

    def red_green_blue(x: float) -> list[int]:
        return canvas.evaluate(colour, x)[:3]

    assert red_green_blue(0.025)[0] > 180  # the wrong ones are red; all are west
    faint = red_green_blue(0.975)
    assert max(faint) - min(faint) < 30
    choose(view, "answers", "right")
    expect(status(view)).to_contain_text("right answers")
    assert red_green_blue(0.975)[2] > 150  # blue
    choose(view, "colour by", "true length")
    expect(view.locator(".svhn-legend")).to_contain_text("3")
    choose(view, "colour by", "confidence")
    assert view.locator(".svhn-legend i").count() == 3  # 0, 1 and what does not pass
    red, _green, blue = red_green_blue(0.975)
    assert blue > 180 > 150 > red  # the least sure one lies on top: cold


def test_the_surest_is_warm_and_the_least_sure_cold_on_the_map(show):
    spots = np.zeros((COUNT, 2))
    spots[0, 0], spots[-1, 0] = 1, -1  # of confidence 1 and 0.005
    _bare, view = browse(show, map=spots)
    choose(view, "answers", "all")
    expect(status(view)).to_contain_text(f"of {COUNT} answers")
    choose(view, "colour by", "confidence")
    colour = """(canvas, x) => [...canvas.getContext("2d").getImageData(
        Math.round(x * canvas.width), Math.round(0.5 * canvas.height), 1, 1).data].slice(0, 3)"""
    canvas = view.locator(".svhn-dots")
    assert canvas.evaluate(colour, 0.975) == pytest.approx([253, 180, 37], abs=3)
    assert canvas.evaluate(colour, 0.025) == pytest.approx([100, 80, 210], abs=3)


def test_two_models_are_compared_by_who_is_right(show):
    second = table.copy()
    for place in WRONG[:5]:  # the other reads these
        second.loc[place, ["right", "predicted"]] = [True, numbers[place][0]]
    _bare, view = browse(show, other=second, models=("compact", "further"))
    expect(status(view)).to_contain_text(f"of {COUNT} answers")
    only = view.get_by_role("button", name="only further right: 5")
    only.click()
    expect(status(view)).to_contain_text("1–5 of 5 answers to 200 numbers, only further right")
    expect(only).to_have_attribute("aria-pressed", "true")
    expect(tiles(view).first).to_contain_text("further: 10")
    tiles(view).first.click()
    expect(view.get_by_role("region")).to_contain_text("Read by further: 10, confidence")
    view.get_by_role("button", name="only compact right: 0").click()
    expect(view.get_by_text("Nothing passes these filters.")).to_be_visible()


def test_a_cell_of_the_matrix_opens_its_mistakes_where_they_can_be_marked(show, path):
    bare = show(ConfusionExplorer(table, pictures, marks=path), width=1280)
    view = bare.page.get_by_role("group", name="Confusion explorer")
    grid = view.get_by_role("grid", name="Confusion matrix")
    grid.get_by_role("gridcell", name=re.compile("^extra 4: ")).click()
    extra = [p for p in WRONG if len(numbers[p][1]) > len(numbers[p][0])]
    expect(status(view)).to_contain_text(f"of {len(extra)} numbers with an extra 4: ")
    assert captions(view) == expected(extra)
    tiles(view).first.click()
    view.get_by_role("region").press("3")
    expect(tiles(view).first).to_contain_text("model wrong")
    assert marked(path) == {file(extra[0]): "model wrong"}
    grid.get_by_role("gridcell", name=re.compile("^extra 4: ")).focus()
    for key in ["ArrowUp"] * 10 + ["ArrowRight"] * 3:
        bare.page.keyboard.press(key)
    assert bare.page.evaluate("() => document.activeElement.ariaLabel").startswith("0 read as 7: ")
    bare.page.keyboard.press("Enter")
    expect(status(view)).to_contain_text("with 0 read as 7")
    expect(grid.get_by_role("gridcell", selected=True)).to_have_count(1)


def test_the_matrix_is_coloured_by_what_it_shows(show):
    view = show(ConfusionExplorer(table, pictures)).page.get_by_role("grid")
    strength = "(cell) => parseInt(getComputedStyle(cell).getPropertyValue('--svhn-strength'))"

    def sorted_by_colour() -> bool:
        """Whether a cell off the diagonal that shows more is never paler."""
        cells = []
        for row, line in enumerate(view.get_by_role("row").all()[1:]):
            for column, cell in enumerate(line.get_by_role("gridcell").all()):
                text = cell.inner_text().rstrip(" %")
                if row != column and text and text != "·":
                    cells.append((float(text), cell.evaluate(strength)))
        assert len(cells) > 5 and max(level for _, level in cells) == 100
        levels = [level for _, level in sorted(cells)]
        return levels == sorted(levels)

    assert sorted_by_colour()
    scale = view.page.locator(".svhn-scale")
    expect(scale).to_contain_text("count: 0")
    view.page.get_by_role("button", name="Shares of the true digit").click()
    expect(scale).to_contain_text("share of the true digit: 0")
    assert sorted_by_colour()


def test_a_matrix_without_a_mistake_has_a_scale_too(show):
    right = error_table(["12", "7"], [Answer("12", 0.9), Answer("7", 0.8)])
    page = show(ErrorBrowser(right, pictures[:2], beside="confusions")).page
    scale = page.locator(".svhn-scale")
    expect(scale).to_have_text(re.compile("^count: 0 *1; right ones"))
    page.get_by_role("button", name="Shares of the true digit").click()
    expect(scale).to_have_text(re.compile("^share of the true digit: 0 *100.0 %; right ones"))


# the playground


def test_sliders_change_the_draws_at_once(show):
    bare = show(AugmentationPlayground(crops, boxes, names=table["number"][:2]))
    page = bare.page
    view = page.get_by_role("group", name="Augmentation playground")
    draws = view.get_by_role("group", name="Draws").get_by_role("img")
    expect(draws).to_have_count(9)
    code = view.locator("code")
    expect(code).to_have_text("AugmentSettings()")
    changed = "(old) => document.querySelectorAll('.svhn-draws img')[1].src !== old"
    first = draws.nth(1).get_attribute("src")
    turned = f"turn={AugmentSettings().turn + 1:g}"  # by a step
    turn = view.get_by_role("slider", name="turn ±, degrees")
    turn.focus()
    turn.press("ArrowRight")
    expect(code).to_have_text(f"AugmentSettings({turned})")
    page.wait_for_function(changed, arg=first)
    second = draws.nth(1).get_attribute("src")
    view.get_by_role("button", name="Another draw").click()
    page.wait_for_function(changed, arg=second)
    lowest = view.get_by_role("slider", name="margin, share of the number's box, lowest")
    lowest.press("End")  # takes the highest along
    expect(code).to_have_text(f"AugmentSettings(margin=(1, 1), {turned})")
    view.get_by_role("checkbox", name="light and colour").check()
    expect(code).to_have_text(f"AugmentSettings(margin=(1, 1), {turned})\nPhotometricSettings()")
    view.get_by_role("checkbox", name="random views").uncheck()
    expect(turn).to_be_disabled()
    view.get_by_role("checkbox", name="light and colour").uncheck()
    expect(code).to_contain_text("nothing is on")
    view.get_by_role("button", name="Reset").click()  # the switches, too
    expect(code).to_have_text("AugmentSettings()")
    rects = view.locator("rect")
    expect(rects.first).to_be_visible()
    view.get_by_role("checkbox", name="digit boxes").uncheck()
    expect(rects.first).to_be_hidden()
    view.get_by_role("combobox", name="picture", exact=True).select_option(numbers[1][0])
    expect(draws.first).to_have_attribute("alt", "as it is")


# everybody


def widget(kind: str, path):
    spots = np.random.default_rng(0).normal(size=(COUNT, 2))
    second = table.assign(right=~table["right"])
    return {
        "browser": lambda: ErrorBrowser(
            table, pictures, explain=explain, marks=path, map=spots, other=second
        ),
        "explorer": lambda: ConfusionExplorer(table, pictures, marks=path),
        "playground": lambda: AugmentationPlayground(crops, boxes),
    }[kind]()


@pytest.mark.parametrize("kind", ["browser", "explorer", "playground"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious(show, path, kind, dark):
    sync = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = show(widget(kind, path), dark=dark).page
    if kind != "playground":
        tiles(page.locator(".svhn")).nth(1).click()
        expect(page.get_by_role("region")).to_be_visible()
        page.get_by_role("region").press("?")
    found = sync.Axe().run(page).response["violations"]
    bad = [
        (one["id"], one["nodes"][0]["html"][:200])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert bad == []


@pytest.mark.parametrize("kind", ["browser", "explorer", "playground"])
def test_nothing_scrolls_sideways_on_a_telephone(show, path, kind):
    page = show(widget(kind, path), width=400, height=800).page
    if kind != "playground":
        tiles(page.locator(".svhn")).first.click()
        page.get_by_role("region").press("?")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 400


def test_names_of_any_length_fit_a_telephone(show, path):
    named = table.assign(source=["a set of a very long name " * 8, *["x" * 200] * (COUNT - 1)])
    models = ("y" * 200, "a model of a very long name " * 8)
    view = ErrorBrowser(named, pictures, marks=path, other=named, models=models)
    bare = show(view, width=400)
    tiles(bare.page.locator(".svhn")).first.click()
    expect(bare.page.get_by_role("region")).to_contain_text("yyy")
    assert bare.page.evaluate("() => document.documentElement.scrollWidth") == 400


def test_a_view_that_is_drawn_before_its_kernel_has_told_all_waits_for_the_rest(show):
    view = ErrorBrowser(table, pictures)
    view.ready = False
    bare = show(view)  # as on a slow machine
    browser = bare.page.get_by_role("group", name="Error browser")
    expect(browser).to_have_count(0)
    view.ready = True
    bare.push()
    expect(tiles(browser)).to_have_count(PAGE)


def test_what_is_chosen_is_seen_in_forced_colours(show):
    bare, view = browse(show)
    bare.page.emulate_media(forced_colors="active")
    tiles(view).first.click()
    expect(view.locator(".svhn-tile.svhn-open")).to_have_count(1)
    bare.page.mouse.move(0, 0)  # off the tile
    outline = "(element) => getComputedStyle(element).outlineStyle"
    assert view.locator(".svhn-tile.svhn-open").evaluate(outline) == "solid"
    assert tiles(view).nth(1).evaluate(outline) == "none"
    for pressed, drawn in (("true", "solid"), ("false", "none")):
        button = view.locator(f"button[aria-pressed='{pressed}']").first
        assert button.evaluate(outline) == drawn
