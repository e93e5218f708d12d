"""Coverage, calibration, costs and search, as they were measured."""

import numpy as np
import pytest
from drawn import texts

from svhn_lib import plots
from svhn_lib.analysis import accuracy_by_confidence, error_table
from svhn_lib.reading.record import Answer


def test_precision_is_of_all_suspects_so_far():
    (axes,) = plots.precision_of_first([True, True, False, True], 3, "Suspects").axes
    curve, limit = axes.lines
    assert curve.get_xydata().tolist() == [[1, 1], [2, 1], [3, pytest.approx(2 / 3)], [4, 0.75]]
    assert set(limit.get_xdata()) == {3}
    assert texts(axes) == ["3 to find"]


def test_coverage_is_marked_at_its_targets():
    figure = plots.coverage_curve([0.5, 1.0], [1.0, 0.9], {0.95: 0.8, 0.98: 0.6})
    (axes,) = figure.axes
    assert list(axes.lines[0].get_ydata()) == [1.0, 0.9]
    marks = [line for line in axes.lines if line.get_marker() in "os"]
    assert [(m.get_xdata()[0], m.get_ydata()[0]) for m in marks] == [(0.8, 0.95), (0.6, 0.98)]
    words = [text.get_text() for text in axes.get_legend().get_texts()]
    assert words == ["80.0% kept at 95%", "60.0% kept at 98%"]
    low, high = axes.get_ylim()
    assert low < 0.9 and high > 1


def test_reliability_is_drawn_with_its_intervals():
    table = error_table(
        ["1"] * 4, [Answer(read, sure, ()) for read, sure in
                    (("1", 0.95), ("1", 0.93), ("2", 0.91), ("2", 0.15))],
    )  # fmt: skip
    rows = accuracy_by_confidence(table, bins=10)
    figure = plots.reliability_diagrams({"plain": rows}, {"plain": 0.25}, "Title")
    upper, lower = figure.axes
    assert upper.get_title() == "plain: off by 25.0%"
    points = upper.lines[-1]
    assert list(points.get_xdata()) == pytest.approx([0.15, 0.93])
    assert list(points.get_ydata()) == pytest.approx([0, 2 / 3])
    gaps, spread = upper.collections
    assert [list(s[:, 1]) for s in gaps.get_segments()] == [
        pytest.approx([0, 0.15]), pytest.approx([2 / 3, 0.93])
    ]  # fmt: skip
    assert [list(s[:, 1]) for s in spread.get_segments()] == [
        pytest.approx(rows[["low", "high"]].iloc[i].tolist()) for i in (0, 1)
    ]
    bars = [(bar.get_x(), bar.get_width(), bar.get_height()) for bar in lower.patches]
    assert bars == [pytest.approx((0.1, 0.1, 1)), pytest.approx((0.9, 0.1, 3))]


def test_search_curves_are_marked_where_one_stops_looking():
    curves = {"ranked": ([0.5, 1.0], [0.9, 1.0]), "chance": ([0.5, 1.0], [0.5, 1.0])}
    figure = plots.search_curves(curves, 0.02, {"ranked": 0.8, "chance": 0.02})
    (axes,) = figure.axes
    marks = [line for line in axes.lines if line.get_marker() == "o"]
    assert [(m.get_xdata()[0], m.get_ydata()[0]) for m in marks] == [(0.02, 0.8), (0.02, 0.02)]
    words = [text.get_text() for text in axes.get_legend().get_texts()]
    assert words == ["ranked: 80%", "chance: 2%"]


def test_costs_are_marked_at_the_threshold():
    thresholds = np.array([0.0, 0.5, 1.0])
    figure = plots.cost_curves(thresholds, {"10": [4.0, 2.0, 3.0]}, {"10": 0.5}, "Costs")
    (axes,) = figure.axes
    assert list(axes.lines[0].get_ydata()) == [4.0, 2.0, 3.0]
    assert (axes.lines[1].get_xdata()[0], axes.lines[1].get_ydata()[0]) == (0.5, 2.0)
    assert axes.get_yscale() == "log" and axes.get_title() == "Costs"
