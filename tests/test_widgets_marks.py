"""Marks: on disk at once, found again; a file that holds anything else is never written over."""

import csv
import os

import pytest
from made_answers import answers, pictures

from svhn_lib.analysis.marks import COLUMNS, Mark, Marks
from svhn_lib.widgets import ErrorBrowser


def browser(path, **options) -> ErrorBrowser:
    return ErrorBrowser(answers(), pictures(), marks=path, **options)


def rows(path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def wish(view: ErrorBrowser, do: str, **content) -> str:
    """What arrives from the front end when somebody acts; gives the problem that is answered."""
    sent = []
    view.comm.send = lambda data, **_: sent.append(data)
    view._handle_custom_msg({"do": do, "id": 1, **content}, [])
    return sent[-1]["content"]["problem"]


def click(view: ErrorBrowser, place: int, mark: str, **more) -> str:
    return wish(view, "mark", place=place, mark=mark, **more)


def test_a_mark_is_saved_at_once_and_found_again(tmp_path):
    path = tmp_path / "new" / "marks.csv"
    view = browser(path)
    assert not path.exists()
    click(view, place=1, mark="label wrong", note='it is "26", or\nso, ü')
    assert rows(path) == [
        list(COLUMNS),
        ["1", "25", "26", "label wrong", 'it is "26", or\nso, ü', ""],
    ]
    assert os.listdir(path.parent) == ["marks.csv"]
    again = browser(path)
    again.opened = 1
    assert again.detail["marked"] == {
        "mark": "label wrong",
        "note": 'it is "26", or\nso, ü',
        "predicted": "26",
        "correct": "",
    }
    shown = {entry["number"]: entry["mark"] for entry in again.content["entries"]}
    assert shown == {"8": "", "1234": "", "25": "label wrong", "90": "", "7": ""}


def test_a_mark_is_changed_and_taken_away(tmp_path):
    path = tmp_path / "marks.csv"
    view = browser(path)
    view.opened = 2
    view.mark(2, "unreadable")
    assert view.detail["marked"]["mark"] == "unreadable"
    assert view.marking["said"] == "saved: unreadable for 8 (2)"
    assert view.marking["file"] == str(path)
    view.mark(1, "model wrong", "why?")
    view.mark(2, "model wrong", "a 3 to me, too")
    assert [row[3:5] for row in rows(path)[1:]] == [
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
    "another table": (b"a,b\n1,2\n", "first line is not file,number,predicted,mark,note,correct"),
    "semicolons": (HEAD.replace(",", ";").encode() + b"\n", "first line"),
    "half a row": (f"{HEAD}\n1,25,26,unread".encode(), "row 2 has 4 fields"),
    "an unknown mark": (
        f"{HEAD}\n1,25,26,unreadable,,\n2,8,3,so so,,\n".encode(),
        "row 3 .*'so so'",
    ),
    "a word for a number": (f"{HEAD}\n1,25,26,label wrong,,2x\n".encode(), "row 2 .*'2x'"),
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
    assert click(view, place=1, mark="unreadable", note="") == ""
    path.write_text("something else\n")
    assert "is no file of marks" in click(view, place=1, mark="model wrong", note="")
    assert view.detail["marked"]["mark"] == "unreadable"  # as it was saved last
    assert path.read_text() == "something else\n"
    assert "is no file of marks" in wish(view, "undo")
    path.unlink()
    assert click(view, place=2, mark="unreadable", note="") == "" and len(rows(path)) == 2


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    view = browser(tmp_path / "file" / "marks.csv")
    assert click(view, place=1, mark="unreadable", note="")


def test_files_of_marks_from_before_there_were_right_numbers_are_taken(tmp_path):
    path = tmp_path / "marks.csv"
    path.write_text("file,number,predicted,mark,note\n1,25,26,label wrong,so it is\n")
    view = browser(path)
    view.mark(2, "unreadable")
    assert rows(path)[1:] == [
        ["1", "25", "26", "label wrong", "so it is", ""],
        ["2", "8", "3", "unreadable", "", ""],
    ]


def test_every_change_is_undone_in_turn(tmp_path):
    path = tmp_path / "marks.csv"
    view = browser(path)
    states = []
    for change in (
        lambda: view.mark(1, "label wrong", "first", "26"),
        lambda: view.mark(1, "label wrong", "first", "28"),
        lambda: view.mark(1, "unreadable", "second"),
        lambda: view.mark_all([1, 2, 4], "model wrong"),
        lambda: view.mark(2, ""),
    ):
        states.append(rows(path)[1:] if path.exists() else [])
        change()
    assert view.marking["undo"] == "no mark for 8 (2)"
    for state in reversed(states):
        assert wish(view, "undo") == ""
        assert sorted(rows(path)[1:]) == sorted(state)
    assert view.marking["undo"] == "" and view.marking["said"].startswith("undone: label wrong")
    assert wish(view, "undo") == "there is nothing left to undo"


def test_undoing_leaves_alone_what_another_notebook_marked_meanwhile(tmp_path):
    view = browser(tmp_path / "marks.csv")
    view.mark(1, "unreadable")
    Marks(view.marks.path).put(Mark("elsewhere.png", "5", "6", "unreadable"))
    view.undo()
    assert [row[0] for row in rows(view.marks.path)[1:]] == ["elsewhere.png"]


def test_a_mark_goes_on_to_the_next_answer_also_where_the_marked_one_leaves(tmp_path):
    view = browser(tmp_path / "marks.csv", page_size=2)
    view.opened = 1  # the third, on the second page
    assert click(view, place=1, mark="unreadable", go_on=True, opened=True) == ""
    assert view.detail["number"] == "90" and view.page == 1
    view.marked = "unmarked"
    view.opened = 2
    assert click(view, place=2, mark="model wrong", go_on=True, opened=True) == ""
    assert view.detail["number"] == "1234" and view.shown["number"].tolist() == ["1234", "90", "7"]
    view.opened = 4
    assert click(view, place=4, mark="unreadable", go_on=True, opened=True) == ""
    assert view.detail["number"] == "7"  # it was the last: it stays


def test_several_are_picked_and_marked_together(tmp_path):
    view = browser(tmp_path / "marks.csv", page_size=2)
    assert wish(view, "pick", places=[2, 1], how="between") == ""
    assert view.picked == [2, 5, 1] and view.content["picked"] == 3
    assert [entry["picked"] for entry in view.content["entries"]] == [True, True]
    wish(view, "pick", places=[5], how="toggle")
    assert view.picked == [2, 1]
    assert click(view, place=0, mark="unreadable", several=True) == ""
    assert view.picked == [] and [row[0] for row in rows(view.marks.path)[1:]] == ["2", "1"]
    assert view.marking["said"] == "saved: unreadable for 2 pictures"
    wish(view, "pick", places=[], how="all")
    assert len(view.picked) == 5
    view.length = "1"  # what no longer passes is let go
    assert view.picked == [2, 4]
    view.marks.path.write_text("a,b\n")
    assert "no file of marks" in click(view, place=0, mark="model wrong", several=True)
    assert view.picked == [2, 4]  # to try again
    wish(view, "pick", places=[], how="none")
    assert view.picked == []


def test_going_back_lets_go_of_what_is_picked_before_it_closes(tmp_path):
    view = browser(tmp_path / "marks.csv")
    view.opened = 2
    wish(view, "pick", places=[], how="all")
    assert wish(view, "back") == ""
    assert view.picked == [] and view.opened == 2
    assert wish(view, "back") == ""
    assert view.opened == -1


def test_what_is_judged_is_counted_among_what_passes(tmp_path):
    view = browser(tmp_path / "marks.csv")
    view.mark(1, "unreadable")
    view.mark(0, "unreadable")  # a right answer: not among those shown
    assert (view.content["judged"], view.content["of"]) == (1, 5)
    view.marked = "unmarked"
    assert (view.content["judged"], view.content["of"]) == (1, 5)
    view.answers = "all"
    assert (view.content["judged"], view.content["of"]) == (2, 7)


def test_a_right_number_belongs_to_a_wrong_label_and_is_a_number(tmp_path):
    view = browser(tmp_path / "marks.csv")
    for mark, correct, reason in [
        ("label wrong", "2x", "'2x' is no number: give 1 to 5 digits"),
        ("label wrong", "123456", "is no number"),
        ("unreadable", "26", "belongs to 'label wrong'"),
    ]:
        with pytest.raises(ValueError, match=reason):
            view.mark(1, mark, correct=correct)
    assert os.listdir(tmp_path) == []
    assert click(view, place=1, mark="label wrong", correct="26") == ""
    assert click(view, place=1, mark="label wrong", note="sure") == ""  # the number stays
    assert rows(view.marks.path)[1] == ["1", "25", "26", "label wrong", "sure", "26"]
    assert click(view, place=1, mark="unreadable") == ""  # the note stays, the number goes
    assert rows(view.marks.path)[1] == ["1", "25", "26", "unreadable", "sure", ""]


def test_what_a_spreadsheet_saves_is_taken(tmp_path):
    path = tmp_path / "marks.csv"
    path.write_bytes(f"\ufeff{HEAD}\r\n1,25,26,unreadable,,\r\n".encode())
    assert Marks(path).known["1", "25"].mark == "unreadable"


def test_unknown_marks_and_browsers_without_a_file_are_refused(tmp_path):
    with pytest.raises(ValueError, match="choose one of label wrong, unreadable, model wrong"):
        browser(tmp_path / "marks.csv").mark(1, "odd")
    with pytest.raises(ValueError, match="marks=FILE"):
        ErrorBrowser(answers(), pictures()).mark(1, "unreadable")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("place", [-1, 99])
def test_a_row_that_is_not_there_is_not_marked(tmp_path, place):
    view = browser(tmp_path / "marks.csv")
    with pytest.raises(ValueError, match=rf"no row {place}: the table has rows 0 to"):
        view.mark_all([0, place], "unreadable")
    assert not (tmp_path / "marks.csv").exists()


def test_marks_stay_in_their_file_when_the_program_goes_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    view = browser("marks.csv")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir("sub")
    view.mark(0, "unreadable")
    assert len(rows(tmp_path / "marks.csv")) == 2
