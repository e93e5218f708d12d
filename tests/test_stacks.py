"""Digits one under another: cells side by side, and what is made of them."""

import numpy as np
import pytest
import torch
from made_localiser import Finds

from svhn_lib.data.cutting.crops import CropSettings, cut
from svhn_lib.data.street import RenderSettings, render_picture
from svhn_lib.detection.record import Found
from svhn_lib.detection.rectify import corners_of
from svhn_lib.models import zoo
from svhn_lib.models.outputs import Logits
from svhn_lib.reading.reader import Reader
from svhn_lib.reading.stacks import column_logits, column_views, is_tall, ways

SIZE = CropSettings((60, 60))


def test_cells_of_a_column_stand_side_by_side_from_the_top():
    picture = np.zeros((120, 80, 3), np.uint8)
    for row, colour in enumerate((50, 100, 150)):
        picture[10 + 30 * row : 40 + 30 * row] = colour
    corners = np.array([[20.0, 10], [50, 10], [50, 100], [20, 100]])
    views = column_views(picture, corners, SIZE, most=3)
    assert views.shape == (6 + 2 + 3 + 2, 60, 60, 3)
    three = views[ways(3).index((3, 0.0))]
    # Each cell's middle, away from the twelfth of its neighbours that is cut with it.
    assert three[30, [10, 30, 50], 0].tolist() == [50, 100, 150]
    two = views[ways(3).index((2, 0.0))]
    assert two[30, 15, 0] < 100 < two[30, 45, 0]
    assert views[8:11, 30, 30, 0].tolist() == [50, 100, 150]  # and each of three by itself
    assert views[11:, 30, [15, 45], 0].tolist() == [[50, 100], [100, 150]]  # and in pairs


def test_a_leaning_column_is_followed():
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[:, 40:60] = 255  # an upright bar, seen by cells that move from left to right
    corners = np.array([[10.0, 0], [90, 0], [90, 100], [10, 100]])
    leaning = column_views(picture, corners, SIZE, most=3)[ways(3).index((3, 0.3))]
    middles = [np.nonzero(leaning[30, 20 * k : 20 * k + 20, 0] > 127)[0].mean() for k in (0, 2)]
    assert (
        middles[0] > middles[1] + 2
    )  # the cells go to the right, so that the bar goes to the left


def said(length: list[float], digits: list[int], sure: float = 0.9) -> Logits:
    """Logits of one number: probabilities of the lengths 0, 1, ..., 'more', and its sure digits."""
    shares = torch.full((1, len(digits), 11), (1 - sure) / 10)
    for place, digit in enumerate(digits):
        shares[0, place, digit] = sure
    return Logits((torch.tensor([length]) + 1e-12).log(), shares.log())


def together(*numbers: Logits) -> Logits:
    """Logits of several numbers at once."""
    return Logits(
        torch.cat([one.length for one in numbers]), torch.cat([one.digits for one in numbers])
    )


STANDING = said([0.04, 0.32, 0.64, 1e-9], [7, 7])
CELLS = together(
    said([1e-9, 0.4, 0.6, 1e-9], [2, 5]),
    said([1e-9, 0.8, 0.2, 1e-9], [3, 3]),
    said([1e-9, 1.0, 1e-9, 1e-9], [0, 0]),
    said([1e-9, 1.0, 1e-9, 1e-9], [2, 0], sure=0.6),  # the first cell by itself
    said([1e-9, 1.0, 1e-9, 1e-9], [6, 0], sure=0.99),  # the second: a 6 more surely than a 5
)


def test_lengths_are_weighed_as_the_column_and_its_cells_see_them():
    logits = column_logits(STANDING, CELLS)
    assert logits.digits[0].argmax(axis=1).tolist() == [2, 6]
    first = np.exp(logits.digits[0, 0, 2])
    assert first == pytest.approx(0.54**0.5 / (0.54**0.5 + 9 * 0.0004**0.5))  # of 0.9 and 0.6
    # 0.32 and a quarter more for one digit, which is a 7, 0.9 of 0.99, and not that 2; a quarter
    # of 0.64 and 0.6 of the best lean for two.
    wanted = [0.04**1.25, 0.32**1.25 * (10 / 11) / first, 0.64**0.25 * 0.6]
    assert np.allclose(np.exp(logits.length[0, :3]), wanted, rtol=1e-4)


def test_cells_that_may_hold_no_single_digit_make_a_length_less_probable():
    halves = [
        said([0.1, 0.81, 0.05, 0.04], [2, 0], 0.6),
        said([0.1, 0.81, 0.05, 0.04], [6, 0], 0.99),
    ]
    doubtful = together(Logits(CELLS.length[:3], CELLS.digits[:3]), *halves)
    logits = column_logits(STANDING, doubtful)
    assert np.exp(logits.length[0, 2]) == pytest.approx(0.64**0.25 * 0.6 * 0.81**0.5, rel=1e-4)


