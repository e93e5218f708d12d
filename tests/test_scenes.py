"""Rendered photos: exact truth, photos without numbers, whole folders, the command."""

import csv
from dataclasses import replace

import cv2
import numpy as np
import pytest
from small_cli import assert_one_line, svhn

from svhn_lib.data.scenes import (
    SceneNumber,
    SceneSettings,
    numerals,
    painted,
    read_labels,
    render_photo,
    render_photos,
)
from svhn_lib.data.street import layout, usable_fonts
from svhn_lib.data.street.materials import Material
from svhn_lib.data.street.style import sample_style
from svhn_lib.data.tables.labels_csv import numbers_from_csv

CLOSE, PHOTO, NONE = (
    SceneSettings(shares=shares, longest=240, bundled_fonts=True)
    for shares in ((1, 0, 0), (0, 1, 0), (0, 0, 1))
)
FONTS = usable_fonts(bundled_only=True)


def photos(settings: SceneSettings, count: int) -> list:
    return [render_photo(np.random.default_rng((3, i)), settings, FONTS) for i in range(count)]


@pytest.mark.parametrize("settings", [CLOSE, PHOTO])
def test_every_number_has_corners_in_its_own_order_and_digits_inside(settings) -> None:
    for picture, numbers in photos(settings, 25):
        assert picture.dtype == np.uint8 and picture.shape[2] == 3
        assert numbers
        for number in numbers:
            assert number.text.isdigit() and len(number.digits) == len(number.text)
            assert number.corners.shape == (4, 2)
            for quad in (number.corners, *number.digits):
                assert cv2.contourArea(quad.astype(np.float32), oriented=True) > 0
            hull = number.corners.astype(np.float32)
            for digit in number.digits:
                middle = tuple(float(value) for value in digit.mean(axis=0))
                assert cv2.pointPolygonTest(hull, middle, True) > 0
            left, top, right, bottom = number.box
            assert right > left and bottom > top


@pytest.mark.parametrize("degrees", [0, 25, 60, 90])
def test_the_box_goes_around_the_digits_and_not_their_corners(degrees) -> None:
    turn = np.deg2rad(degrees)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    quad = np.array([[-50, -80], [50, -80], [50, 80], [-50, 80]])
    digits = np.stack([(quad + np.array([off, 0])) @ matrix + 300 for off in (-60, 60)])
    corners = (quad * [2.2, 1]) @ matrix + 300
    number = SceneNumber("42", corners, digits, stacked=False)
    drawn = np.zeros((600, 600), np.uint8)
    for digit in digits:
        middle = tuple(digit.mean(axis=0).round().astype(int).tolist())
        cv2.ellipse(drawn, middle, (50, 80), degrees, 0, 360, 255, -1)
    rows, columns = np.nonzero(drawn)
    around = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert np.allclose(number.box, around, atol=2)
    assert number.extent == (*corners.min(axis=0), *corners.max(axis=0))


def test_a_photo_shows_its_number_whole() -> None:
    for picture, numbers in photos(PHOTO, 25):
        assert numbers[0].within(picture.shape[1], picture.shape[0])


def test_several_numbers_are_apart_and_each_can_be_seen() -> None:
    counts = []
    for picture, numbers in photos(PHOTO, 60):
        counts.append(len(numbers))
        covered = np.zeros(picture.shape[:2], np.uint8)
        for number in numbers:
            mask = np.zeros_like(covered)
            cv2.fillPoly(mask, [np.round(number.corners).astype(np.int32)], 1)
            assert (mask & covered).sum() <= 0.02 * mask.sum()
            covered |= mask
            assert picture[mask > 0].std() > 3
    assert min(counts) == 1 and max(counts) in (2, 3, 4)


def test_photos_without_number_have_none() -> None:
    scenes = photos(NONE, 60)  # from near and far, from anywhere before a street
    assert all(scene.numbers == () for scene in scenes)
    assert all(scene.picture.std() > 1 for scene in scenes)


def test_no_value_of_a_photo_is_made_up(recwarn) -> None:
    photos(PHOTO, 40)
    assert not [warning for warning in recwarn if issubclass(warning.category, RuntimeWarning)]


