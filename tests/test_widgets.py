"""The error browser without a front end: filters, pages, what is opened, and the static page."""

import contextlib
import io
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_answers import ROWS, answers, pictures, shade
from pandas import DataFrame
from PIL import Image
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
        ({"true_digit": "none", "read_digit": "4"}, ["90"]),
        ({"true_digit": "none"}, ["90"]),
        ({"read_digit": "none"}, ["1234", "7"]),
        ({"search": "25", "answers": "all"}, ["257", "25"]),
        ({"search": " 94"}, ["90"]),  # as it was read
        ({"search": "nowhere"}, []),
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


def test_several_filters_at_once_are_answered_by_one_page():
    view, sent = browser(), []
    view.comm.send = lambda data, **_: sent.append(data)
    wish = {"do": "set", "id": 7, "values": {**view.start, "answers": "right", "length": "2"}}
    view._handle_custom_msg(wish, [])
    (update, answer) = sent
    assert {"answers", "length", "content"} <= update["state"].keys()
    assert answer["content"] == {"answer": 7, "problem": ""}
    assert numbers(view) == ["16"]


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        ({"do": "set", "values": {"length": "3x"}}, "choose one of any, 1, 2, 3, 4"),
        ({"do": "set", "values": {"table": 1}}, "no such values: table"),
        ({"do": "dance"}, "unknown wish 'dance'"),
        ({"do": "mark", "place": 1, "mark": "unreadable"}, "no file of marks"),
        ({"do": "undo"}, "nothing left to undo"),
        ({"do": "within", "places": [99]}, "places are 0 to 6"),
    ],
)
def test_every_wish_is_answered_also_one_that_cannot_be_granted(wish, problem):
    view, sent = browser(), []
    view.comm.send = lambda data, **_: sent.append(data)
    view._handle_custom_msg({**wish, "id": 1}, [])
    assert problem in sent[-1]["content"]["problem"]
    assert numbers(view) == WRONG


def test_a_wish_that_fails_in_any_way_is_answered_and_logged():
    class Store(list):
        def __getitem__(self, place):
            if place == 0:
                raise RuntimeError("the store is closed")
            return super().__getitem__(place)

    view, sent = ErrorBrowser(answers(), Store(pictures())), []
    view.comm.send = lambda data, **_: sent.append(data)
    with pytest.raises(RuntimeError):
        view._hear(view, {"do": "set", "id": 3, "values": {"opened": 0}}, [])
    told = {"answer": 3, "problem": "RuntimeError: the store is closed"}
    assert [one["content"] for one in sent if "content" in one] == [told]


def test_an_answer_without_probabilities_of_its_digits_can_be_opened():
    table = error_table(["257"], [Answer("251", 0.4)])  # as other readers answer
    view = ErrorBrowser(table, np.zeros((1, 32, 32, 3)), opened=0)
    view.opened = -1
    view.opened = 0
    assert view.detail["title"] == "257 read as 251, confidence 0.400"
    assert view.detail["digits"] == []


def test_the_size_of_pages_can_be_changed_and_what_was_first_stays_in_view():
    view = browser(page_size=2)
    view.page = 2
    view.page_size = 3
    assert view.page == 1 and view.content["pages"] == 2
    assert [entry["number"] for entry in entries(view)] == ["90", "7"]


def test_an_answer_that_no_longer_passes_is_closed():
    view = browser()
    view.opened = 2
    view.length = "1"
    assert view.opened == 2  # it passes
    view.search = "nowhere"
    assert view.opened == -1 and view.detail == {}
    view.step(1)  # where nothing passes there is no next one
    assert view.opened == -1 and view.detail == {}


def test_steps_from_answer_to_answer_go_over_the_ends_of_pages():
    view = browser(page_size=2)
    view.opened = 2
    view.step(1)
    assert (view.detail["number"], view.page) == ("1234", 0)
    view.step(1)
    assert (view.detail["number"], view.page) == ("25", 1)
    view.step(-9)
    assert (view.detail["number"], view.page) == ("8", 0)
    view.step(9)
    assert (view.detail["number"], view.page) == ("7", 2)


