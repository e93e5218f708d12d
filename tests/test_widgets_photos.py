"""Photo and camera reader without a front end: what is read, corrected and saved."""

import csv
import io
import shutil
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image
from traitlets import TraitError
from typer.testing import CliRunner

from svhn_lib.cli import app
from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.data.tables.numbers import load_numbers
from svhn_lib.reading.reader import Reader
from svhn_lib.widgets import CameraReader, PhotoReader
from svhn_lib.widgets.photo_content import close_up

CORNERS = [[20, 30], [70, 30], [70, 55], [20, 55]]
TILTED = [[20, 40], [60, 20], [68, 36], [28, 56]]


class Double:
    """Answers as it is told, whatever the photo; an error is raised."""

    def __init__(self, *answers):
        self.answers, self.seen = answers, []

    def read_all(self, photo):
        self.seen.append(photo)
        if self.answers and isinstance(self.answers[0], Exception):
            raise self.answers[0]
        return list(self.answers)


def answer(number="251", corners=CORNERS, **other) -> SimpleNamespace:
    candidates = ((number, 0.6), ("257", 0.3), (None, 0.1))
    return SimpleNamespace(
        **{
            "number": number,
            "confidence": 0.6,
            "candidates": candidates,
            "corners": corners,
            **other,
        }
    )


def photo(shade: int = 90) -> np.ndarray:
    picture = np.full((80, 120, 3), shade, np.uint8)
    picture[30:55, 20:70] = 250
    return picture


def photo_of(text: str) -> np.ndarray:
    picture = np.full((100, 200, 3), 240, np.uint8)
    return cv2.putText(picture, text, (45, 75), cv2.FONT_HERSHEY_SIMPLEX, 2.2, (20, 20, 20), 7)


def view(tmp_path, *answers, **options) -> PhotoReader:
    return PhotoReader(
        [photo()], folder=tmp_path / "mine", reader=Double(*(answers or [answer()])), **options
    )


def asks(view, name, *buffers, **wish) -> dict:
    """Send a wish as the front end does, and return the answer to it."""
    sent = []
    view.send = lambda content, buffers=None: sent.append(content)
    view._handle_custom_msg({"id": 7, "do": name, **wish}, [*map(memoryview, buffers)])
    (told,) = sent
    assert told.pop("answer") == 7
    return told


def table(view) -> list[list[str]]:
    with view.album.labels.path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def test_the_whole_path_of_the_folder_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a notebook's folder, which a terminal need not be in
    assert PhotoReader(folder="mine", reader=Double()).folder == str(tmp_path / "mine")


def test_a_photo_is_read_and_shown(tmp_path):
    shown = view(tmp_path, answer(), answer("18", TILTED, stacked=True, confidence=0.4))
    assert shown.text() == "photo-1.png: 251, confidence 0.60; 18, confidence 0.40"
    first, second = shown.content["numbers"]
    assert (first["number"], first["corners"], first["confidence"]) == ("251", CORNERS, 0.6)
    assert first["candidates"] == [["251", 0.6], ["257", 0.3], ["", 0.1]]
    assert (second["corners"], second["stacked"]) == (TILTED, True)
    assert opened(shown.picture["data"]).shape == (80, 120, 3)
    assert shown.picture["window"] == [0, 0, 120, 80]
    assert opened(first["close"]).mean() > 170  # the plate, with its margin
    listed = {"name": "photo-1.png", "words": "251, 18", "saved": False, "readable": True}
    assert shown.photos == [listed]


def test_a_photo_that_is_cut_to_its_number_has_a_box_all_around(tmp_path):
    shown = view(tmp_path, answer(corners=None))
    assert shown.content["numbers"][0]["corners"] == [[0, 0], [120, 0], [120, 80], [0, 80]]