@pytest.mark.parametrize("text", ["7", "1405", "88"])
@pytest.mark.parametrize("stacked", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_ink_lies_inside_the_corners(text, stacked, seed) -> None:
    rng = np.random.default_rng(seed)
    number = numerals.write(rng, text, FONTS, stacked)
    turn = np.deg2rad(rng.uniform(-40, 40))
    view = 30 * np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0]])
    view = np.vstack([view, [rng.normal(0, 0.02), rng.normal(0, 0.02), 1]])
    points = cv2.perspectiveTransform(number.box[:, None], view)[:, 0]
    view = (
        np.array([[1, 0, 250 - points[:, 0].mean()], [0, 1, 250 - points[:, 1].mean()], [0, 0, 1]])
        @ view
    )
    seen = numerals.numbered(text, number.digits, number.style.stacked, view)
    ink = layout.draw_ink(number.digits, view, (500, 500))
    inside = np.zeros((500, 500), np.uint8)
    for quad in seen.digits:
        cv2.fillPoly(inside, [np.round(quad).astype(np.int32)], 1)
    assert ink[cv2.dilate(inside, np.ones((5, 5))) == 0].max() < 0.5
    whole = np.zeros((500, 500), np.uint8)
    cv2.fillPoly(whole, [np.round(seen.corners).astype(np.int32)], 1)
    assert ink[cv2.dilate(whole, np.ones((5, 5))) == 0].max() < 0.5
    # and they are tight: every side of the number has ink close to it
    assert ink[cv2.erode(whole, np.ones((9, 9))) == 0].max() > 0.5


def test_only_the_number_and_its_sign_are_painted_over() -> None:
    rng = np.random.default_rng(0)
    wall = np.full((300, 400, 3), 140, np.float32)
    photo = wall.copy()
    number = numerals.write(rng, "42", FONTS, False)
    view = np.array([[30.0, 0, 180], [0, 30, 130], [0, 0, 1]])
    seen = painted.paint_number(rng, photo, number, view, 1.0)
    changed = np.abs(photo - wall).max(axis=2) > 8
    rows, columns = np.where(changed)
    left, top, right, bottom = seen.box
    assert changed[int(top) : int(bottom), int(left) : int(right)].mean() > 0.5
    assert columns.min() > left - 60 and rows.max() < bottom + 60


@pytest.mark.parametrize("stacked", [False, True])
def test_every_digit_has_a_tile_that_stands_out(stacked, monkeypatch) -> None:
    monkeypatch.setattr(painted.materials, "sample_material", lambda rng: Material(tiles=True))
    view = np.array([[30.0, 0, 150], [0, 30, 60], [0, 0, 1]])
    for seed in range(4):
        rng = np.random.default_rng(seed)
        photo = np.full((300, 400, 3), 140, np.float32)
        style = replace(sample_style(rng, FONTS), stacked=stacked, centred=stacked, gap=0.3)
        number = numerals.written(rng, "407", replace(style, slope=0.0, bend=0.0, offsets=()))
        seen = painted.paint_number(rng, photo, number, view, 0.0)
        for corners in seen.digits:
            (left, top), (_, bottom) = corners.min(axis=0), corners.max(axis=0)
            beside = photo[int(top + 3) : int(bottom - 3), int(left) - 1 : int(left) + 1]
            apart = np.abs(beside - 140).max(axis=2)
            assert (apart > 8).mean() > 0.7, (seed, corners)


def test_the_same_seed_gives_the_same_photo() -> None:
    for settings in (CLOSE, PHOTO, NONE):
        one, two = (render_photo(np.random.default_rng(8), settings, FONTS) for _ in range(2))
        np.testing.assert_array_equal(one.picture, two.picture)
        assert [number.text for number in one.numbers] == [number.text for number in two.numbers]


def test_a_folder_has_its_photos_and_exact_labels(tmp_path) -> None:
    settings = SceneSettings(longest=240, bundled_fonts=True)
    done = []
    folder = render_photos(tmp_path / "set", 12, 5, settings, 1, lambda *step: done.append(step))
    assert done[-1] == (12, 12)
    found = read_labels(folder)
    assert sorted(path.stem for path in folder.iterdir()) == sorted(
        ["labels", *(str(i) for i in range(1, 13))]
    )
    for i, (file, numbers) in enumerate(found.items()):
        scene = render_photo(np.random.default_rng((5, i)), settings)
        shown = cv2.imread(str(folder / file))[..., ::-1]
        assert shown.shape == scene.picture.shape
        assert [number.text for number in numbers] == [number.text for number in scene.numbers]
        for number, truth in zip(numbers, scene.numbers, strict=True):
            np.testing.assert_allclose(number.corners, truth.corners, atol=0.01)
            np.testing.assert_allclose(number.digits, truth.digits, atol=0.01)
            assert number.stacked == truth.stacked