def test_digits_of_three_are_read_beside_their_neighbours_too():
    one, two, three = ([0.0] * count + [1.0] + [0.0] * (4 - count) for count in (1, 2, 3))
    lines = [said(two, [9, 9, 9])] * 3 + [said(three, [1, 2, 3])] * 3
    alone = [said(one, [digit, 0, 0]) for digit in (9, 9, 1, 2, 3)]
    pairs = [said(two, [1, 5, 0], sure=0.99), said(two, [5, 3, 0], sure=0.99)]
    logits = column_logits(said(three, [8, 8, 8]), together(*lines, *alone, *pairs))
    digits = logits.digits[0]
    assert digits.argmax(axis=1).tolist() == [1, 2, 3]
    # Both pairs see a 5 in the middle, and two other ways a 2: the mean of the logarithms.
    ratio = np.exp(digits[1, 5] - digits[1, 2])
    assert ratio == pytest.approx((0.01 * 0.01 * 0.99 / (0.9 * 0.9 * 0.001)) ** (1 / 3), rel=1e-4)
    ratio = np.exp(digits[0, 1] - digits[0, 9])
    assert ratio == pytest.approx((0.9 * 0.9 * 0.99 / (0.01 * 0.01 * 0.001)) ** (1 / 3), rel=1e-4)


def test_what_may_be_a_column_is_read_as_it_stands_where_that_is_more_probable():
    assert column_logits(STANDING, CELLS, known=False) is STANDING  # 0.53 against 0.28
    doubtful = said([0.04, 0.32, 0.64, 1e-9], [7, 7], sure=0.5)  # 0.18
    logits = column_logits(doubtful, CELLS, known=False)
    assert logits.digits[0].argmax(axis=1).tolist() == [2, 6]


def test_a_narrow_digit_and_a_wide_number_are_no_columns():
    assert not is_tall(np.array([[0.0, 0], [40, 0], [40, 30], [0, 30]]))
    turned = np.array([[50.0, 0], [50, 90], [10, 90], [10, 0]])  # reads downwards, 90 wide
    assert not is_tall(turned)


class _At:
    """A localiser that is told where a column is."""

    def __init__(self, box):
        self.place = Found(corners_of(box), 0.99, True)

    def find_many(self, pictures):
        return [[self.place] for _ in pictures]


def rendered(settings: RenderSettings, count: int) -> list[tuple]:
    """Pictures, their numbers and the boxes of those."""
    some = []
    for seed in range(count):
        picture, number, boxes = render_picture(np.random.default_rng(seed), settings)
        some.append((picture, number, (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))))
    return some


def test_columns_of_four_are_read():
    settings = RenderSettings((0, 0, 0, 1), True, ("stacks", "framing"), stacked=1.0)
    reader, found, boxed, standing = Reader(), 0, 0, 0
    for picture, number, box in rendered(settings, 20):
        reader.localiser = _At(box)
        found += reader.read(picture).number == number
        boxed += reader.read_boxed(picture, box).number == number
        crop = cut(picture, box, reader.net.crop)
        standing += reader.read_crops(crop.transpose(2, 0, 1)[None])[0].number == number
    assert found >= 12 and boxed >= 12  # 14 each
    assert standing <= 6  # 4 from the column as it stands


def test_narrow_digits_in_high_boxes_are_read_as_they_stand():
    settings = RenderSettings((3, 1), True, ("fonts", "proportions", "boxes"))
    reader, high = Reader(), 0
    for picture, _, box in rendered(settings, 60):
        crop = cut(picture, box, reader.net.crop)
        (standing,) = reader.read_crops(crop.transpose(2, 0, 1)[None])
        high += is_tall(corners_of(box))
        assert reader.read_boxed(picture, box).number == standing.number
    assert high >= 10


@pytest.mark.parametrize("box", [(1, 2, 3), (60, 20, 40, 120), (float("nan"), 1, 2, 3)])
def test_what_is_no_box_is_told(box):
    with pytest.raises(ValueError, match=r"the box|corners"):
        Reader().read_boxed(np.zeros((200, 90, 3), np.uint8), box)


def test_a_box_outside_its_picture_is_told():
    wall = np.zeros((90, 60, 3), np.uint8)
    with pytest.raises(ValueError, match="outside"):
        Reader().read_boxed(wall, (70, 10, 90, 80))


@pytest.mark.parametrize("name", ["zylbersztejn2016-canvas", "marek2017-digit"])
def test_nets_of_other_lengths_read_what_may_be_a_column(tmp_path, name):
    """One has six places for digits and knows five lengths; the other reads single digits."""
    torch.manual_seed(0)
    zoo.save_model(zoo.create_model(name), tmp_path / "net.safetensors")
    finds = Finds(Found(corners_of((0.4, 0.1, 0.6, 0.9)), 0.9, stacked=True))
    reader = Reader(tmp_path / "net.safetensors", "cpu", localiser=finds)
    photo = np.random.default_rng(0).integers(0, 256, (100, 90, 3), dtype=np.uint8)
    most = reader.net.config.max_digits
    for answer in (reader.read(photo), reader.read_boxed(photo, (36, 10, 54, 90))):
        assert all(len(text or "") <= most for text, _ in answer.candidates)
        assert answer.candidates