def test_a_window_shows_the_photo_at_full_size(tmp_path):
    large = np.zeros((600, 3000, 3), np.uint8)
    large[100:140, 2000:2040] = 255
    shown = PhotoReader([large], reader=Double())
    assert max(opened(shown.picture["data"]).shape) <= 1500
    shown.window = [1990.4, 90, 2050, 150]
    part = opened(shown.picture["data"])
    assert shown.picture["window"] == [1990, 90, 2050, 150] and part.shape == (60, 60, 3)
    assert part[30, 30].min() > 240 and part[5, 5].max() < 20
    shown.window = [-5, -5, 9999, 9999]
    assert shown.picture["window"] == [0, 0, 3000, 600]


def test_a_close_up_is_level():
    picture = np.full((80, 120, 3), 60, np.uint8)
    corners = np.array(TILTED, float)
    middle = corners.mean(0)
    inner = middle + 0.9 * (corners - middle)
    cv2.fillPoly(picture, [np.rint(inner).astype(np.int32)], (240, 240, 240))
    close = close_up(picture, SimpleNamespace(corners=corners, stacked=False))
    height, width = close.shape[:2]
    assert width / height == pytest.approx(2.5, abs=0.2)
    inside = close[
        round(0.2 * height) : round(0.8 * height), round(0.2 * width) : round(0.8 * width)
    ]
    assert inside.min() > 200


def test_corrections_and_undo(tmp_path):
    shown = view(tmp_path)
    shown.correct(0, number="257")
    assert shown.numbers[0].number == "257" and shown.numbers[0].confidence is None
    assert shown.numbers[0].candidates  # they stay to choose from
    shown.correct(0, corners=TILTED, stacked=True)
    shown.insert(CORNERS, "18")
    shown.remove(0)
    assert [one.number for one in shown.numbers] == ["18"]
    assert shown.content["undo"]
    for _ in range(3):
        shown.undo()
    assert shown.numbers[0].corners.tolist() == CORNERS and not shown.numbers[0].stacked
    shown.undo()
    shown.undo()  # there is nothing left to take back
    assert shown.numbers[0].number == "251" and not shown.content["undo"]


