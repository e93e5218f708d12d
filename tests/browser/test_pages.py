"""The course's pages as people meet them: by night, on a telephone, by keyboard, on paper."""

import base64
import io
import shutil
import subprocess

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image, ImageDraw

pytest.importorskip("playwright", reason="no Playwright: pip install 'svhn_lib[browser]'")
pytest.importorskip("axe_playwright_python", reason="no axe: pip install 'svhn_lib[browser]'")

from axe_playwright_python.sync_playwright import Axe
from front_end import expect_painted
from playwright.sync_api import expect

from svhn_lib.course.folder import Course
from svhn_lib.course.pages import read_chapter

MATHS_FONT = "DejaVu Math TeX Gyre"
LONG = "x_" * 90
PROSE = f"""# 1. A chapter

Its formula $x_i$ and a wide one:

$$p = \\sum_{{i=1}}^{{L}} \\left\\{{ \\frac{{\\frac{{a}}{{b}}}}{{c}} \\right\\}} {"+ q" * 30}$$

| {" | ".join(f"column number {i}" for i in range(9))} |
|{"---|" * 9}
| {" | ".join("1234.5678" for _ in range(9))} |
"""
FILLER = "\n\n".join(["Words that fill the page, one after another. " * 12] * 6)
SOLUTION = "## 1.3 Exercises\n\n<details><summary>Solution</summary>\n\nIt is `4`.\n\n</details>"
TABLE = (
    "<table class='dataframe'><thead><tr><th></th><th>a</th></tr></thead>"
    f"<tbody><tr><th>0</th><td>{'9' * 200}</td></tr></tbody></table>"
)


