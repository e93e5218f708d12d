"""The error browser without a front end: filters, pages, what is opened, and the static page."""

import base64
import re
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.formatters import DisplayFormatter
from made_answers import ROWS, answers, pictures, shade
from traitlets import TraitError

from svhn_lib.analysis import align, error_table
from svhn_lib.analysis.explain import Explanation, Neighbour
from svhn_lib.reading.record import Answer
from svhn_lib.widgets import ConfusionExplorer, ErrorBrowser
from svhn_lib.widgets.detail import edit_words
from svhn_lib.widgets.selection import Rows

WRONG = ["8", "1234", "25", "90", "7"]  # the most confident first


def browser(**options) -> ErrorBrowser:
    return ErrorBrowser(answers(), pictures(), **options)


def numbers(view: ErrorBrowser) -> list[str]:
    return view.shown["number"].tolist()


def entries(view: ErrorBrowser) -> list[dict]:
    return view.content["entries"]


def test_wrong_answers_come_first_the_most_confident_on_top():
    assert numbers(browser()) == WRONG


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"answers": "all"}, ["257", "8", "16", "1234", "25", "90", "7"]),
        ({"answers": "right"}, ["257", "16"]),
        ({"answers": "substitution"}, ["8", "25"]),
        ({"answers": "missing"}, ["1234", "7"]),
        ({"answers": "extra"}, ["90"]),
        ({"answers": "length wrong"}, ["1234", "90", "7"]),
        ({"true_digit": "2"}, ["1234", "25"]),
        ({"read_digit": "4"}, ["1234", "90"]),
        ({"true_digit": "5", "read_digit": "6"}, ["25"]),
        ({"true_digit": "2", "read_digit": "6"}, []),  # 25 read 26 holds both, but no such error
        ({"true_digit": "1", "read_digit": "1", "answers": "all"}, ["16", "1234"]),
        ({"length": "1"}, ["8", "7"]),
        ({"confidence": (0.4, 0.6)}, ["1234", "25"]),
        ({"true_digit": "2", "length": "2", "answers": "all"}, ["25"]),
        ({"true_digit": "6"}, []),
        ({"descending": False}, ["7", "90", "25", "1234", "8"]),
        ({"sort": "length"}, ["1234", "25", "90", "8", "7"]),
        ({"sort": "table order", "descending": False}, ["25", "8", "7", "1234", "90"]),
    ],
)
def test_filters_and_orders(changes, expected):
    view = browser()
    before = {name: getattr(view, name) for name in changes}
    for name, value in changes.items():
        setattr(view, name, value)
    assert numbers(view) == expected
    assert [entry["number"] for entry in entries(view)] == expected
    for name, value in before.items():
        setattr(view, name, value)
    assert numbers(view) == WRONG


def test_columns_that_may_be_there_make_filters_and_orders():
    view = browser()
    assert view.choices["source"] == ["any"] and view.choices["marked"] == ["any"]
    assert view.choices["sort"] == ["confidence", "length", "table order"]
    table = answers().assign(
        source=["a", "b", "a", "b", "a", "b", "a"], sharpness=[1, 2, np.nan, 4, 5, 6, 7]
    )
    view = ErrorBrowser(table, pictures())
    assert view.choices["source"] == ["any", "a", "b"]
    view.source = "b"
    assert numbers(view) == ["1234", "25"]
    view.source, view.sort = "any", "sharpness"
    assert numbers(view) == ["90", "1234", "7", "25", "8"]  # what is not known comes last
    view.descending = False
    assert numbers(view) == ["25", "7", "1234", "90", "8"]


def test_a_value_that_is_no_choice_is_refused():
    view = browser()
    with pytest.raises(TraitError, match="length is '3x': choose one of any, 1, 2, 3, 4"):
        view.length = "3x"
    with pytest.raises(TraitError, match="rows 0 to 6"):
        view.opened = 7
    assert numbers(view) == WRONG


def test_pages_hold_the_right_pictures_and_nothing_else_is_sent():
    view = browser(page_size=3)
    assert [shade(one["picture"]) for one in entries(view)] == pytest.approx([100, 220, 60], abs=3)
    assert (view.content["first"], view.content["page"], view.content["pages"]) == (0, 0, 2)
    view.page = 1
    assert [shade(one["picture"]) for one in entries(view)] == pytest.approx([250, 180], abs=3)
    assert view.content["first"] == 3
    view.page = 5
    assert view.page == 1  # the last one
    view.answers = "right"  # a new filter begins at its first page
    assert view.page == 0 and len(entries(view)) == 2
    view.true_digit = "8"
    assert entries(view) == [] and view.content["pages"] == 1
    state = [value for name, value in view.get_state().items() if name != "_esm"]
    assert str(state).count("JFIF") == 0


def test_a_page_is_sent_in_one_message():
    view, sent = browser(page_size=2), []
    view.comm.send = lambda data, **_: sent.append(sorted(data["state"]))
    view.page = 1
    assert sent == [["page"], ["content"]]
    view.true_digit = "2"
    assert sent[2:] == [["true_digit"], ["page"], ["content"]]