def test_a_box_that_a_person_drew_is_read_unless_they_said_what_is_in_it():
    crop = cv2.resize(photo_of("42"), (200, 100))
    picture = np.full((300, 500, 3), 128, np.uint8)
    picture[100:200, 150:350] = crop
    reader = Reader(localiser=SimpleNamespace(find_many=lambda pictures: [[] for _ in pictures]))
    shown = PhotoReader([picture], reader=reader)
    assert shown.numbers == []
    box = [[170, 110], [330, 110], [330, 190], [170, 190]]
    shown.insert(box)
    (one,) = shown.numbers
    assert one.number == "42" and one.confidence > 0.5 and one.candidates[0][0] == "42"
    shown.correct(0, number="7")
    shown.correct(0, corners=[[x + 2, y] for x, y in box])
    assert shown.numbers[0].number == "7"


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        ({"name": "correct", "index": 0, "number": "12a"}, "not made of the digits"),
        ({"name": "correct", "index": 0, "number": ""}, "not made of the digits"),
        ({"name": "correct", "index": 0, "number": "٣"}, "not made of the digits"),
        ({"name": "correct", "index": 0, "number": "123456"}, "more than 5 digits"),
        ({"name": "correct", "index": 4, "number": "1"}, "no number 4"),
        ({"name": "correct", "index": 0, "corners": [[0, 0], [1, 1]]}, "four points"),
        ({"name": "correct", "index": 0, "corners": CORNERS[::-1]}, "corners"),
        ({"name": "correct", "index": 0, "corners": [[0, 0], [9, 0], [9, 1], [0, 1]]}, "2 pixels"),
        ({"name": "insert", "corners": [[float("nan"), 0]] * 4}, "finite"),
        ({"name": "insert", "corners": [[130, 0], [140, 0], [140, 9], [130, 9]]}, "outside the"),
        ({"name": "correct", "index": 0, "corners": np.subtract(CORNERS, 99)}, "outside the"),
        ({"name": "remove", "index": -1}, "no number -1"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_and_changes_nothing(tmp_path, wish, problem):
    shown = view(tmp_path)
    before = shown.content
    assert problem in asks(shown, place=0, **wish)["problem"]
    assert shown.content == before


def test_a_wish_for_a_photo_that_is_no_longer_open_is_refused(tmp_path):
    shown = view(tmp_path)
    shown.add(photo(30))
    shown.chosen = 1
    assert "another photo" in asks(shown, "correct", place=0, index=0, number="1")["problem"]
    with pytest.raises(TraitError, match="there are 2 photos"):
        shown.chosen = 2
    assert "there are 2 photos" in asks(shown, "set", values={"chosen": 2})["problem"]
    assert asks(shown, "set", values={"chosen": 0}) == {"problem": ""} and shown.chosen == 0
    asks(shown, "set", values={"window": [10, 10, 40, 30]})
    assert shown.picture["window"] == [10, 10, 40, 30]


def test_the_bytes_of_a_file_are_a_photo(tmp_path):
    shown = view(tmp_path)
    shown.add(photo(30))
    one = shown.album.photos[1]
    place = shown.add(one.path.read_bytes(), "door.png")
    other = shown.album.photos[place]
    assert other.name == "door.png"
    assert np.array_equal(shown.album.pixels(other), shown.album.pixels(one))


def test_what_is_saved_can_be_prepared(tmp_path):
    shown = view(tmp_path)
    shown.correct(0, number="0257")
    shown.insert(TILTED, "18")
    assert asks(shown, "save", place=0) == {"problem": ""}
    assert shown.content["saved"] and shown.photos[0]["saved"]
    header, first, second = table(shown)
    assert header[:6] == ["file", "number", "left", "top", "right", "bottom"]
    assert first[:6] == ["photo-1.png", "0257", "20", "30", "70", "55"]
    assert second[:6] == ["photo-1.png", "18", "20", "20", "68", "56"]
    numbers, doubtful = load_numbers(shown.album.labels.path)
    assert numbers["number"].tolist() == ["0257", "18"] and doubtful.empty
    corners = numbers.loc[1, [f"{axis}{place}" for place in range(4) for axis in "xy"]]
    assert corners.astype(float).tolist() == [float(side) for point in TILTED for side in point]
    out = tmp_path / "mine.h5"
    done = CliRunner().invoke(
        app, ["data", "prepare", str(shown.album.labels.path), str(out), "--workers", "1"]
    )
    assert done.exit_code == 0 and "2 numbers" in done.output


def test_a_box_that_reaches_outside_is_saved_as_far_as_the_photo_goes(tmp_path):
    shown = view(tmp_path)
    shown.correct(0, corners=[[-6, 30], [130, 30], [130, 90], [-6, 90]])
    shown.save()
    assert table(shown)[1][2:6] == ["0", "30", "120", "80"]
    assert load_numbers(shown.album.labels.path)[1].empty


def test_saving_again_replaces_what_stood_there_and_keeps_the_rest(tmp_path):
    shown = view(tmp_path)
    shown.save()
    shown.add(photo(30))
    shown.chosen = 1
    shown.save()
    text = shown.album.labels.path.read_text().replace("stacked", "stacked,street", 1)
    lines = text.splitlines()
    lines = [lines[0], *(line + ",High Street" for line in lines[1:])]
    shown.album.labels.path.write_text("\n".join(lines) + "\n")
    shown.chosen = 0
    shown.correct(0, number="99")
    assert not shown.content["saved"]
    shown.save()
    rows = [[row[0], row[1], row[-1]] for row in table(shown)[1:]]
    assert rows == [["photo-1.png", "99", "High Street"], ["photo-2.png", "251", "High Street"]]
    shown.remove(0)
    shown.save()
    assert [row[:2] for row in table(shown)[1:]] == [["photo-1.png", ""], ["photo-2.png", "251"]]


def test_the_next_morning_begins_with_what_was_saved(tmp_path):
    first = view(tmp_path)
    first.correct(0, number="257", corners=TILTED, stacked=True)
    first.save()
    reader = Double(answer("8"))
    again = PhotoReader(folder=tmp_path / "mine", reader=reader)
    listed = {"name": "photo-1.png", "words": "257", "saved": True, "readable": True}
    assert again.photos == [listed]
    assert again.numbers[0].corners.tolist() == TILTED and again.numbers[0].stacked
    again.add(tmp_path / "mine" / "photo-1.png", "door.png")  # the same photo from elsewhere
    assert reader.seen == []
    again.correct(0, number="258")
    again.save()
    assert len(table(again)) == 2


def test_a_photo_that_shows_no_number_is_kept_as_one(tmp_path):
    shown = view(tmp_path)
    assert asks(shown, "remove", place=0, index=0) == {"problem": ""}
    assert asks(shown, "save", place=0) == {"problem": ""}
    assert table(shown)[1:] == [["photo-1.png", *[""] * (len(table(shown)[0]) - 1)]]
    labels = shown.album.labels.path
    assert load_numbers(labels, whole=True)[0]["number"].tolist() == [""]
    assert load_numbers(labels)[1]["action"].tolist() == ["left out"]  # and no bad row
    (again,) = PhotoReader(folder=tmp_path / "mine", reader=Double(answer())).photos
    assert (again["words"], again["saved"]) == ("no number", True)
    shown.album.photos[0].undo()
    assert asks(shown, "save", place=0) == {"problem": ""}
    assert [row[1] for row in table(shown)[1:]] == ["251"]


def test_two_photos_of_one_name_are_two_files(tmp_path):
    shown = PhotoReader(folder=tmp_path / "mine", reader=Double(answer()))
    for shade in (10, 20, 20):
        shown.chosen = shown.add(photo(shade), "../IMG:1.png")
        shown.save()
    assert [row[0] for row in table(shown)[1:]] == ["IMG_1.png", "IMG_1-2.png"]
    assert opened((tmp_path / "mine" / "IMG_1-2.png").read_bytes())[0, 0, 0] == 20


def test_a_table_with_boxes_alone_is_taken_up(tmp_path):
    Image.fromarray(photo()).save(tmp_path / "a.png")
    labels = tmp_path / "labels.csv"
    labels.write_text(
        "File,number,left,top,right,bottom\na.png,12,5,6,50,40\na.png,3,500,500,600,600\nb.png,7,,,,\n"
    )
    shown = PhotoReader(folder=tmp_path, reader=Double())
    assert shown.numbers[0].corners.tolist() == [[5, 6], [50, 6], [50, 40], [5, 40]]
    assert shown.content["numbers"][1]["close"] == b""  # outside the photo
    shown.remove(1)
    shown.correct(0, number="13")
    shown.save()
    assert labels.read_text().splitlines()[1:] == [
        "a.png,13,5,6,50,40,5,6,50,6,50,40,5,40,0",
        "b.png,7,,,,,,,,,,,,,",
    ]
    shown.chosen = 1
    assert "no such picture" in shown.content["problem"]


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "file,number\na.png\n", 'file,number\n"a\n', ""])
def test_what_is_no_table_of_labels_is_refused_and_left_as_it_is(tmp_path, text):
    path = tmp_path / "labels.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"labels\.csv is no table of labels.*left as it is"):
        PhotoReader(folder=tmp_path)
    shutil.rmtree(tmp_path)
    shown = PhotoReader([photo()], folder=tmp_path, reader=Double(answer()))
    tmp_path.mkdir()
    path.write_text(text)
    assert "is no table of labels" in asks(shown, "save", place=0)["problem"]
    assert path.read_text() == text and not shown.content["saved"]