def test_rows_are_kept_within_a_lasso_among_those_that_pass():
    view = browser()
    view.keep_within([0, 1, 2])
    assert numbers(view) == ["8", "25"] and "inside the lasso" in view.headline()
    view.answers = "all"
    assert numbers(view) == ["257", "8", "25"]
    view.keep_within(None)
    assert len(view.shown) == len(ROWS)


def test_a_map_has_a_dot_for_each_row_and_says_which_pass():
    spots = np.arange(14, dtype=float).reshape(7, 2)
    view = browser(map=spots)
    assert view.beside == "map"
    assert np.frombuffer(view.map["points"], "<f4").reshape(7, 2).tolist() == spots.tolist()
    colours = view.map["colours"]
    assert list(colours["right or wrong"]["codes"]) == [1, 0, 0, 1, 0, 0, 0]
    assert colours["true length"]["kinds"] == ["1", "2", "3", "4"]
    assert list(colours["confidence"]["codes"])[2] == 230  # of 255, 0.9
    assert list(view.passing) == [0, 1, 1, 0, 1, 1, 1]
    view.answers = "right"
    assert list(view.passing) == [1, 0, 0, 1, 0, 0, 0]
    with pytest.raises(
        ValueError, match=r"map of shape \(3, 2\): give a finite point for each of 7"
    ):
        browser(map=spots[:3])
    with pytest.raises(TraitError, match="choose one of nothing, confusions"):
        browser().beside = "map"


def second() -> DataFrame:
    """Another reader, right about 25 and 8, wrong about 257."""
    read = ["251", "25", "8", "16", None, "124", "90"]
    predictions = [Answer(text, 0.5, (0.5,) * len(text or "")) for text in read]
    table = error_table([true for true, _, _ in ROWS], predictions)
    table.index = table.index + 100
    return table


def test_two_models_side_by_side():
    view = browser(other=second(), models=("compact", "further"))
    assert view.answers == "all"
    assert view.pairing["counts"] == {
        "both right": 1, "only the first right": 1, "only the second right": 3,
        "both wrong": 2, "different answers": 4,
    }  # fmt: skip
    view.models = "only the second right"
    assert numbers(view) == ["8", "25", "90"]
    assert view.headline() == "3 answers to 7 numbers, only further right"
    assert entries(view)[1]["other"]["predicted"] == "25"
    view.opened = 1
    assert view.detail["other"]["names"] == ["compact", "further"]
    assert (view.detail["other"]["predicted"], view.detail["other"]["right"]) == ("25", True)
    with pytest.raises(ValueError, match="not the same"):
        browser(other=second()[::-1])


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
    facts = {name: text for name, text, _ in told["facts"]}
    assert (facts["errors"], facts["height"]) == ("digit 2: 5 read as 6", "21.5 px")
    assert told["facts"][-1][2].endswith("half of these pictures have 21.5 to 21.5 px")
    assert "contrast" not in facts
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
    view.still(), view.text()
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


