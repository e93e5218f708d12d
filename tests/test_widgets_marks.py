"""Marks: on disk at once, found again; a file that holds anything else is never written over."""

import csv
import os

import pytest
from made_answers import answers, pictures

from svhn_lib.widgets import ErrorBrowser
from svhn_lib.widgets.marks import COLUMNS, Mark, Marks


def browser(path, **options) -> ErrorBrowser:
    return ErrorBrowser(answers(), pictures(), marks=path, **options)


def rows(path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def click(view: ErrorBrowser, **content) -> None:
    """What arrives from the front end when somebody marks."""
    view._handle_custom_msg(content, [])


def test_a_mark_is_saved_at_once_and_found_again(tmp_path):
    path = tmp_path / "new" / "marks.csv"
    view = browser(path)
    assert not path.exists()
    click(view, place=1, mark="label wrong", note='it is "26", or\nso, ü')
    assert rows(path) == [list(COLUMNS), ["1", "25", "26", "label wrong", 'it is "26", or\nso, ü']]
    assert os.listdir(path.parent) == ["marks.csv"]
    again = browser(path)
    again.opened = 1
    assert again.detail["marked"] == {
        "mark": "label wrong",
        "note": 'it is "26", or\nso, ü',
        "predicted": "26",
    }
    shown = {entry["number"]: entry["mark"] for entry in again.content["entries"]}
    assert shown == {"8": "", "1234": "", "25": "label wrong", "90": "", "7": ""}


def test_a_mark_is_changed_and_taken_away(tmp_path):
    path = tmp_path / "marks.csv"
    view = browser(path)
    view.opened = 2
    view.mark(2, "unreadable")
    assert view.detail["saved"] == "saved in marks.csv"
    view.mark(1, "model wrong", "why?")
    view.mark(2, "model wrong", "a 3 to me, too")
    assert [row[3:] for row in rows(path)[1:]] == [
        ["model wrong", "a 3 to me, too"],
        ["model wrong", "why?"],
    ]
    view.mark(1, "")
    view.mark(3, "")  # there was none
    assert [row[1] for row in rows(path)[1:]] == ["8"]


def test_marked_rows_can_be_asked_for(tmp_path):
    view = browser(tmp_path / "marks.csv", page_size=2)
    view.mark(2, "unreadable")
    view.mark(4, "label wrong")
    assert view.choices["marked"][:3] == ["any", "unmarked", "marked"]
    for asked, expected in [
        ("marked", ["8", "7"]),
        ("unreadable", ["8"]),
        ("model wrong", []),
        ("unmarked", ["1234", "25", "90"]),
    ]:
        view.marked = asked
        assert view.shown["number"].tolist() == expected
    view.page = 1
    view.mark(6, "unreadable")  # the only one of the last page leaves it
    assert view.page == 0
    assert view.shown["number"].tolist() == ["1234", "25"]


def test_marks_of_other_sets_and_other_notebooks_are_kept(tmp_path):
    path = tmp_path / "marks.csv"
    first, second = browser(path), browser(path)
    Marks(path).put(Mark("elsewhere.png", "5", "6", "unreadable", ""))
    first.mark(1, "label wrong")
    second.mark(2, "unreadable")
    assert [row[0] for row in rows(path)[1:]] == ["elsewhere.png", "1", "2"]


def test_leading_zeros_and_files_that_look_like_numbers_stay_text(tmp_path):
    path = tmp_path / "marks.csv"
    Marks(path).put(Mark("007", "0257", "NA", "unreadable", ""))
    assert Marks(path).known["007", "0257"].predicted == "NA"


HEAD = ",".join(COLUMNS)
FOREIGN = {
    "empty": (b"", "first line is not file,number"),
    "another table": (b"a,b\n1,2\n", "first line is not file,number,predicted,mark,note"),
    "semicolons": (HEAD.replace(",", ";").encode() + b"\n", "first line"),
    "half a row": (f"{HEAD}\n1,25,26,unread".encode(), "row 2 has 4 fields"),
    "an unknown mark": (f"{HEAD}\n1,25,26,unreadable,\n2,8,3,so so,\n".encode(), "row 3 .*'so so'"),
    "an open quote": (f'{HEAD}\n1,25,26,unreadable,"abc\n'.encode(), "unexpected end"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\xff", "can't decode"),
}


@pytest.mark.parametrize(("content", "reason"), FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_file_of_marks_is_refused_and_left_alone(tmp_path, content, reason):
    path = tmp_path / "marks.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"marks\.csv is no file of marks: .*{reason}.*mend it"):
        browser(path)
    assert path.read_bytes() == content


def test_a_file_that_is_damaged_meanwhile_is_left_alone_and_the_view_says_so(tmp_path):
    path = tmp_path / "marks.csv"
    view = browser(path)
    view.opened = 1
    click(view, place=1, mark="unreadable", note="")
    path.write_text("something else\n")
    click(view, place=2, mark="unreadable", note="")
    assert view.detail["unsaved"].startswith("Not saved:") and view.detail["saved"] == ""
    assert path.read_text() == "something else\n"
    path.unlink()
    click(view, place=2, mark="unreadable", note="")
    assert view.detail["unsaved"] == "" and len(rows(path)) == 2


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    view = browser(tmp_path / "file" / "marks.csv")
    view.opened = 1
    click(view, place=1, mark="unreadable", note="")
    assert "Not saved" in view.detail["unsaved"]


def test_what_a_spreadsheet_saves_is_taken(tmp_path):
    path = tmp_path / "marks.csv"
    path.write_bytes(f"\ufeff{HEAD}\r\n1,25,26,unreadable,\r\n".encode())
    assert Marks(path).known["1", "25"].mark == "unreadable"


def test_unknown_marks_and_browsers_without_a_file_are_refused(tmp_path):
    with pytest.raises(ValueError, match="choose one of label wrong, unreadable, model wrong"):
        browser(tmp_path / "marks.csv").mark(1, "odd")
    with pytest.raises(ValueError, match="marks=FILE"):
        ErrorBrowser(answers(), pictures()).mark(1, "unreadable")
    assert os.listdir(tmp_path) == []