@pytest.mark.parametrize("box", ["10,10,50,10", "10,10,10,50", "0,0,5,1e-300"])
def test_a_box_of_no_height_in_the_table_stops_no_photo(tmp_path, box):
    Image.fromarray(photo()).save(tmp_path / "a.png")
    rows = ["file,number,left,top,right,bottom", f"a.png,25,{box}", "a.png,7,5,5,30,20"]
    (tmp_path / "labels.csv").write_text("\n".join(rows) + "\n")
    shown = PhotoReader(folder=tmp_path, reader=Double())
    assert [one["number"] for one in shown.content["numbers"]] == ["25", "7"]
    assert shown.content["numbers"][1]["close"]
    assert shown.still().picture


def test_nothing_is_saved_without_a_folder_or_digits(tmp_path):
    shown = PhotoReader([photo()], reader=Double(answer()))
    assert "folder='mine'" in asks(shown, "save", place=0)["problem"]
    shown = view(tmp_path)
    shown.insert(TILTED)
    assert "number 2 of photo-1.png has no digits" in asks(shown, "save", place=0)["problem"]
    assert not (tmp_path / "mine").exists()
    assert "no photo is open" in asks(PhotoReader(folder=tmp_path), "save", place=-1)["problem"]


def test_a_photo_arrives_in_parts(tmp_path):
    file = io.BytesIO()
    Image.fromarray(photo()).save(file, "JPEG")
    data = file.getvalue()
    shown = PhotoReader(folder=tmp_path / "mine", reader=Double(answer()))
    part = {"upload": "1", "file": "door.jpg", "open": True}
    assert asks(shown, "upload", data[:100], **part, last=False) == {"problem": ""}
    assert shown.photos == []
    asks(shown, "upload", b"other", upload="2", file="x.png", open=True, last=False)
    assert asks(shown, "upload", data[100:], **part, last=True) == {"problem": ""}
    assert shown.photos[0]["words"] == "251" and shown.chosen == 0
    shown.save()
    assert (tmp_path / "mine" / "door.jpg").read_bytes() == data


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty"),
        (b"hello", "no PNG"),
        (cv2.imencode(".png", photo())[1].tobytes()[:60], "damaged"),
    ],
)
def test_what_is_no_photo_says_so_and_the_view_goes_on(tmp_path, data, problem):
    opens = SimpleNamespace(read_all=lambda file: [read_picture(file)][1:])
    shown = PhotoReader(folder=tmp_path / "mine", reader=opens)
    asks(shown, "upload", data, upload="1", file="x.png", open=True, last=True)
    assert problem in shown.content["problem"]
    assert shown.photos[0]["words"] == "not read" and shown.picture == {}
    assert problem in asks(shown, "save", place=0)["problem"]
    assert problem in shown.text() and shown.still().picture is None


