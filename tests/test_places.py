"""Whole photos: what is found in them is cut out, read, weighed and told in their own pixels."""

import tracemalloc
import weakref
from collections.abc import Iterator

import numpy as np
import pytest
from made_localiser import Finds, corners_of, place
from PIL import Image
from small_cli import says

from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.scenes import SceneSettings, render_photo
from svhn_lib.detection import Found
from svhn_lib.models import zoo
from svhn_lib.reading.inputs import MOST_PIXELS, Photo
from svhn_lib.reading.places import read_photos
from svhn_lib.reading.reader import Reader
from svhn_lib.reading.record import Answer

SETTINGS = CropSettings((8, 8), "clipped", 0.0)


def read_one(photo: np.ndarray, places: list[Found], answers: list[Answer]) -> Answer:
    """Read a photo in which these places are found; answers come in turn, then 'no number'."""
    waiting = iter(answers)

    class Given:
        def find_many(self, pictures):
            return [places for _ in pictures]

    def read(views: np.ndarray) -> list[Answer]:
        assert views.shape[1:] == (2, 8, 8, 3)
        return [next(waiting, said(None, 1.0)) for _ in views]

    whole = Photo(photo, *photo.shape[:2])
    return read_photos([whole], Given(), [SETTINGS], read)[0]


def said(number: str | None, probability: float, *candidates: tuple[str | None, float]) -> Answer:
    return Answer(number, probability, (), ((number, probability), *candidates))


PHOTO = np.random.default_rng(0).integers(0, 256, (60, 100, 3), np.uint8)
APART = [place(0, 0, 20, 10, 0.9), place(40, 30, 70, 50, 0.8), place(80, 5, 99, 20, 0.6)]


def test_probability_is_that_of_the_place_times_that_of_what_it_says():
    answer = read_one(PHOTO, APART[:1], [said("25", 0.8, ("26", 0.1), (None, 0.05))])
    found = 36 / 37  # odds of 9, and four times as many where the number is given
    assert (answer.number, answer.found) == ("25", pytest.approx(found))
    assert answer.probability == answer.confidence == pytest.approx(0.8 * found)
    texts, shares = zip(*answer.candidates, strict=True)
    assert texts == ("25", "26", None)
    assert shares == pytest.approx((0.8 * found, 0.1 * found, 1 / 37 + 0.05 * found))
    assert answer.other_probability == pytest.approx(0.05 * found)


def test_what_is_not_given_keeps_the_odds_of_its_place():
    answer = read_one(PHOTO, [place(0, 0, 20, 10, 0.5)], [said("25", 0.2, ("26", 0.1))])
    assert (answer.number, answer.found) == (None, pytest.approx(0.5))
    assert answer.candidates[0] == (None, pytest.approx(0.5))


def test_the_most_probable_number_comes_first_and_the_others_follow():
    answer = read_one(PHOTO, APART, [said("25", 0.7), said("7", 0.99), said("133", 0.98)])
    assert [answer.number, *(one.number for one in answer.others)] == ["7", "133", "25"]
    assert answer.box == (40, 30, 70, 50)
    assert answer.corners == tuple(map(tuple, corners_of(40, 30, 70, 50).tolist()))
    # that there is a number counts more than that it is read with certainty
    likely, sharp = place(0, 0, 20, 10, 0.99), place(40, 30, 70, 50, 0.8)
    answer = read_one(PHOTO, [sharp, likely], [said("25", 0.95), said("7", 0.75)])
    assert answer.number == "7"
    assert all(one.others == () for one in answer.others)


def test_no_number_is_said_where_that_is_more_probable_than_any():
    doubtful = read_one(PHOTO, [place(0, 0, 20, 10, 0.2)], [said("25", 0.9)])
    assert doubtful.number is None
    assert doubtful.candidates[0] == (None, pytest.approx(0.8))
    assert doubtful.box == (0, 0, 20, 10)
    # a small thing in a large photo has to look more like a number than a large one
    large = [place(0, 0, 60, 58, 0.3)]
    assert read_one(PHOTO, large, [said("25", 0.9)]).number == "25"
    assert read_one(PHOTO, [place(0, 0, 6, 3, 0.3)], [said("25", 0.9)]).number is None
    illegible = read_one(PHOTO, APART[:1], [said("25", 0.05, ("26", 0.04))])
    assert illegible.number is None
    nothing = read_one(PHOTO, [], [])
    assert (nothing.number, nothing.box, nothing.corners) == (None, None, None)
    assert nothing.probability > 0.5
    assert nothing.candidates == ((None, nothing.probability),)
    among = read_one(PHOTO, APART[:2], [said("25", 0.05), said("7", 0.99)])
    assert (among.number, among.others) == ("7", ())