def drawn(chart: bool) -> nbformat.NotebookNode:
    """A figure as the kernel sends it."""
    picture = Image.new("RGB", (1600, 400), "white")
    ImageDraw.Draw(picture).rectangle((200, 100, 900, 300), fill=(0, 114, 178))
    kept = io.BytesIO()
    picture.save(kept, "png")
    name = "A chart" if chart else "A photo"
    text = {"alt": f"{name}. Of a bar.", "chart": chart, "width": 800, "height": 200}
    data = {"image/png": base64.b64encode(kept.getvalue()).decode()}
    return new_output("display_data", data=data, metadata={"image/png": text})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two pages and their index, of notebooks that need not run."""
    base = tmp_path_factory.mktemp("pages")
    stream = new_output("stream", text=f"{LONG}\n\x1b[31mred\x1b[0m \x1b[32mgreen\x1b[0m\n")
    table = new_output("display_data", data={"text/html": TABLE, "text/plain": "-"})
    code = f"# A comment\ndef name(value: int = 3) -> str:\n    return '{LONG}' % value  # so"
    cells = [
        new_markdown_cell(PROSE),
        new_markdown_cell(f"## 1.1 First\n\n{FILLER}"),
        new_code_cell(code, execution_count=1, outputs=[stream, table]),
        new_markdown_cell(f"## 1.2 Second with `code`\n\n{FILLER}"),
        new_code_cell("plot()", execution_count=2, outputs=[drawn(True), drawn(False)]),
        new_markdown_cell(SOLUTION + f"\n\n{FILLER}"),
    ]
    for name, made in (("01_a.ipynb", cells), ("02_b.ipynb", [new_markdown_cell("# 2. Next")])):
        nbformat.write(new_notebook(cells=made), base / name)
    chapters = [read_chapter(path) for path in sorted(base.glob("*.ipynb"))]
    Course(chapters, base, "quick").begin([])
    return base


@pytest.fixture(scope="module")
def visitor(visit_files):
    return visit_files()


@pytest.fixture
def page(visitor, folder):
    """The first chapter on a wide screen, by day."""
    visitor.page.emulate_media(color_scheme="light", media="screen")
    visitor.page.set_viewport_size({"width": 1400, "height": 900})
    visitor.page.goto((folder / "01_a.html").as_uri())
    yield visitor.page
    assert visitor.errors == []
    assert visitor.outside == []


def colours(page, selector: str, style: str) -> list[float]:
    value = page.locator(selector).first.evaluate(f"(one) => getComputedStyle(one).{style}")
    return [float(part) for part in value[value.index("(") + 1 : -1].split(",")][:3]


def test_nothing_scrolls_sideways_on_a_telephone(page, folder):
    page.set_viewport_size({"width": 400, "height": 800})
    for name in ("01_a.html", "index.html"):
        page.goto((folder / name).as_uri())
        assert page.evaluate("() => document.documentElement.scrollWidth") == 400
    # What is wider than the page scrolls in a box of its own, by keyboard too.
    page.goto((folder / "01_a.html").as_uri())
    for wide in ("pre", ".wide:has(table)", ".wide:has(math)"):
        box = page.locator(wide).first
        assert box.evaluate("(one) => one.scrollWidth > one.clientWidth")
        assert box.get_attribute("tabindex") == "0"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["01_a.html", "index.html"])
def test_axe_finds_nothing_serious(page, folder, scheme, name):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 500, "height": 900})
    page.goto((folder / name).as_uri())
    found = Axe().run(page).response["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["nodes"][0]["html"]) for one in grave] == []


def test_a_dark_page_turns_charts_and_leaves_pictures(page):
    assert min(colours(page, "body", "backgroundColor")) == 255
    page.emulate_media(color_scheme="dark")
    assert max(colours(page, "body", "backgroundColor")) < 40
    assert min(colours(page, "body", "color")) > 200
    chart, photo = page.locator("figure.plot img").all()
    assert "invert" in chart.evaluate("(one) => getComputedStyle(one).filter")
    assert "invert" not in photo.evaluate("(one) => getComputedStyle(one).filter")
    page.emulate_media(color_scheme="dark", media="print")  # paper is white
    assert min(colours(page, "body", "backgroundColor")) == 255
    assert max(colours(page, "body", "color")) < 60


def test_the_sections_are_listed_and_say_where_the_reader_is(page):
    sections = page.get_by_role("navigation", name="In this chapter").get_by_role("link")
    names = sections.all_inner_texts()
    assert names[:3] == ["1.1 First", "1.2 Second with code", "1.3 Exercises"]
    assert page.locator("[aria-current=page]").inner_text() == "1. A chapter"
    sections.nth(1).click()
    page.wait_for_function(
        "() => document.querySelector('[aria-current=true]')?.innerText.startsWith('1.2')"
    )
    page.wait_for_function(
        "() => document.querySelectorAll('h2')[1].getBoundingClientRect().top < 300"
    )
    page.set_viewport_size({"width": 400, "height": 800})
    page.wait_for_function("() => !document.querySelector('.map details').open")


def test_by_keyboard_past_the_bar_to_the_text(page):
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.innerText") == "Skip to the text"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "text"
    page.keyboard.press("Tab")  # no stop at an invisible mark beside a heading
    assert "anchor-link" not in page.evaluate("() => document.activeElement.className")


def test_a_figure_opens_large_by_pointer_and_by_keyboard(page):
    page.set_viewport_size({"width": 400, "height": 800})
    image = page.locator("figure.plot img").first
    assert image.get_attribute("alt") == "A chart. Of a bar."
    assert image.bounding_box()["width"] < 400
    image.click()
    large = page.get_by_role("dialog").locator("img")
    expect_painted(large, wider_than=1599)
    assert large.bounding_box()["width"] >= 1600
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    button = page.get_by_role("button", name="Enlarge: A photo")
    button.press("Enter")
    assert page.get_by_role("dialog").locator("img").get_attribute("alt").startswith("A photo")
    page.get_by_role("button", name="Close").press("Enter")
    page.wait_for_function("() => document.activeElement.className === 'enlarge'")


def test_paper_shows_all_code_and_all_solutions(page):
    page.set_viewport_size({"width": 700, "height": 900})
    page.emulate_media(media="print")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    for code in page.locator("pre").all():
        assert code.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    assert page.get_by_text("It is 4.").is_visible()
    assert not page.get_by_role("navigation").first.is_visible()
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert not page.locator("main details").evaluate("(one) => one.open")


def test_sums_and_braces_of_formulas_grow(page):
    listed = subprocess.run(["fc-list", MATHS_FONT], capture_output=True, text=True).stdout
    if not (shutil.which("fc-list") and listed):
        pytest.skip(f"no font {MATHS_FONT}: apt-get install fonts-dejavu-extra")
    height = "(one) => one.getBoundingClientRect().height"
    letter = page.locator("math[display=block] mi").first.evaluate(height)
    for sign in ("∑", "{"):
        tall = page.locator("math[display=block] mo", has_text=sign).first.evaluate(height)
        assert tall > 1.3 * letter
