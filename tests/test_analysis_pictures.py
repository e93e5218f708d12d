"""What a picture is like: worked by hand, and what must not change it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_sets import number_set

from svhn_lib.analysis import conditions


def one(pixels: np.ndarray, box: tuple[float, ...]) -> tuple[float, ...]:
    """Sharpness, contrast and height of one grey picture (H, W) whose only digit has a box."""
    numbers = number_set(["1"], size=len(pixels), channels=1)
    numbers.pictures[0, 0] = torch.from_numpy(pixels.astype(np.uint8))
    numbers.boxes[0, 0] = torch.tensor(box)
    return tuple(values[0] for values in conditions(numbers))


def test_contrast_and_sharpness_by_hand():
    pixels = np.full((8, 8), 9)  # around the box: must not count
    pixels[2:6, 2:6] = np.tile([[0, 200], [200, 0]], (2, 2))  # a chessboard
    sharpness, contrast, height = one(pixels, (2, 2, 6, 6))
    assert contrast == 100  # half of them 0, half 200
    # The Laplacian is four times the difference to a neighbour: 800 or -800, its mean 0.
    assert sharpness == pytest.approx(800 / 100)
    assert height == 4


def test_one_grey_has_neither():
    assert one(np.full((8, 8), 77), (1, 1, 7, 7)) == (0.0, 0.0, 6.0)


@given(st.floats(0.3, 1), st.floats(0, 60))
def test_light_and_contrast_do_not_change_sharpness(gain, offset):
    pixels = np.random.default_rng(1).integers(0, 180, (16, 16))
    box = (2.0, 2.0, 14.0, 14.0)
    sharpness, contrast, _ = one(pixels, box)
    other, less, _ = one(np.rint(pixels * gain + offset), box)
    assert other == pytest.approx(sharpness, rel=0.03)  # whole levels
    assert less == pytest.approx(contrast * gain, rel=0.03)


def test_a_blurred_picture_is_less_sharp():
    pixels = np.random.default_rng(1).integers(0, 256, (16, 16))
    soft = (pixels + np.roll(pixels, 1, 0) + np.roll(pixels, 1, 1)) / 3
    box = (2.0, 2.0, 14.0, 14.0)
    assert one(np.rint(soft), box)[0] < 0.8 * one(pixels, box)[0]


def test_height_is_that_of_the_picture_where_it_is_known():
    numbers = number_set(["1", "2", "3"])
    assert conditions(numbers).height == pytest.approx(32 / 1.3)  # 30 % margin is taken for granted
    nan = float("nan")
    columns = {
        "top": [10.0, nan, nan],
        "bottom": [25.0, nan, nan],
        "window_top": [5, 0, nan],
        "window_bottom": [30, 90, nan],
    }
    table = pd.concat([numbers.table, pd.DataFrame(columns)], axis=1)
    known = conditions(replace(numbers, table=table)).height
    assert known == pytest.approx([15, 90, 32 / 1.3])  # the second picture came cut


def test_boxes_over_the_edge_are_cut_off():
    pixels = np.random.default_rng(1).integers(0, 256, (8, 8))
    assert one(pixels, (-3, -3, 20, 20))[:2] == one(pixels, (0, 0, 8, 8))[:2]
    assert one(pixels, (12, 12, 20, 20))[1] == 0  # wholly outside: a single pixel