def test_a_cell_shows_words_and_a_contact_sheet_before_the_live_view():
    (words, _), (picture, about), (live, _) = browser().outputs()
    assert "5 wrong answers to 7 numbers" in words["text/html"]
    assert "run this cell" in words["text/html"] and "<script" not in words["text/html"]
    assert words["text/plain"].splitlines()[:2] == [
        "5 wrong answers to 7 numbers",
        "8 read as 3, confidence 0.900",
    ]
    sheet = Image.open(io.BytesIO(picture["image/png"]))
    assert sheet.width == 2 * about["image/png"]["width"]
    middles = [(2 * (104 * place + 52), 40) for place in range(5)]
    shades = [sheet.convert("L").getpixel(middle) for middle in middles]
    assert shades == pytest.approx([100, 220, 60, 250, 180], abs=4)
    assert live["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert not {"text/html", "image/png"} & live.keys()  # else one of these hides the live view


def test_a_long_contact_sheet_is_cut_and_says_so():
    view = browser(sheet_size=2)
    view.confidence = (0.05, 1)
    still = view.still()
    assert still.width == 2 * 104
    assert "confidence 0.05 to 1.00, the first 2 by confidence, highest first" in still.words
    view.answers, view.true_digit = "missing", "7"
    assert view.headline().startswith("1 answer with a missing digit to 7 numbers, true digit 7")


def test_without_pictures_the_files_of_the_table_are_read(tmp_path):
    Image.new("RGB", (40, 20), (200, 200, 200)).save(tmp_path / "a.png")
    files = [str(tmp_path / "a.png"), "nowhere.png", *map(str, range(5))]
    view = ErrorBrowser(answers().assign(file=files), other=second().assign(file=files))
    shades = {one["place"]: shade(one["picture"]) for one in entries(view)}
    assert shades[0] == pytest.approx(200, abs=3) and shades[1] == pytest.approx(128, abs=3)


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
    assert view.content["entries"] == [] and view.still().picture is None
    assert len(view.outputs()) == 2
    assert ConfusionExplorer(table, []).headline().startswith("0 numbers with 0 read as 1: 0")


def test_an_unknown_confidence_passes_the_whole_range_and_is_called_unknown():
    nan = float("nan")
    known, unknown = Answer("26", 0.5, (0.7, 0.8)), Answer("3", nan, (nan,), (("3", nan),))
    table = error_table(["25", "8"], [known, unknown])
    view = ErrorBrowser(table, pictures()[:2], other=table, map=np.zeros((2, 2)), answers="wrong")
    assert numbers(view) == ["25", "8"]  # the unknown comes last
    assert [entry["confidence"] for entry in entries(view)] == [0.5, None]
    assert entries(view)[1]["other"]["confidence"] is None
    assert "8 read as 3, confidence unknown" in view.text()
    assert view.still().picture is not None
    view.opened = 1
    assert view.detail["digits"] == [{"digit": "3", "probability": None}]
    assert view.detail["candidates"] == [["3", None]]
    assert view.detail["other"]["digit_probabilities"] == [None]
    for narrower in ((0.01, 1.0), (0.0, 0.99)):
        view.confidence = narrower
        assert numbers(view) == ["25"]


NUMBER = st.text("0123", min_size=1, max_size=5)


@given(st.lists(st.tuples(NUMBER, st.text("0123", max_size=5)), min_size=1, max_size=8))
def test_rows_behind_a_pair_of_digits_are_those_that_align_so(pairs):
    predictions = [Answer(read or None, 0.5, (0.5,) * len(read)) for _, read in pairs]
    rows = Rows(error_table([true for true, _ in pairs], predictions))
    for true in ("0", "1", ""):
        for read in ("0", "1", ""):
            expected = [(true, read) in align(*pair) for pair in pairs]
            assert rows.digits(true, read).tolist() == expected


def test_large_pictures_are_sent_no_larger_than_they_can_be_seen(tmp_path):
    large = np.zeros((600, 4000, 3), np.uint8)
    Image.fromarray(large).save(tmp_path / "large.png")
    table = error_table(["1", "2"], [Answer("3", 0.9), Answer("4", 0.8)], ["large.png"] * 2)
    with contextlib.chdir(tmp_path):
        from_files = ErrorBrowser(table)
    for view in (ErrorBrowser(table, [large, large]), from_files):  # in another folder by now
        view.opened = 0
        assert max(Image.open(io.BytesIO(entries(view)[0]["picture"])).size) <= 256
        assert Image.open(io.BytesIO(view.detail["picture"])).size == (1024, 154)
        assert view.detail["size"] == [154, 1024]


def test_two_readers_have_two_names():
    with pytest.raises(ValueError, match="give the names of two"):
        browser(other=answers(), models=("mine",))


def test_a_picture_without_a_number_can_be_shown():
    table = error_table([None, "2"], [Answer("1", 0.9), Answer(None, 0.8)])
    view = ErrorBrowser(table, np.zeros((2, 32, 32, 3), np.uint8))
    view.opened = 0
    assert [edit.kind for edit in table["edits"][0]] == ["extra"]
    assert view.detail["number"] == ""


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (answers().to_dict("list"), "the table is a dict"),
        (answers().drop(columns="file"), "the table has no file"),
        (answers().assign(edits="[]"), "read the file with analysis.read_error_table"),
    ],
)
def test_what_is_no_error_table_is_told_how_to_be_one(table, words):
    with pytest.raises(ValueError, match=words):
        ErrorBrowser(table)
