"""Figures of exploration and preprocessing show what they are handed, where it belongs."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.patches import Rectangle

from svhn_lib import plots
from svhn_lib.data.tables.numbers import numbers_from_boxes
from svhn_lib.plots import data, preparation

mpl.use("agg")
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _nothing_stays_open():
    """A figure that pyplot still holds would be shown twice, and keep its memory."""
    yield
    assert plt.get_fignums() == []


def picture(height: int = 20, width: int = 30) -> np.ndarray:
    return RNG.integers(0, 256, (height, width, 3), dtype=np.uint8)


def numbers() -> pd.DataFrame:
    rows = [("1.png", 4, 2, 3, 8, 12), ("1.png", 2, 11, 4, 8, 12), ("2.png", 7, 5, 1, 9, 17)]
    columns = ["file", "digit", "left", "top", "width", "height"]
    return numbers_from_boxes(pd.DataFrame(rows, columns=columns))[0]


def shown(figure) -> list:
    return [cell for cell in figure.axes if cell.images]


def outlines(cell) -> list[list[float]]:
    """Left, top, right, bottom of the rectangles on a cell, each one once."""
    corners = [patch.get_corners() for patch in cell.patches if isinstance(patch, Rectangle)]
    boxes = [[*c.min(axis=0), *c.max(axis=0)] for c in corners]
    return [box for i, box in enumerate(boxes) if box not in boxes[:i]]


# -- what all figures share -------------------------------------------------------------------


def test_style_changes_what_is_drawn_afterwards():
    with plt.rc_context():
        plots.style()
        assert plt.rcParams["axes.prop_cycle"].by_key()["color"] == list(plots.PALETTE)
        assert not plt.rcParams["axes.spines.top"]


def test_splits_are_told_apart_in_grey_print():
    assert set(data.HATCHES) == set(plots.SPLIT_COLOURS) == set(plots.SPLIT_LINES)
    assert len(set(data.HATCHES.values())) == len(set(plots.SPLIT_LINES.values())) == 3


@pytest.mark.parametrize("shape", [(5, 7, 3), (5, 7, 1), (3, 5, 7), (1, 5, 7), (5, 7)])
def test_pictures_are_taken_in_every_layout(shape):
    given = RNG.integers(0, 256, shape, dtype=np.uint8)
    assert plots.as_picture(given).shape[:2] == (5, 7)
    assert plots.as_picture(torch.from_numpy(given)).dtype == np.uint8


def test_floats_are_rounded_and_clipped():
    assert plots.as_picture(np.array([[-3.0, 0.4, 254.6, 300.0]])).tolist() == [[0, 0, 255, 255]]


@pytest.mark.parametrize("shape", [(5,), (5, 7, 4), (2, 3, 5, 7)])
def test_what_is_no_picture_is_refused(shape):
    with pytest.raises(ValueError, match="a picture is"):
        plots.as_picture(np.zeros(shape))


def test_grid_shows_every_picture_with_its_caption_and_box():
    pictures = [picture(), picture(10, 40), torch.zeros(3, 8, 8)]
    boxes = [np.array([[1.0, 2, 5, 9], [np.nan] * 4]), None, [[0, 0, 8, 8]]]
    figure = plots.picture_grid(pictures, ["a", "b", "c"], 2, "A title", boxes)
    cells = shown(figure)
    assert [cell.get_title() for cell in cells] == ["a", "b", "c"]
    assert [cell.images[0].get_array().shape[:2] for cell in cells] == [(20, 30), (10, 40), (8, 8)]
    assert [outlines(cell) for cell in cells] == [[[1, 2, 5, 9]], [], [[0, 0, 8, 8]]]
    # Pixel edges are whole numbers, so that exclusive box edges fit.
    assert cells[0].images[0].get_extent() == [0, 30, 20, 0]
    assert figure.get_suptitle() == "A title"


def test_grid_refuses_captions_that_do_not_fit():
    with pytest.raises(ValueError, match="2 captions for 1 pictures"):
        plots.picture_grid([picture()], ["a", "b"])


# -- exploration ------------------------------------------------------------------------------


def test_overlays_outline_digits_and_number():
    figure = data.overlay_grid([picture(), picture()], numbers(), "Two numbers")
    first, second = shown(figure)
    assert [first.get_title(), second.get_title()] == ["42", "7"]
    assert outlines(first) == [[2, 3, 10, 15], [11, 4, 19, 16], [2, 3, 19, 16]]
    assert outlines(second) == [[5, 1, 14, 18]]
    assert [text.get_text() for text in figure.legends[0].texts] == ["digit", "whole number"]


def test_pictures_at_one_scale_keep_their_proportions():
    figure = data.at_one_scale([picture(20, 30), picture(60, 90)], ["small", "large"], "t")
    extents = [image.get_extent() for image in figure.axes[0].images]
    assert [(right - left, bottom - top) for left, right, bottom, top in extents] == [
        (30, 20),
        (90, 60),
    ]
    assert extents[1][0] > extents[0][1], "they do not overlap"


def test_bars_are_as_high_as_the_shares():
    shares = pd.DataFrame({"train": [0.25, 0.75], "test": [0.5, 0.5]}, index=[1, 2])
    reference = pd.Series([0.3, 0.7], index=[1, 2], name="expected")
    cell = data.bars(shares, "length", "t", reference).axes[0]
    assert [[bar.get_height() for bar in group] for group in cell.containers] == [
        [0.25, 0.75],
        [0.5, 0.5],
    ]
    assert cell.lines[0].get_ydata().tolist() == [0.3, 0.7]
    labels = [text.get_text() for text in cell.get_legend().texts]
    assert sorted(labels) == ["expected", "test", "train"]


def test_distributions_have_a_row_a_source_and_equal_areas():
    table = pd.DataFrame({"width": [1.0, 2, 3, 50], "split": ["train", "train", "test", "test"]})
    figure = data.distributions(
        {"ours": table, "theirs": table}, {"width": ("width, pixels", 0, 10)}, "t"
    )
    assert [cell.get_ylabel() for cell in figure.axes] == ["ours", "theirs"]
    for cell in figure.axes:
        assert cell.get_xlim() == (0, 10)
        for patch in cell.patches:  # the outlines of the histograms; 50 counts in the last bin
            x, y = patch.get_xy().T
            assert np.trapezoid(y, x) == pytest.approx(1)


def test_windows_may_reach_outside_the_picture():
    windows = {"inside": (2, 2, 10, 10), "outside": (-5, -20, 35, 20)}
    cell = data.windows_on(picture(), windows, (4, 4, 8, 8), "t").axes[0]
    assert outlines(cell) == [[2, 2, 10, 10], [-5, -20, 35, 20], [4, 4, 8, 8]]
    (left, right), (bottom, top) = cell.get_xlim(), cell.get_ylim()
    assert left < -5
    assert right > 35
    assert top < -20 < 20 < bottom


# -- preprocessing ----------------------------------------------------------------------------


def test_picture_table_names_rows_and_columns():
    rows = [[picture(), picture()], [picture(), picture()]]
    boxes = [[[[1, 1, 4, 4]], []], [[], []]]
    figure = preparation.picture_table(rows, ["up", "down"], ["one", "two"], "t", boxes)
    cells = shown(figure)
    assert [cell.get_ylabel() for cell in cells] == ["up", "", "down", ""]
    assert [cell.get_title() for cell in cells] == ["one", "two", "", ""]
    assert [outlines(cell) for cell in cells] == [[[1, 1, 4, 4]], [], [], []]


def test_curves_run_through_the_table():
    table = pd.DataFrame({"square": [3.0, 2.0], "clipped": [5.0, 5.0]}, index=[1, 2])
    figure = preparation.curves({"height": table, "width": 2 * table}, "length", "t")
    left, right = figure.axes
    assert [line.get_ydata().tolist() for line in left.lines] == [[3, 2], [5, 5]]
    assert right.lines[0].get_ydata().tolist() == [6, 4]
    assert left.get_ylim()[0] == 0


def test_value_histograms_draw_a_line_a_picture():
    figure = preparation.value_histograms(
        {"before": [picture(), picture()], "after": [picture(), picture()]}, ["a", "b"], "t"
    )
    assert [len(cell.patches) for cell in figure.axes] == [2, 2]
    assert [text.get_text() for text in figure.legends[0].texts] == ["a", "b"]


def test_colour_cloud_draws_its_axes_to_length():
    pixels = RNG.integers(100, 150, (50, 3))
    cell = preparation.colour_cloud(pixels, np.eye(3), [1, 10, 20], "t").axes[0]
    ends = [line.get_xydata() for line in cell.lines[1::2]]  # every other line is the white rim
    lengths = [np.linalg.norm(end[1] - end[0]) for end in ends]
    assert lengths == pytest.approx([2, 20, 0])  # red, green; blue points out of the picture


def test_ratio_bars_take_logarithms_only_of_wide_ranges():
    table = pd.DataFrame({"speed": [1.0, 0.001], "size": [1.0, 0.5]}, index=["a", "b"])
    figure = preparation.ratio_bars(table, "t")
    assert [cell.get_xscale() for cell in figure.axes] == ["log", "linear"]
    assert [bar.get_width() for bar in figure.axes[0].containers[0]] == [1.0, 0.001]


def test_quantile_boxes_stand_at_the_quantiles():
    sets = {"ours": {"height": [1, 2, 3, 4, 9]}, "real": {"height": [2, 3, 5, 6, 7]}}
    figure = data.quantile_boxes(sets, {"height": "height, pixels"}, "Heights")
    (cell,) = figure.axes
    assert [t.get_text() for t in cell.get_yticklabels()] == ["ours", "real"]
    assert cell.get_xlabel() == "height, pixels"
    across = [box.get_path().get_extents() for box in cell.patches]
    assert [(b.x0, b.x1) for b in across] == [(2, 4), (3, 6)]
    medians = [line.get_xdata()[0] for line in cell.lines if line.get_linewidth() == 2]
    assert medians == [3, 5]
    assert cell.yaxis_inverted()  # the first set stands on top