def test_a_reader_that_fails_is_told_of(tmp_path):
    shown = view(tmp_path, RuntimeError("no weights"))
    assert shown.content["problem"] == "RuntimeError: no weights"


def test_the_static_page_has_photos_and_numbers(tmp_path):
    shown = view(tmp_path, answer(), answer("18", TILTED, confidence=0.4))
    (words, _), (sheet, _), _ = shown.outputs()
    page = words["text/html"]
    assert "photo-1.png: 251, confidence 0.60; 18, confidence 0.40" in page
    picture = np.asarray(Image.open(io.BytesIO(sheet["image/png"])).convert("RGB")).astype(int)
    picture = picture[:500]  # without the caption
    assert (np.ptp(picture, axis=2) > 60).any()  # a coloured box on a grey photo
    assert "<script" not in page and "http" not in page
    assert "no photos yet" in PhotoReader().still().words.lower()


def frame(shade: int = 90) -> bytes:
    file = io.BytesIO()
    Image.fromarray(photo(shade)).save(file, "JPEG")
    return file.getvalue()


def test_a_frame_of_the_camera_is_read_and_kept():
    reader = Double(answer("257"))
    camera = CameraReader(reader)
    assert "no frame" in asks(camera, "keep")["problem"]
    told = asks(camera, "frame", frame())
    assert told == {
        "problem": "",
        "size": [80, 120],
        "numbers": [{"number": "257", "confidence": 0.6, "corners": CORNERS}],
    }
    assert reader.seen[0].shape == (80, 120, 3) and camera.text() == "257, confidence 0.60"
    assert asks(camera, "keep")["kept"] == 1
    assert camera.kept[0] is camera.frame
    still = camera.still()
    assert "257, confidence 0.60" in still.words and still.picture.startswith(b"\x89PNG")
    assert "<p>" in CameraReader().still().words