def test_what_is_told_of_an_open_row():
    table = answers()
    table["candidates"] = [[("26", 0.4), ("25", 0.35), (None, 0.1)]] * len(ROWS)
    view = ErrorBrowser(table.assign(height=21.5, contrast=np.nan), pictures())
    view.opened = 1
    told = view.detail
    assert told["title"] == "25 read as 26, confidence 0.400"
    assert told["digits"] == [
        {"digit": "2", "probability": 0.4},
        {"digit": "6", "probability": 0.4},
    ]
    assert told["candidates"] == [["26", 0.4], ["25", 0.35], ["nothing", 0.1]]
    assert dict(told["facts"])["errors"] == "digit 2: 5 read as 6"
    assert dict(told["facts"])["height"] == "21.5 px"
    assert "contrast" not in dict(told["facts"])
    assert (shade(told["picture"]), told["size"], told["waits"]) == (60, [24, 24], False)
    view.opened = -1
    assert view.detail == {}


def test_edits_in_words():
    _, missing, extra, end = (
        browser().rows,
        *(next(iter(error_table([a], [Answer(b or None, 1.0, (1.0,) * len(b))])["edits"][0]))
          for a, b in (("1234", "124"), ("90", "940"), ("90", "904"))),
    )  # fmt: skip
    assert edit_words(missing, 4) == "digit 3: 3 missing"
    assert edit_words(extra, 2) == "extra 4 before digit 2"
    assert edit_words(end, 2) == "extra 4 at the end"


def test_explanations_are_asked_for_when_a_row_is_opened_and_not_before():
    asked = []

    def explain(place: int) -> Explanation:
        asked.append(place)
        assert view.detail["waits"]  # the picture is there already
        maps = np.stack([np.full((24, 24), share, np.float32) for share in (0.2, 1)])
        return Explanation(maps, [Neighbour(np.full((8, 8, 3), 77, np.uint8), "24", 0.25, 3)])

    view = browser(explain=explain)
    view.sheet(), view.text()
    assert asked == []
    view.opened = 1
    assert asked == [1]
    assert not view.detail["waits"] and view.detail["problem"] == ""
    first, second = view.detail["overlays"]
    assert first["size"] == [24, 24]
    assert (set(first["strength"]), set(second["strength"])) == ({51}, {255})
    (neighbour,) = view.detail["neighbours"]
    assert (shade(neighbour["picture"]), neighbour["number"]) == (77, "24")
    assert neighbour["distance"] == 0.25


@pytest.mark.parametrize(
    ("explain", "problem"),
    [
        (lambda place: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda place: Explanation(np.zeros((3, 4, 4)), []), "ValueError: 3 saliency maps for"),
        (lambda place: SimpleNamespace(), "AttributeError"),
    ],
)
def test_an_explanation_that_fails_is_shown(explain, problem):
    view = browser(explain=explain)
    view.opened = 1
    assert problem in view.detail["problem"]
    assert not view.detail["waits"] and view.detail["digits"]


def test_the_static_page_has_the_same_content():
    bundle, _ = DisplayFormatter().format(browser())
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]
    page = bundle["text/html"]
    assert "5 wrong answers to 7 numbers" in page
    shown = [base64.b64decode(data) for data in re.findall(r"base64,([^\"]+)", page)]
    assert [shade(data) for data in shown] == pytest.approx([100, 220, 60, 250, 180], abs=3)
    assert 'alt="8 read as 3, confidence 0.900"' in page
    assert "7 read as nothing" in page
    assert "<script" not in page and "http" not in page
    assert bundle["text/plain"].splitlines()[:2] == [
        "5 wrong answers to 7 numbers",
        "8 read as 3, confidence 0.900",
    ]


def test_a_long_static_page_is_cut_and_says_so():
    view = browser(sheet_size=2)
    view.confidence = (0.05, 1)
    page = view.sheet()
    assert page.count("<img") == 2
    assert "confidence 0.05 to 1.00, the first 2 by confidence, highest first" in page
    view.answers, view.true_digit = "missing", "7"
    assert view.headline().startswith("1 answer with a missing digit to 7 numbers, true digit 7")


def test_rows_and_pictures_must_match():
    with pytest.raises(ValueError, match="7 rows and 6 pictures"):
        ErrorBrowser(answers(), pictures()[:6])
    with pytest.raises(ValueError, match=r"no edits: give one from analysis\.error_table"):
        ErrorBrowser(answers().drop(columns="edits"), pictures())


def test_an_answer_that_was_too_improbable_can_be_opened():
    table = error_table(["25"], [Answer(None, 0.3, (0.5, 0.6), (("26", 0.3), (None, 0.2)))])
    view = ErrorBrowser(table, pictures()[:1])
    view.opened = 0
    assert view.detail["digits"] == [] and not view.detail["waits"]
    assert view.detail["candidates"] == [["26", 0.3], ["nothing", 0.2]]
    assert view.detail["title"] == "25 read as nothing, confidence 0.300"


def test_nothing_to_show():
    table = error_table([], [])
    view = ErrorBrowser(table, [])
    view.answers = "all"
    assert view.headline() == "0 answers to 0 numbers" == view.text()
    assert view.content["entries"] == [] and "<img" not in view.sheet()
    assert ConfusionExplorer(table, []).headline().startswith("0 numbers with 0 read as 1: 0")


NUMBER = st.text("0123", min_size=1, max_size=5)


@given(st.lists(st.tuples(NUMBER, st.text("0123", max_size=5)), min_size=1, max_size=8))
def test_rows_behind_a_pair_of_digits_are_those_that_align_so(pairs):
    predictions = [Answer(read or None, 0.5, (0.5,) * len(read)) for _, read in pairs]
    rows = Rows(error_table([true for true, _ in pairs], predictions))
    for true in ("0", "1", ""):
        for read in ("0", "1", ""):
            expected = [(true, read) in align(*pair) for pair in pairs]
            assert rows.digits(true, read).tolist() == expected
