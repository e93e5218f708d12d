"""Bars are as long as what was handed over, and say it."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from svhn_lib import plots
from svhn_lib.plots import BLUE, SOFT


def test_bars_are_as_high_as_the_shares():
    shares = pd.DataFrame({"train": [0.25, 0.75], "test": [0.5, 0.5]}, index=[1, 2])
    reference = pd.Series([0.3, 0.7], index=[1, 2], name="expected")
    figure = plots.grouped_bars(shares, "length", "t", reference)
    (cell,) = figure.axes
    assert [[bar.get_height() for bar in group] for group in cell.containers] == [
        [0.25, 0.75],
        [0.5, 0.5],
    ]
    assert list(cell.lines[0].get_ydata()) == [0.3, 0.7]
    labels = [text.get_text() for text in figure.legends[0].texts]
    assert sorted(labels) == ["expected", "test", "train"]
    train, test = cell.containers
    assert train[0].get_facecolor() != test[0].get_facecolor()
    assert train[0].get_hatch() != test[0].get_hatch()  # for grey print


def test_bars_of_any_name_differ_in_grey_print_too():
    shares = pd.DataFrame({"train": [1.0], "test": [1.0], "validation": [1.0]})
    (cell,) = plots.grouped_bars(shares, "digit", "t").axes
    assert len({bars[0].get_hatch() for bars in cell.containers}) == 3


def test_ratio_bars_take_logarithms_only_of_wide_ranges():
    table = pd.DataFrame({"speed": [1.0, 0.001], "size": [1.0, 0.5]}, index=["a", "b"])
    figure = plots.ratio_bars(table, "t")
    assert [cell.get_xscale() for cell in figure.axes] == ["log", "linear"]
    assert [bar.get_width() for bar in figure.axes[0].containers[0]] == [1.0, 0.001]


def test_ratio_bars_of_shares_have_axes_in_per_cent():
    table = pd.DataFrame({"clean": [1.0, 0.6]}, index=["length", "digits"])
    (axes,) = plots.ratio_bars(table, "t", "{:.1%}").axes
    axes.figure.canvas.draw()
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    assert ticks == ["0%", "25%", "50%", "75%", "100%"]


def test_shares_are_written_beside_their_bars():
    shares = {"all slots": 0.9652, "whole numbers": 0.74}
    (axes,) = plots.share_bars(shares, "One net", marked="whole numbers").axes
    assert [bar.get_width() for bar in axes.patches] == [0.9652, 0.74]
    assert [text.get_text() for text in axes.texts] == ["96.5%", "74.0%"]
    assert [to_hex(bar.get_facecolor()).upper() for bar in axes.patches] == [SOFT, BLUE]
    assert axes.yaxis_inverted()
    (axes,) = plots.share_bars(shares).axes
    assert {to_hex(bar.get_facecolor()).upper() for bar in axes.patches} == {BLUE}


def test_durations_of_groups_lie_beside_each_other():
    groups = {"float32": {"forward": 20.0, "backward": 50.0}, "bfloat16": {"forward": 8.0,
              "backward": 20.04}}  # fmt: skip
    figure = plots.durations(groups, "A step")
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [20.0, 50.0, 8.0, 20.04]
    places = [bar.get_y() + bar.get_height() / 2 for bar in axes.patches]
    assert places == pytest.approx([-0.2, 0.8, 0.2, 1.2])  # around the ticks at 0 and 1
    assert [label.get_text() for label in axes.get_yticklabels()] == ["forward", "backward"]
    assert [text.get_text() for text in axes.texts] == ["20.0", "50.0", "8.0", "20.0"]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["float32", "bfloat16"] and axes.get_xlabel() == "milliseconds"


def test_speeds_are_written_beside_their_bars():
    figure = plots.speeds({"goodfellow2014": 32.4, "compact": 1550.0}, "Speeds")
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [32.4, 1550.0]
    assert [text.get_text() for text in axes.texts] == ["32", "1,550"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["goodfellow2014", "compact"]
    assert axes.get_xlabel() == "pictures per second" and axes.yaxis_inverted()


def test_gains_are_bars_from_the_top():
    rows = pd.DataFrame({"fix": ["this", "that"], "numbers": [1200, 3], "gain": [0.12, 0.003]})
    (axes,) = plots.gain_bars(rows, "Gains").axes
    assert [bar.get_width() for bar in axes.patches] == [0.12, 0.003]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["this", "that"]
    assert [text.get_text() for text in axes.texts] == ["1,200", "3"]
    assert axes.yaxis_inverted()


def test_bars_of_many_names_and_of_none():
    shares = pd.DataFrame(np.full((2, 9), 0.5), columns=list("abcdefghi"))
    assert len(plots.grouped_bars(shares, "digit", "Digits").axes[0].containers) == 9
    assert plots.share_bars({}).axes[0].get_xlim()[1] > 0


def test_a_share_that_is_not_known_leaves_the_others_as_they_are():
    nan = float("nan")
    for figure, end in (
        (plots.share_bars({"a": nan, "b": 0.5}), 1.1),
        (plots.share_bars({"b": 0.5, "a": nan}), 1.1),
        (plots.speeds({"a": nan, "b": 100.0}), 115),
        (plots.durations({"x": {"a": nan, "b": 10.0}}), 11.5),
        (plots.durations({"x": {}}), 0.00115),
    ):
        figure.canvas.draw()
        assert figure.axes[0].get_xlim()[1] == pytest.approx(end)
