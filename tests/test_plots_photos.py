"""Whole photos show their boxes and windows where they belong."""

import numpy as np
import pandas as pd
import pytest
from drawn import RNG, outlines, picture, shown

from svhn_lib import plots
from svhn_lib.data.tables.numbers import numbers_from_boxes


def numbers() -> pd.DataFrame:
    rows = [("1.png", 4, 2, 3, 8, 12), ("1.png", 2, 11, 4, 8, 12), ("2.png", 7, 5, 1, 9, 17)]
    columns = ["file", "digit", "left", "top", "width", "height"]
    return numbers_from_boxes(pd.DataFrame(rows, columns=columns))[0]


def test_overlays_outline_digits_and_number():
    figure = plots.overlay_grid([picture(), picture()], numbers(), "Two numbers")
    first, second = shown(figure)
    assert [first.get_title(), second.get_title()] == ["42", "7"]
    assert outlines(first) == [[2, 3, 10, 15], [11, 4, 19, 16], [2, 3, 19, 16]]
    assert outlines(second) == [[5, 1, 14, 18]]
    assert [text.get_text() for text in figure.legends[0].texts] == ["digit", "whole number"]


def test_pictures_at_one_scale_keep_their_proportions():
    figure = plots.at_one_scale([picture(20, 30), picture(60, 90)], ["small", "large"], "t")
    extents = [image.get_extent() for image in figure.axes[0].images]
    assert [(right - left, bottom - top) for left, right, bottom, top in extents] == [
        (30, 20),
        (90, 60),
    ]
    assert extents[1][0] > extents[0][1], "they do not overlap"


def test_windows_may_reach_outside_the_picture():
    windows = {"inside": (2, 2, 10, 10), "outside": (-5, -20, 35, 20)}
    cell = plots.windows_on(picture(), windows, (4, 4, 8, 8), "t").axes[0]
    assert outlines(cell) == [[2, 2, 10, 10], [-5, -20, 35, 20], [4, 4, 8, 8]]
    (left, right), (bottom, top) = cell.get_xlim(), cell.get_ylim()
    assert left < -5
    assert right > 35
    assert top < -20 < 20 < bottom


def test_colour_cloud_draws_its_axes_to_length():
    pixels = RNG.integers(100, 150, (50, 3))
    cell = plots.colour_cloud(pixels, np.eye(3), [1, 10, 20], "t").axes[0]
    ends = [line.get_xydata() for line in cell.lines[1::2]]  # every other line is the white rim
    lengths = [np.linalg.norm(end[1] - end[0]) for end in ends]
    assert lengths == pytest.approx([2, 20, 0])  # red, green; blue points out of the picture