def test_a_large_place_is_more_probable_than_a_small_one_of_the_same_confidence():
    small, large = place(0, 0, 20, 5, 0.5), place(0, 20, 60, 50, 0.5)
    both = read_one(PHOTO, [small, large], [said("25", 0.9), said("7", 0.9)])
    # Half of the photo's height: odds of 1 * 0.5 * 6, and four times as many. A twelfth: 0.5 * 4.
    assert (both.number, both.found) == ("7", pytest.approx(12 / 13))
    assert both.probability == pytest.approx(0.9 * 12 / 13)
    assert both.others[0].found == pytest.approx(2 / 3)


def test_improbable_places_are_not_read():
    answer = read_one(PHOTO, [place(0, 0, 20, 10, 0.02)], [])
    assert answer.number is None
    assert answer.probability == pytest.approx(0.98)


def test_places_that_overlap_are_one_number():
    inner, outer = place(12, 10, 30, 30, 0.9), place(10, 10, 50, 30, 0.9)
    answer = read_one(PHOTO, [inner, outer], [said("2", 0.6), said("257", 0.9)])
    assert (answer.number, answer.others) == ("257", ())


def test_a_place_outside_the_photo_is_passed_over_and_boxes_end_at_its_edges():
    outside, across = place(-40, 0, -10, 20), place(90, 40, 130, 80)
    answer = read_one(PHOTO, [outside, across], [said("25", 0.9)])
    assert answer.box == (90, 40, 100, 60)
    assert answer.corners[2] == (130, 80)


def test_a_number_on_its_side_is_read_upright_and_told_as_it_lies():
    seen = []
    picture = np.zeros((60, 100, 3), np.uint8)
    picture[20:40, 30:40] = 255  # the left end of a number that reads downwards is at the top
    turned = np.array([[50.0, 20], [50, 60], [30, 60], [30, 20]])

    class Given:
        def find_many(self, pictures):
            return [[Found(turned, 0.9)]]

    def read(views):
        seen.append(views)
        return [said("25", 0.9)]

    (answer,) = read_photos([Photo(picture, 60, 100)], Given(), [SETTINGS], read, [0.0])
    assert answer.corners == tuple(map(tuple, turned.tolist()))
    assert answer.box == (30, 20, 50, 60)
    crop = seen[0][0, 0, ..., 0]
    assert crop[5:, :3].mean() > 200  # the bottom left of the number
    assert crop[:3].mean() < 60 > crop[:, 5:].mean()


