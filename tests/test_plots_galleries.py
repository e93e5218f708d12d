"""Galleries show the right picture under the right words."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from drawn import outlines, picture, shown

from svhn_lib import plots
from svhn_lib.plots import BLACK, RED


def test_picture_table_names_rows_and_columns():
    rows = [[picture(), picture()], [picture(), picture()]]
    boxes = [[[[1, 1, 4, 4]], []], [[], []]]
    figure = plots.picture_table(rows, ["up", "down"], ["one", "two"], "t", boxes)
    cells = shown(figure)
    assert [cell.get_ylabel() for cell in cells] == ["up", "", "down", ""]
    assert [cell.get_title() for cell in cells] == ["one", "two", "", ""]
    assert [outlines(cell) for cell in cells] == [[[1, 1, 4, 4]], [], [], []]


def test_each_kind_of_canvas_has_its_row():
    rows = {
        "square": np.zeros((4, 1, 64, 64), np.uint8),
        "wide": np.full((2, 1, 28, 140), 255, np.uint8),
    }
    whole = {"wide": np.array([[5.0, 2.0, 100.0, 20.0], [1.0, 1.0, 9.0, 9.0]])}
    figure = plots.canvas_rows(rows, "Kinds", whole)
    first, second = figure.subfigs
    assert [first.get_suptitle(), second.get_suptitle()] == ["square", "wide"]
    assert [len(axes.patches) for axes in first.axes + second.axes] == [0] * 4 + [2] * 2
    outlines = [axes.patches[1].get_bbox().extents.tolist() for axes in second.axes]
    assert outlines == whole["wide"].tolist()  # the other patch is its rim
    assert [axes.images[0].get_array().max() for axes in first.axes + second.axes] == (
        [0] * 4 + [255] * 2
    )
    # Four squares and two strips five times as wide as high, over the same width.
    assert figure.get_figheight() == pytest.approx(8.4 / 4 + 8.4 / 2 / 5 + 0.95)
    assert figure.get_suptitle() == "Kinds"
    assert plt.get_fignums() == []  # else a notebook would show it twice


def test_a_gallery_of_wide_pictures_is_low():
    answers = {"number": ["12"] * 5, "predicted": ["12"] * 4 + ["17"], "confidence": [0.5] * 5}
    pictures = np.zeros((5, 1, 16, 64), np.uint8)
    figure = plots.answers(pictures, pd.DataFrame(answers), 4, "Read", wide=True)
    assert sum(bool(axes.images) for axes in figure.axes) == 5
    rows = 2 * (8.4 / 4 / 4 + 0.42)
    assert figure.get_size_inches().tolist() == pytest.approx([8.4, rows + 0.35])


def test_classes_stand_over_their_columns():
    pictures = np.zeros((5, 3, 8, 16), np.uint8)
    figure = plots.column_pictures(pictures, [[10, 2, 7, 10]] * 4 + [[10, 10]], "Columns")
    shown = [axes for axes in figure.axes if axes.images]
    assert len(shown) == 5
    first = [(text.get_position()[0], text.get_text()) for text in shown[0].texts]
    assert first == [(2, "·"), (6, "2"), (10, "7"), (14, "·")]
    assert [line.get_xdata()[0] for line in shown[0].lines] == [4, 8, 12]
    assert [line.get_xdata()[0] for line in shown[4].lines] == [8]


def test_wrong_answers_name_the_true_number():
    table = pd.DataFrame(
        {
            "number": ["257", "25", "7"],
            "predicted": pd.Series(["257", "26", None], [4, 7, 9], dtype=object),
            "confidence": [0.987, 0.4, 0.1],
        },
        index=[4, 7, 9],
    )
    pictures = np.zeros((3, 3, 8, 8), np.uint8)
    figure = plots.answers(pictures, table, columns=2, title="Answers")
    cells = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in cells] == [
        "257  0.99",
        "25 read 26\nconfidence 0.40",
        "7 read nothing\nconfidence 0.10",
    ]
    assert [axes.title.get_color() for axes in cells] == [BLACK, RED, RED]
    framed = [axes.spines["left"].get_visible() for axes in cells]
    assert framed == [False, True, True]  # colour alone tells nothing
    assert plt.get_fignums() == []


def test_each_row_of_levels_has_the_scale_that_is_drawn_beside_it():
    maps = {"mean": [[[100, 110]], [[104, 120]]], "spread": [[[7.0, 8.0]], [[6.0, 7.5]]]}
    figure = plots.level_maps(maps, ["short", "long"], "Levels")
    scales = [axes.images[0].get_clim() for axes in figure.axes[:4]]
    assert scales == [(100, 120), (100, 120), (6, 8), (6, 8)]
    assert [axes.get_title() for axes in figure.axes[:2]] == ["short", "long"]
