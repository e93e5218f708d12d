"""Chapters with widgets as readers have them: run in JupyterLab, and as pages without a network."""

import csv
import re
import shutil
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="no Playwright: pip install 'svhn_lib[browser]'")

from front_end import expect_painted
from playwright.sync_api import expect

from svhn_lib.course.checks import read_notebook
from svhn_lib.course.pages import chapter_page, read_chapter

NAME = "08_error_analysis.ipynb"
MINUTES = 30  # on a machine that does other work


def has_browser(cell: dict) -> bool:
    """Whether words, still pictures and the live view are the outputs of a cell."""
    shown = [output.get("data", {}).keys() for output in cell.get("outputs", [])]
    kinds = ("text/html", "image/png", "application/vnd.jupyter.widget-view+json")
    return "ErrorBrowser(" in "".join(cell["source"]) and all(
        any(kind in one for one in shown) for kind in kinds
    )


@pytest.mark.long
def test_chapter_8_runs_filters_and_keeps_marks(root, served, data_root, visit):
    shutil.copy(root / "notebooks" / NAME, served / NAME)
    visitor = visit()
    visitor.open("lab", NAME)
    visitor.command("notebook:run-all-cells", timeout=60 * MINUTES)
    cells = visitor.cells()
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    errors = [out for cell in code for out in cell["outputs"] if out["output_type"] == "error"]
    assert errors == []
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))

    place = next(index for index, cell in enumerate(cells) if has_browser(cell))
    visitor.scroll_to(place)
    view = visitor.page.get_by_role("group", name="Error browser").first
    status = view.locator(".svhn-place")
    pictures = view.get_by_role("listbox", name="Pictures").get_by_role("option")
    expect(status).to_contain_text("wrong answers to")
    expect(pictures.first).to_be_visible()
    expect_painted(pictures.first.locator("img"))
    answers = view.get_by_role("combobox", name="answers", exact=True)
    answers.select_option("right")
    expect(status).to_contain_text("right answers to")
    expect(pictures.first).to_have_attribute("aria-label", re.compile("read rightly"))
    answers.select_option("wrong")
    expect(pictures.first).to_have_attribute("aria-label", re.compile("read as"))

    if "marks=" in "".join(cells[place]["source"]):
        mark_and_reload(visitor, place, data_root / "marks" / "08_error_analysis.csv")
    assert visitor.errors == []
    assert visitor.outside == []


def mark_and_reload(visitor, place: int, path: Path) -> None:
    view = visitor.page.get_by_role("group", name="Error browser").first
    pictures = view.get_by_role("listbox", name="Pictures").get_by_role("option")
    pictures.first.click()
    panel = view.get_by_role("region")
    expect(panel).to_have_attribute("aria-busy", "false")
    expect(panel.get_by_text("No explanation")).to_have_count(0)
    panel.get_by_role("button", name="2 unreadable").click()
    expect(view.locator(".svhn-said")).to_contain_text("saved: unreadable for")
    with path.open(newline="") as file:
        assert [row[3] for row in csv.reader(file)] == ["mark", "unreadable"]

    visitor.command("docmanager:save")
    visitor.reload()
    visitor.scroll_to(place)
    expect(pictures.first).to_contain_text("unreadable")
    expect(view.get_by_text(str(path))).to_be_visible()
    path.unlink()


@pytest.mark.parametrize(
    ("name", "words"),
    [("04_preprocessing.ipynb", "draws of"), (NAME, "wrong answers to")],
)
def test_the_page_of_a_chapter_shows_its_widgets_without_kernel_or_network(
    root, visit, tmp_path, name, words
):
    path = root / "notebooks" / name
    chapter = read_chapter(path)
    page = chapter_page(read_notebook(path), chapter, [chapter], tmp_path)
    (tmp_path / "page.html").write_text(page)
    reader = visit(address=None)
    reader.page.goto((tmp_path / "page.html").as_uri())
    expect(reader.page.get_by_text(words).first).to_be_visible()
    sheet = reader.page.locator(f'img[alt*="{words}"]').first
    expect(sheet).to_be_visible()
    expect_painted(sheet, wider_than=600)
    assert reader.errors == []
    assert reader.outside == []
