"""Two ends of one long number are taken together; two numbers are left two."""

import cv2
import numpy as np
import pytest
from made_localiser import place
from test_places import PHOTO, read_one, said

from svhn_lib.detection import Found
from svhn_lib.reading.parts import is_whole, joined
from svhn_lib.reading.reader import Reader


def rotated(one: Found, degrees: float, stacked: bool = False) -> Found:
    turn = np.deg2rad(degrees)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return Found(one.corners @ matrix, one.confidence, stacked)


@pytest.mark.parametrize("degrees", [0, 20, -60, 90, 180])
def test_the_whole_lies_as_its_parts_do(degrees):
    first, last = place(10, 20, 60, 40, 0.5), place(35, 22, 90, 42, 0.8)
    first, last = (rotated(one, degrees) for one in (first, last))
    whole = rotated(place(10, 21, 90, 41), degrees)
    for pair in ((first, last), (last, first)):
        begins, ends, found = joined(*pair)
        assert begins is first and ends is last
        np.testing.assert_allclose(found.corners, whole.corners, atol=1e-9)
        assert found.confidence == pytest.approx(0.9) and not found.stacked


def test_digits_one_under_another_are_joined_downwards():
    first, last = place(20, 10, 40, 60), place(22, 40, 42, 100)
    first, last = (Found(one.corners, 0.9, True) for one in (first, last))
    begins, _, whole = joined(last, first)
    assert begins is first and whole.stacked
    np.testing.assert_allclose(whole.corners, place(21, 10, 41, 100).corners)


@pytest.mark.parametrize(
    "other",
    [
        place(65, 20, 100, 40),  # a gap of a quarter of the height
        place(40, 28, 90, 48),  # on another line
        place(20, 22, 50, 38),  # within
        place(40, 10, 90, 50),  # twice as high
        rotated(place(40, 20, 90, 40), 30),
        Found(place(40, 20, 90, 40).corners, 0.9, True),
    ],
)
def test_what_is_not_of_one_line_is_left_alone(other):
    assert joined(place(10, 20, 60, 40), other) is None


def test_a_whole_begins_and_ends_as_its_parts_do_and_holds_no_more():
    for text, first, last in (("4702", "470", "702"), ("4702", "47", "02"), ("19", "1", "9")):
        assert is_whole(text, first, last)
    assert is_whole("72031", "720", "131") and is_whole("54408", "541", "18")  # edges are cut
    for text, first, last in (
        ("470", "470", "70"), ("4702", "470", "703"), ("47102", "47", "02"), ("470", "", "470"),
        ("4702", "480", "702"), ("42", "1", "2"), ("42", "4", "1"),
    ):  # fmt: skip
        assert not is_whole(text, first, last)


ENDS = [place(10, 20, 50, 40, 0.8), place(32, 20, 72, 40, 0.7)]


def test_a_number_of_which_two_ends_are_found_is_read_whole():
    ends = [said("292", 0.95), said("923", 0.95)]
    answer = read_one(PHOTO, ENDS, [*ends, said("2923", 0.9)])
    assert (answer.number, answer.box, answer.others) == ("2923", (10, 20, 72, 40), ())
    assert answer.found > 0.9  # either of both is there
    other = read_one(PHOTO, ENDS, [*ends, said("2913", 0.9)])
    assert [other.number, *(one.number for one in other.others)] == ["292", "923"]


@pytest.mark.parametrize("number", ["79812", "94259", "47633"])
def test_long_numbers_that_fill_a_photo_are_read_whole(number):
    photo = np.full((500, 900, 3), (150, 140, 130), np.uint8)
    for index, digit in enumerate(number):
        at = (40 + 120 * index, 300)
        cv2.putText(photo, digit, at, cv2.FONT_HERSHEY_DUPLEX, 4, (30, 30, 40), 16)
    assert Reader().read(photo).number == number
