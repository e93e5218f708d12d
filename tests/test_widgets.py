"""The error browser without a front end: its filters, its pages, and the static page."""

import base64
import io
import re

import ipywidgets
import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image

from svhn_lib.analysis import error_table
from svhn_lib.decoding import Prediction
from svhn_lib.widgets import ALL, ANY, RIGHT, ErrorBrowser

#        true   read   confidence
ROWS = [
    ("257", "257", 0.99),
    ("25", "26", 0.40),
    ("8", "3", 0.90),
    ("16", "16", 0.70),
    ("7", "", 0.10),
    ("1234", "124", 0.60),
]
SHADES = [20, 60, 100, 140, 180, 220]


def browser(**options) -> ErrorBrowser:
    predictions = [Prediction(read, sure, (sure,) * len(read)) for _, read, sure in ROWS]
    table = error_table([true for true, _, _ in ROWS], predictions)
    table.index = table.index + 100  # pictures belong to rows by place, not by label
    pictures = [np.full((3, 24, 24), shade, np.uint8) for shade in SHADES]
    return ErrorBrowser(table, pictures, **options)


def numbers(view: ErrorBrowser) -> list[str]:
    return view.shown["number"].tolist()


def visible(view: ErrorBrowser) -> list:
    cells = view.children[2].children
    return [cell for cell in cells if cell.layout.display != "none"]


def shade(data: bytes) -> int:
    return int(np.median(Image.open(io.BytesIO(data))))


def test_wrong_answers_come_first_the_most_confident_on_top():
    assert numbers(browser()) == ["8", "1234", "25", "7"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"answers": ALL}, ["257", "8", "16", "1234", "25", "7"]),
        ({"answers": RIGHT}, ["257", "16"]),
        ({"digit": "2"}, ["1234", "25"]),
        ({"length": 1}, ["8", "7"]),
        ({"confidence": (0.4, 0.6)}, ["1234", "25"]),
        ({"digit": "2", "length": 2, "answers": ALL}, ["25"]),
        ({"digit": "6"}, []),
    ],
)
def test_filters(changes, expected):
    view = browser()
    for name, value in changes.items():
        getattr(view, name).value = value
    assert numbers(view) == expected
    assert len(visible(view)) == len(expected)
    for name in changes:
        getattr(view, name).value = {"answers": "wrong", "confidence": (0, 1)}.get(name, ANY)
    assert numbers(view) == ["8", "1234", "25", "7"]


def test_pages_show_the_right_pictures():
    view = browser(page_size=3)
    assert view.previous.disabled and not view.next.disabled
    assert "1–3 of 4" in view.count.value and "6 numbers" in view.count.value
    shown = [shade(cell.children[0].value) for cell in visible(view)]
    assert shown == pytest.approx([100, 220, 60], abs=3)
    view.next.click()
    assert [shade(cell.children[0].value) for cell in visible(view)] == pytest.approx([180], abs=3)
    assert view.next.disabled and not view.previous.disabled
    assert "4–4 of 4" in view.count.value
    assert "nothing" in visible(view)[0].children[1].value
    view.answers.value = RIGHT  # a new filter begins at its first page
    assert "1–2 of 2" in view.count.value
    view.digit.value = "8"
    assert view.count.value.startswith("none") and not visible(view)
    assert view.next.disabled and view.previous.disabled


def test_the_static_page_has_the_same_content():
    bundle, _ = DisplayFormatter().format(browser())
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]
    page = bundle["text/html"]
    assert "4 wrong answers to 6 numbers" in page
    pictures = [base64.b64decode(data) for data in re.findall(r"base64,([^\"]+)", page)]
    assert [shade(data) for data in pictures] == pytest.approx([100, 220, 60, 180], abs=3)
    assert 'alt="8 read as 3, confidence 0.900"' in page
    assert "7 read as nothing" in page
    assert "<script" not in page and "http" not in page
    assert bundle["text/plain"].splitlines()[:2] == [
        "4 wrong answers to 6 numbers",
        "8 read as 3, confidence 0.900",
    ]


def test_a_long_static_page_is_cut_and_says_so():
    view = browser(sheet_size=2)
    view.confidence.value = (0.05, 1)
    page = view.sheet()
    assert page.count("<img") == 2
    assert "confidence 0.05 to 1.00, the 2 most confident" in page


def test_paging_makes_no_new_widgets():
    view, made = browser(page_size=2), []
    ipywidgets.Widget.on_widget_constructed(made.append)
    try:
        view.next.click()
        view.answers.value = ALL
        assert made == []
        browser()
        assert made != []
    finally:
        ipywidgets.Widget.on_widget_constructed(None)


def test_pictures_have_no_tooltip():
    # JupyterLab shows 'Click to show javascript error' in place of an image that has one.
    assert all(cell.children[0].tooltip is None for cell in visible(browser()))


def test_rows_and_pictures_must_match():
    view = browser()
    with pytest.raises(ValueError, match="6 rows and 5 pictures"):
        ErrorBrowser(view.table, view.pictures[:5])