@pytest.fixture(scope="module")
def weights25(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "says25.safetensors"
    zoo.save_model(says("25", 0.9), path)
    return path


@pytest.fixture
def finds() -> Finds:
    return Finds(place(0.1, 0.2, 0.4, 0.6, 0.9), place(0.6, 0.5, 0.8, 0.9, 0.7))


def test_a_photo_of_any_size_and_orientation_is_told_in_pixels_as_it_is_seen(
    weights25, finds, tmp_path
):
    reader = Reader(weights25, "cpu", localiser=finds)
    exif = Image.Exif()
    exif[0x0112] = 6  # seen, it is as wide as it lies high
    for size, seen in (((60, 40), (40, 60)), ((1, 1), (1, 1)), ((6000, 4500), (4500, 6000))):
        file = tmp_path / f"{size[0]}.jpg"
        Image.new("RGB", size, (90, 90, 90)).save(file, exif=exif)
        answer = reader.read(file)
        width, height = seen
        assert answer.box == pytest.approx((0.1 * width, 0.2 * height, 0.4 * width, 0.6 * height))
    assert all(h * w <= MOST_PIXELS for sizes in finds.sizes for h, w, _ in sizes)


def test_read_gives_the_best_and_read_all_every_number(weights25, finds):
    reader = Reader(weights25, "cpu", localiser=finds)
    grey = np.full((50, 100, 3), 128, np.uint8)
    best = reader.read(grey)
    assert best.probability == pytest.approx(0.9 * 86.4 / 87.4)  # odds 9 * 0.4 * 6 * 4
    assert [one.box for one in reader.read_all(grey)] == [best.box, best.others[0].box]
    assert Reader(weights25, "cpu", localiser=Finds()).read_all(grey) == []
    cut = reader.read(grey, cropped=True)
    assert (cut.probability, cut.box, cut.found) == (pytest.approx(0.9), None, None)


def test_views_of_each_place_are_read_together(weights25, finds):
    grey = np.full((50, 100, 3), 128, np.uint8)
    one, three = (Reader(weights25, "cpu", views, finds) for views in (1, 3))
    assert three.read(grey).probability == pytest.approx(one.read(grey).probability)


def test_each_photo_answers_or_errs_in_its_place(weights25, finds, tmp_path):
    reader = Reader(weights25, "cpu", localiser=finds)
    (tmp_path / "text.png").write_text("no picture")
    grey = np.full((50, 100, 3), 128, np.uint8)
    given = [grey, tmp_path / "text.png", np.zeros((2, 2)), tmp_path / "nowhere.png", grey[:30]]
    first, text, floats, nowhere, last = reader.read_each(given)
    assert [first, last] == reader.read_many([grey, grey[:30]])
    assert str(text).startswith(f"{tmp_path / 'text.png'}: ")
    assert str(floats).startswith("picture 2: ")
    assert isinstance(nowhere, FileNotFoundError)


def test_many_photos_are_read_a_few_at_a_time(weights25, finds):
    reader = Reader(weights25, "cpu", localiser=finds)
    made = []

    def photos() -> Iterator[np.ndarray]:
        for number in range(40):
            made.append(number)
            yield np.full((1000, 1500, 3), number, np.uint8)

    tracemalloc.start()
    try:
        answers = reader.read_each(photos())
        next(answers)
        assert len(made) < 15
        assert len(list(answers)) == 39
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2.5 * 3 * MOST_PIXELS


def test_photos_that_have_been_read_are_let_go(weights25, finds):
    let_go, alive = [], []

    def photos() -> Iterator[np.ndarray]:
        for number in range(60):
            photo = np.full((1000, 1500, 3), number, np.uint8)
            weakref.finalize(photo, let_go.append, number)
            yield photo
            del photo
            alive.append(number + 1 - len(let_go))

    assert len(Reader(weights25, "cpu", localiser=finds).read_many(photos())) == 60
    assert max(alive) < 25 and len(let_go) > 40


@pytest.mark.parametrize("turns", [1, 3])
def test_numbers_on_their_side_are_read(turns):
    settings = SceneSettings(shares=(1, 0, 0), bundled_fonts=True)
    rendered = [render_photo(np.random.default_rng((771, i)), settings) for i in range(12)]
    rendered = [one for one in rendered if len(one.numbers[0].text) > 1]
    photos = [np.ascontiguousarray(np.rot90(one.picture, turns)) for one in rendered]
    answers = Reader(device="cpu").read_many(photos)
    right = [a.number == b.numbers[0].text for a, b in zip(answers, rendered, strict=True)]
    assert sum(right) >= 2, [answer.number for answer in answers]


def test_improbable_columns_are_read_as_they_stand():
    tall = corners_of(0.4, 0.1, 0.5, 0.9)  # its share makes it 0.8 / (1 / 6) times as probable
    photo, asked = Photo(np.full((200, 200, 3), 90, np.uint8), 200, 200), []
    says = Answer("25", 0.9, (), (("25", 0.9),))

    def read_column(picture, corners, views):
        asked.append(len(views))
        return says

    def read_crops(crops):
        return [says for _ in crops]

    for corners, confidence in ((tall, 0.12), (corners_of(0.4, 0.1, 0.42, 0.15), 0.12)):
        finds = Finds(Found(corners, confidence, stacked=True))
        read_photos([photo], finds, [CropSettings()], read_crops, read_column=read_column)
    assert asked == [2]


def test_a_column_that_leaves_the_photo_is_read_as_it_stands():
    column = Found(corners_of(0.1, 0.5, 0.3, 2), 0.9, stacked=True)  # most of its cells are outside
    reader = Reader(localiser=Finds(column))
    (answer,) = reader.read_many([PHOTO])
    assert answer.box == (10.0, 30.0, 30.0, 60.0)
