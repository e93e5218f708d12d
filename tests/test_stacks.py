"""Digits one under another: cells side by side, and what is made of them."""

import numpy as np
import torch

from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.street import RenderSettings, render_picture
from svhn_lib.detection.record import Found
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
    assert views.shape == (6, 60, 60, 3)
    three = views[ways(3).index((3, 0.0))]
    # Each cell's middle, away from the twelfth of its neighbours that is cut with it.
    assert three[30, [10, 30, 50], 0].tolist() == [50, 100, 150]
    two = views[ways(3).index((2, 0.0))]
    assert two[30, 15, 0] < 100 < two[30, 45, 0]


def test_a_leaning_column_is_followed():
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[:, 40:60] = 255  # an upright bar, seen by cells that move from left to right
    corners = np.array([[10.0, 0], [90, 0], [90, 100], [10, 100]])
    views = dict(zip(ways(3), column_views(picture, corners, SIZE, most=3), strict=True))
    middles = [
        np.nonzero(views[3, 0.3][30, 20 * k : 20 * k + 20, 0] > 127)[0].mean() for k in (0, 2)
    ]
    assert (
        middles[0] > middles[1] + 2
    )  # the cells go to the right, so that the bar goes to the left


def said(length: list[float], digits: list[int], sure: float = 0.9) -> Logits:
    """Logits of one number: probabilities of the lengths 0, 1, 2, 'more', and two sure digits."""
    shares = torch.full((1, 2, 11), (1 - sure) / 10)
    for place, digit in enumerate(digits):
        shares[0, place, digit] = sure
    return Logits(torch.tensor([length]).log(), shares.log())


def test_lengths_are_weighed_as_the_column_and_its_cells_see_them():
    standing = said([0.04, 0.32, 0.64, 1e-9], [7, 7])
    beside = [said([1e-9, 0.4, 0.6, 1e-9], [2, 5]), said([1e-9, 0.8, 0.2, 1e-9], [3, 3])]
    empty = said([1e-9, 1.0, 1e-9, 1e-9], [0, 0])
    views = Logits(
        torch.cat([one.length for one in (*beside, empty)]),
        torch.cat([one.digits for one in (*beside, empty)]),
    )
    logits = column_logits(standing, views)
    scores = np.exp(logits.length[0])
    # 0.32 and its root for one digit; the root of 0.64 and 0.6 of the best lean for two.
    assert np.allclose(scores[:3], [0.04**1.5, 0.32**1.5, 0.8 * 0.6], rtol=1e-4)
    assert logits.digits[0].argmax(axis=1).tolist() == [2, 5]


def test_a_narrow_digit_and_a_wide_number_are_no_columns():
    assert not is_tall(np.array([[0.0, 0], [40, 0], [40, 30], [0, 30]]))
    turned = np.array([[50.0, 0], [50, 90], [10, 90], [10, 0]])  # reads downwards, 90 wide
    assert not is_tall(turned)


class _At:
    """A localiser that is told where the number is."""

    def __init__(self, box):
        left, top, right, bottom = box
        self.corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])

    def find_many(self, pictures):
        return [[Found(self.corners.astype(float), 0.99, True)] for _ in pictures]


def test_columns_of_four_are_read():
    settings = RenderSettings((0, 0, 0, 1), True, ("stacks", "framing"), stacked=1.0)
    right = 0
    for seed in range(20):
        picture, number, boxes = render_picture(np.random.default_rng(seed), settings)
        around = (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))
        right += Reader(localiser=_At(around)).read(picture).number == number
    assert right >= 10  # 13 so, 4 from the column as it stands
