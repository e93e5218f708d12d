"""Curves run through their tables."""

import pandas as pd
import pytest
from drawn import points

from svhn_lib import plots


def test_curves_run_through_the_table():
    table = pd.DataFrame({"square": [3.0, 2.0], "clipped": [5.0, 5.0]}, index=[1, 2])
    figure = plots.line_panels({"height": table, "width": 2 * table}, "length", "t")
    left, right = figure.axes
    assert [line.get_ydata().tolist() for line in left.lines] == [[3, 2], [5, 5]]
    assert right.lines[0].get_ydata().tolist() == [6, 4]
    assert left.get_ylim()[0] == 0


def test_sizes_are_the_ticks_of_a_logarithmic_axis():
    table = pd.DataFrame({"trained on": [1.0, 0.9], "test": [0.3, 0.7]}, index=[320, 20_480])
    (axes,) = plots.size_curves(table, "Sizes").axes
    assert axes.get_xscale() == "log"
    assert [points(line) for line in axes.lines] == [
        [(320, 1.0), (20480, 0.9)],
        [(320, 0.3), (20480, 0.7)],
    ]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["320", "20,480"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["trained on", "test"]


def test_curves_hold_accuracy_and_confidence():
    table = pd.DataFrame({"accuracy": [0.9, 0.5], "confidence": [0.9, 0.7]}, [0.0, 2.0])
    figure = plots.degradation_curves({"blur": table, "shift": table})
    assert [axes.get_xlabel() for axes in figure.axes] == ["blur", "shift"]
    right, sure = figure.axes[1].lines
    assert list(right.get_ydata()) == [0.9, 0.5] and list(sure.get_ydata()) == [0.9, 0.7]
    assert list(right.get_xdata()) == pytest.approx([0, 2])


def test_the_largest_gap_of_two_samples_is_marked_where_it_is():
    shares = {"train": [0.2, 0.7, 1.0], "test": [0.1, 0.3, 1.0]}
    (axes,) = plots.largest_gap([10, 20, 30], shares, "pixels", "t").axes
    first, second, gap = axes.lines
    assert points(first) == [(10, 0.2), (20, 0.7), (30, 1.0)]
    assert points(second) == [(10, 0.1), (20, 0.3), (30, 1.0)]
    assert points(gap) == [(20, 0.3), (20, 0.7)]
    assert axes.texts[0].get_text() == "largest difference: 0.40"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["train", "test"]