def test_frames_that_cannot_be_read_are_told_of():
    for broken, said in ((b"no picture", "this is no PNG"), (b"", "the file is empty")):
        assert asks(CameraReader(Double()), "frame", broken)["problem"].startswith(said)
    failing = CameraReader(Double(RuntimeError("no weights")))
    assert asks(failing, "frame", frame())["problem"] == "RuntimeError: no weights"
    with pytest.raises(TraitError, match="64 to 4096"):
        CameraReader(side=0)


def test_photos_and_folder_are_those_of_the_place_where_the_view_was_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, shade in (("a.png", 10), ("b.png", 20)):
        Image.fromarray(photo(shade)).save(name)
    shown = PhotoReader(["a.png", "b.png"], folder="mine", reader=Double(answer()))
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir("sub")
    shown.chosen = 1
    assert shown.content["problem"] == ""
    shown.save()
    assert sorted(file.name for file in (tmp_path / "mine").iterdir()) == ["b.png", "labels.csv"]


def test_one_photo_as_bytes_and_a_folder_that_is_a_file(tmp_path):
    Image.fromarray(photo()).save(tmp_path / "a.png")
    shown = PhotoReader((tmp_path / "a.png").read_bytes(), reader=Double(answer()))
    assert shown.text() == "photo-1.png: 251, confidence 0.60"
    with pytest.raises(ValueError, match=r"a\.png is a file: name the folder of the photos"):
        PhotoReader(folder=tmp_path / "a.png")


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (lambda shown: shown.correct(1, number="8"), ["oak", "elm"]),
        (lambda shown: shown.remove(0), ["elm"]),
        (lambda shown: shown.insert(CORNERS, "9"), ["oak", "elm", ""]),
    ],
)
def test_what_a_table_tells_besides_stays_with_each_number(tmp_path, change, kept):
    Image.fromarray(photo()).save(tmp_path / "a.png")
    rows = ["file,number,left,top,right,bottom,door,by", "a.png,25,1,1,30,20,oak,Ann"]
    (tmp_path / "labels.csv").write_text("\n".join([*rows, "a.png,7,5,5,30,20,elm,Ann"]) + "\n")
    shown = PhotoReader(folder=tmp_path, reader=Double())
    change(shown)
    shown.save()
    head, *body = table(shown)
    assert [row[head.index("door")] for row in body] == kept
    assert {row[head.index("by")] for row in body} == {"Ann"}


def test_a_photo_that_the_table_names_by_its_whole_path_stays_where_it_is(tmp_path):
    Image.fromarray(photo()).save(tmp_path / "a.png")
    (tmp_path / "mine").mkdir()
    labels = tmp_path / "mine" / "labels.csv"
    labels.write_text(f"file,number,left,top,right,bottom\n{tmp_path}/a.png,12,1,1,30,20\n")
    shown = PhotoReader(folder=tmp_path / "mine", reader=Double(answer()))
    assert shown.photos[0]["words"] == "12" and shown.photos[0]["saved"]
    shown.correct(0, number="13")
    shown.save()
    assert [row[:2] for row in table(shown)[1:]] == [[f"{tmp_path}/a.png", "13"]]
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["labels.csv"]


def test_the_table_is_read_once_however_many_photos_it_has(tmp_path, monkeypatch):
    rows = [f"{index}.png,12,1,1,30,20" for index in range(50)]
    head = "file,number,left,top,right,bottom"
    (tmp_path / "labels.csv").write_text("\n".join([head, *rows]) + "\n")
    read = []
    whole = Path.read_text

    def counted(path, *arguments, **options):
        read.append(path.name)
        return whole(path, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", counted)
    assert len(PhotoReader(folder=tmp_path, reader=Double()).photos) == 50
    assert read.count("labels.csv") <= 2  # one of them to see whether it is a table