def test_labels_are_those_that_anybody_writes(tmp_path) -> None:
    settings = SceneSettings(longest=240, bundled_fonts=True)
    folder = render_photos(tmp_path / "set", 12, 5, settings, 1)
    numbers, doubtful = numbers_from_csv(folder / "labels.csv")
    truth = read_labels(folder)
    assert sorted(numbers["number"]) == sorted(n.text for some in truth.values() for n in some)
    empty = [file for file, some in truth.items() if not some]
    assert sorted(doubtful["file"]) == sorted(empty)
    assert (numbers[["left", "top"]] >= 0).all(axis=None)


def test_photos_do_not_depend_on_the_workers(tmp_path) -> None:
    settings = SceneSettings(shares=(1, 0, 0), bundled_fonts=True)
    one = render_photos(tmp_path / "one", 24, 2, settings, 1)
    two = render_photos(tmp_path / "two", 24, 2, settings, 2)
    for path in one.iterdir():
        assert path.read_bytes() == (two / path.name).read_bytes()


def test_a_folder_is_there_whole_or_not_at_all(tmp_path, monkeypatch) -> None:
    def stop(done: int, count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_photos(tmp_path / "set", 3, 0, CLOSE, 1, stop)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "mine.txt").touch()
    with pytest.raises(FileExistsError, match="not empty"):
        render_photos(tmp_path / "set", 3, 0, CLOSE, 1)
    with pytest.raises(ValueError, match="at least 1"):
        render_photos(tmp_path / "none", 0, 0, CLOSE, 1)


@pytest.mark.parametrize(("stacked", "least", "most"), [(0.0, 0, 2), (1.0, 8, 20)])
def test_close_numbers_are_written_downwards_as_often_as_asked(stacked, least, most) -> None:
    settings = SceneSettings((1, 0, 0), lengths=(0, 0, 1), stacked=stacked, bundled_fonts=True)
    photos = [render_photo(np.random.default_rng((9, i)), settings) for i in range(20)]
    assert least <= sum(photo.numbers[0].stacked for photo in photos) <= most


def test_settings_and_labels_of_another_kind_are_refused(tmp_path) -> None:
    wrong = {
        "shares": [{"shares": (1, 1)}, {"shares": (0, 0, 0)}],
        "at least 160": [{"longest": 20}],
        "lengths": [{"lengths": (0,)}],
        "stacked": [{"stacked": 1.5}, {"stacked": float("nan")}],
    }
    for said, settings in ((said, each) for said, kinds in wrong.items() for each in kinds):
        with pytest.raises(ValueError, match=said):
            SceneSettings(**settings)
    (tmp_path / "labels.csv").write_text("file,number\na.png,7\n")
    with pytest.raises(ValueError, match="no column left"):
        read_labels(tmp_path)


def test_labels_cut_anywhere_are_named_or_lack_a_photo(tmp_path) -> None:
    folder = render_photos(tmp_path / "set", 3, 0, CLOSE, 1)
    path, whole = folder / "labels.csv", read_labels(folder)
    text, named = path.read_text(), []
    for end in range(text.index("\n") + 1, len(text), 3):
        path.write_text(text[:end])
        try:
            found = read_labels(folder)
        except ValueError as error:
            named.append(str(error).startswith(f"{path}, line "))
            continue
        for photo, numbers in found.items():
            assert len(numbers) <= len(whole.get(photo, ()))
            assert all(len(number.text) == len(number.digits) for number in numbers)
    assert len(named) > 100 and all(named)


def test_the_command_writes_both_splits(tmp_path) -> None:
    out = tmp_path / "scenes"
    options = ("--bundled-fonts", "--workers", 1, "--longest", 200)
    done = svhn("data", "scenes", out, "--train", 3, "--test", 2, *options)
    assert done.status == 0 and f"{out / 'train'}: 3 photos" in done.out
    assert len(read_labels(out / "train")) == 3 and len(read_labels(out / "test")) == 2
    again = svhn("data", "scenes", out, "--train", 1, *options)
    assert_one_line(again, out / "train", "not empty")
    empty = svhn(
        "data", "scenes", tmp_path / "no", "--train", 0, "--test", 2, "--kinds", "none", *options
    )
    assert empty.status == 0
    with (tmp_path / "no" / "test" / "labels.csv").open() as file:
        assert [row["number"] for row in csv.DictReader(file)] == ["", ""]
    for wrong in (("--train", 0, "--test", 0), ("--kinds", "fog")):
        assert svhn("data", "scenes", tmp_path / "x", *wrong).status == 2
